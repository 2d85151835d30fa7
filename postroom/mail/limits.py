"""How much of one mail is looked at: every loop over hostile input ends at one of these numbers."""

from __future__ import annotations

MAX_PARTS = 1_000
MAX_DEPTH = 50
MAX_HEADERS = 1_000
MAX_HEADER_BLOCK = 1_000_000
MAX_HEADER_VALUE = 64_000
MAX_ADDRESSES = 1_000
MAX_REFERENCES = 200
MAX_DECODED = 150_000_000
MAX_TEXT = 2_000_000
MAX_HTML = 4_000_000
MAX_RECIPIENTS = 200
