"""The names of an output and of what stands beside it, and which kind of file a name asks for."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from importer.errors import UsageError
from importer.reading.corrected_copy import ENDING
from importer.reading.formats import is_text
from importer.reading.table import Dialect
from importer.writing.output_formats import OUTPUT_FORMATS

MANIFEST: Final = ".manifest.json"
"""Ending of a manifest's name, behind the name of its output."""

_MACROS: Final = "xlsm"
_RESULT: Final = re.compile(r"(.+)\.result((?:\.[0-9]+)?)")
_FORMAT_OF: Final = {ending: name for name, format_ in OUTPUT_FORMATS.items() for ending in format_.extensions} | {
    _MACROS: "xlsx"
}
_SUPPORTED: Final = ", ".join(
    ", ".join(f".{ending}" for ending in format_.extensions) + (" (also with .gz)" if format_.delimiters else "")
    for format_ in OUTPUT_FORMATS.values()
)


@dataclass(frozen=True)
class OutputKind:
    """What a file name says about its content.

    Attributes:
        format: As in the tables of formats: "csv" (delimited text), "xlsx", "xls" or "ods".
        gzip: Whether the text is compressed.
        extension: As written in the name, without the first dot: "csv", "CSV", "csv.gz".
    """

    format: str
    gzip: bool
    extension: str


def output_kind(path: Path) -> OutputKind:
    """The kind of file that a name asks for.

    Raises:
        UsageError: No or an unknown extension, or .xlsm (an output holds no macros).
    """
    kind = _recognise(path.name)
    if kind is None:
        raise UsageError(
            "cannot tell the format of the output from its name: {path}; use one of {supported}",
            path=path,
            supported=_SUPPORTED,
        )
    if kind.extension.lower() == _MACROS:
        raise UsageError("an output holds no macros, so it can't be {path}; name it .xlsx", path=path)
    return kind


def default_output(input: Path, dialect: Dialect) -> tuple[Path, Path]:  # noqa: A002 (the interface's name)
    """The names of the result and the rejected file beside an input.

    The input's own extension is kept where it tells the format; a file that is something else than its name says gets
    the extension of what it is, and .xlsm becomes .xlsx.
    """
    name = _uploaded(input)
    stem, extension = _split(name)
    kind = _recognise(name)
    if kind is None:
        stem, extension = stem or name, ""
    if kind is None or (kind.format, kind.gzip) != (dialect.format, dialect.gzip):
        text = extension.removesuffix(".gz")
        extensions = OUTPUT_FORMATS[dialect.format].extensions
        base = text if text.lower() in extensions else extensions[0]
        extension = f"{base}.gz" if dialect.gzip else base
    elif extension.lower() == _MACROS:
        extension = "xlsx"
    output = input.with_name(f"{stem}.result.{extension}")
    return output, rejected_path(output)


def usual_output(input: Path) -> Path:  # noqa: A002 (as above)
    """The name of the result beside an input whose content nobody could look at: by its name alone."""
    name = _uploaded(input)
    stem, extension = _split(name)
    extension = "xlsx" if extension.lower() == _MACROS else extension
    return input.with_name(".".join(filter(None, (stem or name, "result", extension))))


def _uploaded(input: Path) -> str:  # noqa: A002 (as above)
    """The name of an input; of a copy that the page has corrected, the name of what was uploaded."""
    return input.name.removesuffix(ENDING) or input.name


def rejected_path(output: Path) -> Path:
    """The name of the rejected file that belongs to an output.

    ``x.result.csv`` or ``x.csv`` → ``x.rejected.csv``; ``x.result.2.csv`` → ``x.rejected.2.csv``.
    """
    stem, extension = _split(output.name)
    found = _RESULT.fullmatch(stem)
    stem = f"{found[1]}.rejected{found[2]}" if found else f"{stem}.rejected"
    return output.with_name(f"{stem}.{extension}" if extension else stem)


def manifest_path(output: Path) -> Path:
    """Where the manifest of an output stands: ``users.result.csv`` → ``users.result.csv.manifest.json``."""
    return output.with_name(output.name + MANIFEST)


def numbered(output: Path, number: int) -> Path:
    """The name of an output in a place: ``x.result.csv`` in the first, ``x.result.2.csv`` in the second."""
    stem, extension = _split(output.name)
    return output if number == 1 else output.with_name(".".join(filter(None, (stem, str(number), extension))))


def rejected_workbook_path(rejected: Path) -> Path | None:
    """The workbook beside a rejected file of delimited text: ``x.rejected.csv`` → ``x.rejected.xlsx``; else None."""
    kind = output_kind(rejected)
    return rejected.with_name(f"{_split(rejected.name)[0]}.xlsx") if is_text(kind.format) else None


def output_dialect(kind: OutputKind, dialect: Dialect) -> Dialect:
    """The dialect of an output: the input's own where both are delimited text or both are workbooks.

    Text made from a workbook is UTF-8 with a BOM (a spreadsheet would otherwise take it for a local code page), CRLF.
    """
    delimiters = OUTPUT_FORMATS[kind.format].delimiters
    text_input = is_text(dialect.format)
    if not delimiters:
        return replace(
            dialect,
            format=kind.format,
            header_row=1 if text_input else dialect.header_row,
            first_column=0 if text_input else dialect.first_column,
        )
    delimiter = delimiters[kind.extension.lower().removesuffix(".gz")]
    if not text_input:
        return Dialect(
            format=kind.format, encoding="utf-8", bom=True, delimiter=delimiter, line_ending="\r\n", gzip=kind.gzip
        )
    if kind.format != dialect.format or kind.extension.lower().startswith("tsv"):
        return replace(dialect, format=kind.format, delimiter=delimiter, gzip=kind.gzip)
    return replace(dialect, gzip=kind.gzip)


def _recognise(name: str) -> OutputKind | None:
    _, extension = _split(name)
    base = extension.lower().removesuffix(".gz")
    compressed = extension.lower().endswith(".gz")
    name_of_format = _FORMAT_OF.get(base)
    if name_of_format is None or (compressed and not is_text(name_of_format)):
        return None
    return OutputKind(format=name_of_format, gzip=compressed, extension=extension)


def _split(name: str) -> tuple[str, str]:
    """Stem and extension without its dot; a ``.gz`` belongs to the extension before it; a dot file has none."""
    path = Path(name)
    extension = path.suffix
    if extension.lower() == ".gz":
        extension = path.with_suffix("").suffix + extension
    return (name.removesuffix(extension), extension.removeprefix(".")) if extension else (name, "")
