"""The container of old Office files: its streams, read within bounds; and one for a workbook alone.

Source: [MS-CFB], compound file binary format, version 3 and 4.
"""

import struct
from typing import Final, NamedTuple

_NONE: Final = 0xFFFFFFFF
_END: Final = 0xFFFFFFFE
_OF_THE_TABLE: Final = 0xFFFFFFFD
_MAX_SECTOR: Final = 0xFFFFFFFA

_SECTOR: Final = 4096
_ENTRY: Final = struct.Struct("<64sHBBIII36xIQ")


class _Entry(NamedTuple):
    """One line of the directory: its neighbours and its child by their numbers."""

    name: str
    left: int
    right: int
    child: int
    start: int
    size: int


class DamagedError(Exception):
    """The container's chains or records contradict each other."""


class Container:
    """Streams of a compound file held in memory: ``names`` and ``stream``. Raises DamagedError."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        try:
            self._open()
        except (struct.error, IndexError) as exc:
            raise DamagedError from exc

    def _open(self) -> None:
        head = self._content
        self._sector: int = 1 << struct.unpack_from("<H", head, 30)[0]
        self._small: int = 1 << struct.unpack_from("<H", head, 32)[0]
        if self._sector not in (512, 4096) or self._small > self._sector:
            raise DamagedError
        directory, self._cutoff, small_fat, _, difat, difats = struct.unpack_from("<I4xIIIII", head, 48)
        blocks = list(struct.unpack_from("<109I", head, 76))
        for _ in range(min(difats, 1024)):
            if difat >= _MAX_SECTOR:
                break
            more = struct.unpack_from(f"<{self._sector // 4}I", head, self._at(difat))
            blocks += more[:-1]
            difat = more[-1]
        self._fat: list[int] = []
        for block in blocks:
            if block < _MAX_SECTOR:
                self._fat += struct.unpack_from(f"<{self._sector // 4}I", head, self._at(block))
        entries = self._directory(self._chain(directory))
        self._entries = _of_root(entries)
        root = entries[0].start if entries else 0
        self._small_content = self._chain(root) if root < _MAX_SECTOR else b""
        raw = self._chain(small_fat) if small_fat < _MAX_SECTOR else b""
        self._small_fat = struct.unpack(f"<{len(raw) // 4}I", raw)

    @property
    def names(self) -> frozenset[str]:
        """Names of the streams and folders at the root: what a document embeds lies deeper, and is not what it is."""
        return frozenset(self._entries)

    def stream(self, name: str) -> bytes:
        """A stream's content."""
        start, size = self._entries[name].start, self._entries[name].size
        if size >= self._cutoff:
            return self._chain(start)[:size]
        parts = []
        for _ in range(len(self._small_fat) + 1):
            if start >= len(self._small_fat):
                break
            parts.append(self._small_content[start * self._small : (start + 1) * self._small])
            start = self._small_fat[start]
        return b"".join(parts)[:size]

    def _at(self, sector: int) -> int:
        return (sector + 1) * self._sector

    def _chain(self, sector: int) -> bytes:
        parts = []
        for _ in range(len(self._fat) + 1):
            if sector >= len(self._fat):
                break
            parts.append(self._content[self._at(sector) : self._at(sector) + self._sector])
            sector = self._fat[sector]
        else:
            raise DamagedError
        return b"".join(parts)

    def _directory(self, content: bytes) -> list[_Entry]:
        found = []
        for at in range(0, len(content) - 127, 128):
            length = struct.unpack_from("<H", content, at + 64)[0]
            name = content[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            found.append(
                _Entry(
                    name, *struct.unpack_from("<III", content, at + 68), *struct.unpack_from("<II", content, at + 116)
                )
            )
        return found


def workbook_alone(stream: bytes) -> bytes:
    """A container of nothing but a workbook's stream.

    calamine takes the first stream with the name of a workbook, also that of a table which a document embeds, and
    knows two spellings of the name: so it gets the stream that was found here. Without a sector for small streams
    it takes the container for empty.
    """
    parts = -(-len(stream) // _SECTOR) or 1
    tables = -(-(parts + 2) // (_SECTOR // 4 - 1))
    chain = [*range(1, parts), _END, *[_OF_THE_TABLE] * tables, _END, _END]
    chain += [_NONE] * (tables * _SECTOR // 4 - len(chain))
    known = [*range(parts, parts + tables), *[_NONE] * (109 - tables)]
    head = struct.pack("<8s16x5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 4, 0xFFFE, 12, 6)
    head += struct.pack("<9I", 1, tables, parts + tables, 0, _SECTOR, _END, 0, _END, 0)
    head += struct.pack(f"<{len(known)}I", *known)
    folder = _entry("Root Entry", 5, 1, parts + tables + 1, _SECTOR) + _entry("Workbook", 2, _NONE, 0, parts * _SECTOR)
    sectors = (head, stream.ljust(parts * _SECTOR, b"\0"), struct.pack(f"<{len(chain)}I", *chain), folder, b"\0")
    return b"".join(part.ljust(-(-len(part) // _SECTOR) * _SECTOR, b"\0") for part in sectors)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    return _ENTRY.pack(text, len(text), kind, 1, _NONE, _NONE, child, start, size)


def _of_root(entries: list[_Entry]) -> dict[str, _Entry]:
    """By name the entries of the first folder: a tree, each with a left and a right neighbour."""
    found: dict[str, _Entry] = {}
    waiting = [entries[0].child] if entries else []
    seen: set[int] = set()
    while waiting:
        place = waiting.pop()
        if place < len(entries) and place not in seen:
            seen.add(place)
            found.setdefault(entries[place].name, entries[place])
            waiting += [entries[place].right, entries[place].left]
    return found
