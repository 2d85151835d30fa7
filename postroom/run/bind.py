"""Where the web server listens (CONTRACT: ``POSTROOM_BIND``), and which ports are free."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

DEFAULT = "127.0.0.1:8000"


def bind() -> tuple[str, int]:
    """Host and port of ``POSTROOM_BIND``, which ``config.environment`` has checked."""
    parts = urlsplit("//" + (os.environ.get("POSTROOM_BIND", "") or DEFAULT))
    return parts.hostname or "127.0.0.1", parts.port or 8000


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there. Asked beforehand: the web server itself would share the port without a word."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections that linger do not count
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1", preferred: int = 0) -> int:
    """``preferred`` if it is free, else some free port."""
    if preferred and is_free(host, preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(host: str, port: int) -> bool:
    """Whether somebody answers there."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    try:
        socket.create_connection((reachable, port), timeout=1).close()
    except OSError:
        return False
    return True
