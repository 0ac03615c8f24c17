"""An upload as it arrives: read piece by piece to the disk, never held, and refused where it is too large."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedWriter
from pathlib import Path
from typing import Final, NoReturn

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from importer.storage.private_files import FILE_MODE
from importer.web import words
from importer.web.records.uploads import Pending, Uploads
from importer.writing.pending_file import storage_failed

_BESIDE: Final = 64_000
"""Bytes that the form may have beside the file."""

_LONGEST_FIELD: Final = 4_000


@dataclass
class _Form:
    """A form with one file, as its pieces come.

    Attributes:
        begin: Told the file's name when it begins; gives where it is to be written.
        fields: The other fields.
    """

    begin: Callable[[str, dict[str, str]], Path]
    fields: dict[str, str] = field(default_factory=dict)
    name: str = ""
    written: int = 0
    _header: list[bytes] = field(default_factory=lambda: [b"", b""])
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _file: BufferedWriter | None = None
    _value: bytes = b""

    def callbacks(self) -> dict[str, Callable[..., None]]:
        """What the parser calls."""
        return {
            "on_part_begin": self._part_begins,
            "on_header_field": lambda data, start, end: self._add(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._add(1, data[start:end]),
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._part_ends,
        }

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _add(self, which: int, piece: bytes) -> None:
        self._header[which] += piece

    def _part_begins(self) -> None:
        self._headers, self._value, self._header = {}, b"", [b"", b""]

    def _header_ends(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _headers_end(self) -> None:
        options = parse_options_header(self._headers.get(b"content-disposition", b""))[1]
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options and not self.name:
            name = options[b"filename"].decode("utf-8", "replace")
            if not name:
                return
            self.name = name
            path = self.begin(name, self.fields)
            self._file = path.open("xb")
            path.chmod(FILE_MODE)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            self.written += end - start
        else:
            self._value = (self._value + data[start:end])[:_LONGEST_FIELD]

    def _part_ends(self) -> None:
        if self._file is not None:
            self.close()
        else:
            self.fields[self._field] = self._value.decode("utf-8", "replace")


async def received(
    request: Request, uploads: Uploads, most: int, permitted: Callable[[dict[str, str]], None]
) -> Pending:
    """The file of a form, on the disk.

    Args:
        request: The upload.
        uploads: Where it goes.
        most: Bytes that it may have.
        permitted: Given the fields that stand before the file; raises where it may not be taken.

    Raises:
        HTTPException: 413 where it is too large, 400 where it is no upload or has not arrived as a whole.
        StorageFailed: The disk refused.
    """
    options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options[1].get(b"boundary", b"")
    if options[0] != b"multipart/form-data" or not boundary:
        _refuse(words.gettext("No file arrived. Choose a file and send it again."))
    _refuse_too_large(int(request.headers.get("content-length") or 0) - _BESIDE, most)
    pending: list[Pending] = []

    def begin(name: str, fields: dict[str, str]) -> Path:
        permitted(fields)
        pending.append(uploads.prepared(name))
        return pending[0].path

    form = _Form(begin)
    parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type] # its callbacks are a TypedDict
    try:
        with _explained(uploads.folder):
            await _read(request, parser, lambda seen: _refuse_too_large(max(seen - _BESIDE, form.written), most))
        if not pending:
            _refuse(words.gettext("No file was chosen. Choose one and send it again."))
        if parser.state != MultipartState.END:
            _refuse(_not_whole())
    except BaseException:
        form.close()
        for one in pending:
            one.discard()
        raise
    return pending[0]


async def _read(request: Request, parser: MultipartParser, seen: Callable[[int], None]) -> None:
    """Give the pieces to the parser; ``seen`` is told how many bytes there were, and raises at too many."""
    count = 0
    async for piece in request.stream():
        count += len(piece)
        await run_in_threadpool(parser.write, piece)
        seen(count)
    await run_in_threadpool(parser.finalize)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except (FormParserError, ClientDisconnect, ValueError) as exc:
        raise HTTPException(HTTPStatus.BAD_REQUEST, _not_whole()) from exc
    except OSError as exc:
        raise storage_failed(folder, exc) from exc


def _refuse(reason: str) -> NoReturn:
    raise HTTPException(HTTPStatus.BAD_REQUEST, reason)


def _refuse_too_large(size: int, most: int) -> None:
    if size > most:
        told = words.gettext("The file is too large: at most %(most)s can be uploaded.")
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told % {"most": words.size(most)})


def _not_whole() -> str:
    return words.gettext("Only a part of the file arrived. Please send it again.")
