"""What a demo has to remember from one start to the next: passwords, token and ports, in ``demo.json`` of the home."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from postroom.run.bind import free_port

FILE = "demo.json"
SMTP_PORT, IMAP_PORT = 2525, 1143


@dataclass(slots=True)
class DemoState:
    """``passwords`` by address. ``token`` is empty until it was made. Ports are of 127.0.0.1."""

    smtp_port: int
    imap_port: int
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def load(cls, home: Path) -> Self | None:
        """The state of the demo in this home; None where there is none."""
        path = home / FILE
        return cls(**json.loads(path.read_text())) if path.exists() else None

    @classmethod
    def new(cls) -> Self:
        return cls(smtp_port=free_port(preferred=SMTP_PORT), imap_port=free_port(preferred=IMAP_PORT))

    def save(self, home: Path) -> None:
        """Write the file, readable by its owner alone."""
        fresh = home / f"{FILE}.{os.getpid()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        fresh.replace(home / FILE)

    def choose_ports(self) -> None:
        """Keep the ports of the last time where they are free."""
        self.smtp_port = free_port(preferred=self.smtp_port)
        self.imap_port = free_port(preferred=self.imap_port)

    def password_of(self, email: str) -> str:
        """The password of a person, made at the first call."""
        name = email.partition("@")[0]
        return self.passwords.setdefault(email, f"{name}-{secrets.token_hex(4)}")
