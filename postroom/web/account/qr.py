"""A picture inside a page, as the policy of pages allows it: as a data URI (RFC 2397)."""

from __future__ import annotations

from base64 import b64encode


def data_uri(svg: str) -> str:
    """An SVG as the ``src`` of an image."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
