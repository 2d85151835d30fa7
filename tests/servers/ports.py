"""Free ports on loopback, and waiting until somebody listens on them."""

from __future__ import annotations

import socket
import time


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, host: str = "127.0.0.1", seconds: float = 15) -> None:
    """Return once the port accepts connections; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens on {host}:{port}") from None
            time.sleep(0.02)
        else:
            return
