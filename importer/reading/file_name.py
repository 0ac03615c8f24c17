"""Whether a file can have a name: asked before anything is done with it."""

import errno
from pathlib import Path
from typing import Final

from importer.errors import RefusedFile
from importer.messages.text import Text
from importer.reading.byte_source import unreadable

_EXCEL_S: Final = "~$"


def name_fault(path: Path) -> str:
    """Why no file can be read or written under a name, or "".

    A name that is not UTF-8 (an archive of another system unpacks to such) could be opened, but not be written into
    the journal, a manifest or JSON.
    """
    try:
        str(path.absolute()).encode()
        path.lstat()
    except UnicodeEncodeError:
        return Text("its name or that of a folder above it is not UTF-8; rename it")
    except ValueError:
        return Text("no name holds a NUL character")
    except OSError as exc:  # others are told by whoever opens it
        return Text("the name is too long; give it a shorter one") if exc.errno == errno.ENAMETOOLONG else ""
    return ""


def refuse_name(path: Path) -> None:
    """End here if no input can have such a name.

    Raises:
        RefusedFile: It names a folder, what a program keeps beside an open workbook, or lies where this user may not
            enter; or see ``name_fault``.
    """
    if not path.name:  # ".", "/"
        raise unreadable(path, IsADirectoryError())
    if path.name.startswith(_EXCEL_S):
        why = Text("Excel keeps it beside a workbook that is open; name the workbook, {name}", name=path.name[2:])
        raise RefusedFile("{path} can't be read: {why}", path=printable(path), why=why)
    if fault := name_fault(path):
        raise RefusedFile("{path} can't be read: {why}", path=printable(path), why=fault)
    try:
        path.lstat()
    except PermissionError as exc:
        raise unreadable(path, exc) from exc
    except OSError:  # whoever opens it tells why
        return


def open_elsewhere(path: Path) -> str:
    """What says that somebody has a file open in Excel or LibreOffice, or "": the name of a file beside it."""
    try:
        return next(
            (name for name in (f"{_EXCEL_S}{path.name}", f".~lock.{path.name}#") if path.with_name(name).exists()), ""
        )
    except (OSError, ValueError):
        return ""


def printable(path: Path) -> str:
    """A path as any output takes it: "?" for what is no character."""
    return str(path).encode(errors="replace").decode()
