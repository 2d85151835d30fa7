"""What the environment says (CONTRACT: Environment), read once. No Django here: the console script needs it first."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit


class ConfigurationError(Exception):
    """The environment cannot be used; the message says which variable and what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The instance's surroundings. ``database_url`` is empty where the embedded server is used."""

    home: Path
    storage: Path
    database_url: str = field(repr=False)
    bind_host: str
    bind_port: int
    url: str
    secret_keys: tuple[str, ...] = field(repr=False)
    trusted_proxies: tuple[str, ...]


def _secret_keys(home: Path) -> tuple[str, ...]:
    given = os.environ.get("POSTROOM_SECRET_KEY", "")
    if given:
        return tuple(key.strip() for key in given.split(",") if key.strip())
    path = home / "secret.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = home / f"secret.key.{os.getpid()}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # fails where another process was first: then its key counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return tuple(line.strip() for line in path.read_text().splitlines() if line.strip())


def _bind() -> tuple[str, int]:
    value = os.environ.get("POSTROOM_BIND", "") or "127.0.0.1:8000"
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigurationError(f"POSTROOM_BIND is {value!r}. Give host:port, for example 127.0.0.1:8000.")
    return host.strip("[]"), int(port)


def _trusted_proxies() -> tuple[str, ...]:
    written = os.environ.get("POSTROOM_TRUSTED_PROXIES", "")
    found = tuple(item.strip() for item in written.split(",") if item.strip())
    for item in found:
        try:
            ip_network(item, strict=False)
        except ValueError:
            raise ConfigurationError(
                f"POSTROOM_TRUSTED_PROXIES names {item!r}. Give addresses or networks, such as 10.0.0.5, 10.1.0.0/16."
            ) from None
    return found


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Read the environment. Raises ConfigurationError."""
    home = Path(os.environ.get("POSTROOM_HOME", "") or "var").resolve()
    host, port = _bind()
    shown = f"[{host}]" if ":" in host else host
    return Environment(
        home=home,
        storage=Path(os.environ.get("POSTROOM_STORAGE", "") or home / "mail").resolve(),
        database_url=os.environ.get("DATABASE_URL", ""),
        bind_host=host,
        bind_port=port,
        url=(os.environ.get("POSTROOM_URL", "") or f"http://{shown}:{port}").rstrip("/"),
        secret_keys=_secret_keys(home),
        trusted_proxies=_trusted_proxies(),
    )


def database_parameters(url: str) -> dict[str, str]:
    """Django's NAME, USER, PASSWORD, HOST, PORT from a ``postgres://`` URL. Raises ConfigurationError."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ConfigurationError("DATABASE_URL must look like postgresql://user:password@host:port/database.")
    query = dict(item.partition("=")[::2] for item in parts.query.split("&") if item)
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or query.get("host", "")),
        "PORT": str(parts.port or query.get("port", "")),
    }
