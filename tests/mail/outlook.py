"""Files in the formats of Outlook for the tests of this folder: TNEF and compound files, small and plain."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

_FREE, _CHAIN_END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def attribute(level: int, identifier: int, content: bytes) -> bytes:
    """One TNEF attribute with its checksum."""
    head = struct.pack("<BIi", level, identifier, len(content))
    return head + content + struct.pack("<H", sum(content) & 0xFFFF)


def mapi_properties(*properties: tuple[int, int, bytes]) -> bytes:
    """A list of MAPI properties as TNEF writes it: (id, type, value)."""
    out = struct.pack("<I", len(properties))
    for identifier, kind, value in properties:
        out += struct.pack("<HH", kind, identifier)
        if kind in (0x0D, 0x1E, 0x1F, 0x102):
            out += struct.pack("<II", 1, len(value))
        out += value + bytes(-len(value) % 4)
    return out


def a_tnef(
    properties: bytes = b"",
    files: Sequence[tuple[str, bytes | None]] = (),
    attachment_properties: bytes = b"",
) -> bytes:
    """A winmail.dat with these message properties and files."""
    out = b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    if properties:
        out += attribute(1, 0x00069003, properties)
    for name, content in files:
        out += attribute(2, 0x00069002, bytes(14))
        out += attribute(2, 0x00018010, name.encode("cp1252") + b"\x00")
        if content is not None:
            out += attribute(2, 0x0006800F, content)
        if attachment_properties:
            out += attribute(2, 0x00069005, attachment_properties)
    return out


def unicode_property(identifier: int, value: str, folder: str = "") -> dict[str, bytes]:
    """The stream of one string property of a .msg."""
    return {f"{folder}__substg1.0_{identifier:04X}001F": value.encode("utf-16-le")}


def a_msg() -> bytes:
    """A mail from Gita to the desk, with Sam in copy and one file."""
    ticks = int((datetime(2026, 11, 24, 9, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
    head = bytes(32) + struct.pack("<HHI", 0x40, 0x0039, 6) + struct.pack("<Q", ticks)
    people = {}
    for number, (kind, name, email) in enumerate(
        [(1, "Desk", "desk@desk.test"), (2, "sam@example.test", "sam@example.test")]
    ):
        folder = f"__recip_version1.0_#{number:08X}/"
        people[f"{folder}__properties_version1.0"] = bytes(8) + struct.pack("<HHIII", 3, 0x0C15, 6, kind, 0)
        people |= unicode_property(0x3001, name, folder) | unicode_property(0x39FE, email, folder)
    folder = "__attach_version1.0_#00000000/"
    file = {f"{folder}__properties_version1.0": bytes(8), f"{folder}__substg1.0_37010102": b"file"}
    return a_compound_file(
        {
            "__properties_version1.0": head,
            **unicode_property(0x0037, "Größe"),
            **unicode_property(0x0042, "Gita Guest"),
            **unicode_property(0x5D02, "gita@example.test"),
            **unicode_property(0x1000, "Hello\r\nTess"),
            **people,
            **file,
            **unicode_property(0x3707, "long name.txt", folder),
        }
    )


def a_compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of these streams, each shorter than 4,096 bytes: all of them lie in the mini stream."""
    mini, mini_table = b"", []
    starts: dict[str, int] = {}
    for path, content in streams.items():
        first, count = len(mini_table), (len(content) + 63) // 64
        starts[path] = first if count else _CHAIN_END
        mini += content.ljust(count * 64, b"\x00")
        mini_table += [*range(first + 1, first + count), _CHAIN_END] if count else []
    records = b"".join(
        _record(entry, _CHAIN_END if entry.path else 0, len(mini))
        if entry.kind != 2
        else _record(entry, starts[entry.path], len(streams[entry.path]))
        for entry in _entries(streams)
    )
    return _sectors(mini, struct.pack(f"<{len(mini_table)}I", *mini_table), records)


def _sectors(mini: bytes, mini_table: bytes, records: bytes) -> bytes:
    """Header, mini stream, its table, directory, and the table of all sectors."""
    pieces = [
        piece.ljust(-(-len(piece) // 512) * 512, b"\xff" if piece is mini_table else b"\x00")
        for piece in (mini, mini_table, records)
    ]
    table: list[int] = []
    for piece in pieces:
        first, count = len(table), len(piece) // 512
        table += [*range(first + 1, first + count), _CHAIN_END]
    mini_table_at, directory_at = len(pieces[0]) // 512, (len(pieces[0]) + len(pieces[1])) // 512
    table_at = len(table)
    table.append(_FAT)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack(
        "<IIIIIIIII", 0, 1, directory_at, 0, 4096, mini_table_at, len(pieces[1]) // 512, _CHAIN_END, 0
    )
    header += struct.pack("<I", table_at).ljust(436, b"\xff")
    return header + b"".join(pieces) + struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")


class _Entry(NamedTuple):
    """One entry of the directory; ``path`` is '' for the root."""

    path: str
    kind: int
    left: int
    child: int


def _record(entry: _Entry, start: int, size: int) -> bytes:
    name = (entry.path.rpartition("/")[2] or "Root Entry") + "\x00"
    encoded = name.encode("utf-16-le")
    links = struct.pack("<HBBIII", len(encoded), entry.kind, 1, entry.left, _FREE, entry.child)
    return encoded.ljust(64, b"\x00") + links + bytes(36) + struct.pack("<IQ", start, size if entry.kind != 1 else 0)


def _entries(streams: Mapping[str, bytes]) -> list[_Entry]:
    """The directory; the siblings of a folder are a chain."""
    tree: dict[str, list[str]] = {"": []}
    for path in streams:
        parts = path.split("/")
        for depth in range(len(parts)):
            parent, full = "/".join(parts[:depth]), "/".join(parts[: depth + 1])
            if full not in tree.setdefault(parent, []):
                tree[parent].append(full)
    order = ["", *[path for paths in tree.values() for path in paths]]
    number = {path: at for at, path in enumerate(order)}
    out = []
    for path in order:
        children = tree.get(path, [])
        siblings = tree[path.rpartition("/")[0]] if path else []
        following = siblings[siblings.index(path) + 1 :] if path else []
        kind = 2 if path in streams else 1 if path else 5
        out.append(
            _Entry(path, kind, number[following[0]] if following else _FREE, number[children[0]] if children else _FREE)
        )
    return out
