"""The OpenID provider of npm (``make test-servers`` installs it below var/npm), for the slow tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.ports import free_port, wait_for

ROOT = Path(__file__).parents[2]
MODULE = Path(os.environ.get("OIDC_PROVIDER", ROOT / "var" / "npm" / "node_modules" / "oidc-provider")) / "lib/index.js"


OLDEST_NODE = (20, 12)


def is_runnable() -> bool:
    """True where there is a Node.js that can run it: Debian's own may be older."""
    node = shutil.which("node")
    if node is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, _ = said.strip().removeprefix("v").split(".", 2)
    return (int(major), int(minor)) >= OLDEST_NODE


def is_installed() -> bool:
    return MODULE.exists()


class OidcProvider:
    """``account`` is who signs in; access tokens live for ``lifetime`` seconds; refresh tokens rotate."""

    def __init__(self, redirect_url: str, account: str, lifetime: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.authorization_url = f"{self.url}/auth?prompt=consent"  # without it there is no offline_access (OIDC 11)
        self.token_url = f"{self.url}/token"
        self.introspection_url = f"http://dovecot:dovecot-secret@127.0.0.1:{self.port}/token/introspection"
        self._arguments = [str(MODULE), str(self.port), redirect_url, account, str(lifetime)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        script = str(Path(__file__).with_name("oidc_provider.mjs"))
        self._process = subprocess.Popen(
            ["node", script, *self._arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=5)
            self._process = None
