"""The options of the command line: each is declared once, and a command names those that it takes."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from importer.errors import UsageError
from importer.messages.language import known_language
from importer.messages.text import Text
from importer.model import CELL_OPTIONS


def refuse_unknown_language(value: str | None) -> str | None:
    """The language as it was given. Raises UsageError where it is not spoken."""
    if value and value.strip() and not known_language(value):
        text = Text("expected en (English), ru (Russian) or kk (Kazakh)")
        raise UsageError("option {name} {value}: {why}", name="language", value=repr(value), why=text)
    return value


# One that cannot be read is refused (3) as any other, whoever imports it: not by typer, as a wrong option (2).
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, XLSX, XLS or ODS file of users.", readable=False)]
FileOrRun = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE", help="CSV, TSV, XLSX, XLS or ODS file of users; none with --resume.", readable=False
    ),
]
Resume = Annotated[
    str | None, typer.Option(metavar="RUN", help="Go on with this run of the journal, from its own copy of the input.")
]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's name or its first characters, or latest.")]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="en|ru|kk",
        help="Of sentences, for people: English, Russian, Kazakh. [the locale's]",
        callback=refuse_unknown_language,
    ),
]

OPTIONS: Final[Mapping[str, Any]] = {
    "output": Annotated[Path | None, typer.Option("-o", "--output", help="Where the output goes. [beside the input]")],
    "force": Annotated[bool | None, typer.Option("--force", help="Replace a file that is no earlier output.")],
    "sheet": Annotated[
        str | None,
        typer.Option(help="Sheet of a workbook, by name or number; several with commas, or all. [found by its header]"),
    ],
    "encoding": Annotated[str | None, typer.Option(help="Encoding of a text file. [found out]")],
    "delimiter": Annotated[str | None, typer.Option(help="Separator of a text file: , ; tab |. [found out]")],
    "header_row": Annotated[int | None, typer.Option(min=1, help="Row of the header. [found by its names]")],
    "map": Annotated[
        list[str] | None,
        typer.Option("--map", metavar='"COLUMN[, COLUMN…]=field"', help="Name the column(s) of a field; repeatable."),
    ],
    "full_name": Annotated[str | None, typer.Option(help='Order of a full-name column, like "last first middle".')],
    "profile": Annotated[Path | None, typer.Option(help="TOML file with the mapping and options of one source.")],
    "region": Annotated[str | None, typer.Option(help="Country of phones without a code. [KZ]")],
    "date_order": Annotated[str | None, typer.Option(help="dmy or mdy; ymd for 85-05-14. [found out from the column]")],
    "duplicates": Annotated[
        str | None, typer.Option(help="Which row of a repeated phone is sent: first or none. [first]")
    ],
    "max_invalid": Annotated[str | None, typer.Option(metavar="N|P%", help="Send nothing when more rows are invalid.")],
    "limit": Annotated[int | None, typer.Option(min=1, help="Send only the first N sendable rows.")],
    "concurrency": Annotated[int | None, typer.Option(min=1, help="Most requests at once. [32]")],
    "rate": Annotated[float | None, typer.Option(help="Most requests per second. [what the API takes]")],
    "attempts": Annotated[int | None, typer.Option(min=1, help="Attempts of one row while others pass. [5]")],
    "timeout": Annotated[str | None, typer.Option(help="Longest wait for one answer. [30s]")],
    "outage_limit": Annotated[str | None, typer.Option(help="Longest wait for a silent API. [15m]")],
    "optional": Annotated[
        str | None, typer.Option(help="A wrong optional field: strict refuses its row, drop leaves it out. [strict]")
    ],
    "min_rows": Annotated[int | None, typer.Option(min=0, help="Send nothing when the file has fewer rows.")],
    "max_shrink": Annotated[
        str | None,
        typer.Option(metavar="P%", help="Send nothing when it has so much fewer rows than the last finished run."),
    ],
    "max_growth": Annotated[
        str | None, typer.Option(metavar="P%", help="Send nothing when it has so much more rows than that run.")
    ],
    "columns": Annotated[
        str | None, typer.Option(metavar="same", help="Send nothing when it lost or gained a column since that run.")
    ],
    "update": Annotated[bool | None, typer.Option("--update", help="Send changed fields of users imported earlier.")],
    "accept_updates": Annotated[
        bool | None, typer.Option("--accept-updates", help="The first update was looked at and is right; remembered.")
    ],
    "accept_other_names": Annotated[
        bool | None,
        typer.Option("--accept-other-names", help="A known phone with both names changed is the same person."),
    ],
    "max_changes": Annotated[
        str | None, typer.Option(metavar="N|P%", help="Send nothing when more of the known people have changed.")
    ],
    "source": Annotated[
        str | None,
        typer.Option("--source", help="Whose file it is: which run was its last. [the profile, else the path]"),
    ],
    "retention_days": Annotated[
        int | None,
        typer.Option(min=1, help="Purge older runs at the end, so many days after they were touched. [never]"),
    ],
    "url": Annotated[str | None, typer.Option(help="Address of the API. [https://api.freedompay.kz]")],
    "token_file": Annotated[Path | None, typer.Option(help="File with the bearer token, or with the token JSON.")],
    "token_command": Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Command that prints the token, such as a secret manager's.")
    ],
    "journal": Annotated[
        str | None, typer.Option(help="sqlite:///path, postgresql://host/database. [journal.db in IMPORTER_HOME]")
    ],
    "cluster": Annotated[
        str | None,
        typer.Option(
            metavar="tls://HOST:PORT|local[:N]",
            help="Check the file with the workers of a Dask scheduler, or N of its own.",
        ),
    ],
    "storage": Annotated[
        str | None,
        typer.Option(metavar="FOLDER|URL", help="Where all workers reach the file's parts. [in IMPORTER_HOME]"),
    ],
    "config": Annotated[Path | None, typer.Option(help="Configuration file. [importer.toml in the working folder]")],
    "metrics": Annotated[Path | None, typer.Option(metavar="FILE.prom", help="Figures for the node exporter.")],
    "json": Annotated[bool | None, typer.Option("--json", help="Print the summary as JSON.")],
    "show_values": Annotated[bool | None, typer.Option("--show-values", help="Do not mask the preview.")],
    "language": Language,
    "log_format": Annotated[str | None, typer.Option(metavar="text|json", help="Lines of the log on stderr. [text]")],
    "log_file": Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the log there, too; begun anew at 10 MiB.")
    ],
    "verbose": Annotated[int | None, typer.Option("-v", "--verbose", count=True, help="Log more.")],
    "quiet": Annotated[bool | None, typer.Option("-q", "--quiet", help="Log errors only.")],
    "sandbox": Annotated[bool | None, typer.Option("--sandbox", help="Import into an embedded sandbox.")],
    "settle": Annotated[str | None, typer.Option(help="How long a file must stay as it is. [10s]")],
    "marker": Annotated[
        bool | None, typer.Option("--marker", help="Take only files with NAME.done or NAME.ready beside them.")
    ],
    "fresh": Annotated[bool | None, typer.Option("--fresh", help="Start a new run instead of resuming one.")],
}

"""Name, as ``Settings`` has it, → type and help. Each is None where it was not given."""

READING: Final = (*CELL_OPTIONS, "map", "full_name", "profile", "region", "date_order", "duplicates")
PACE: Final = ("concurrency", "rate", "attempts", "timeout", "outage_limit")
API: Final = ("url", "token_file", "token_command", "journal")
TOLD: Final = ("language", "log_format", "log_file", "config", "json", "verbose", "quiet")
"""How a long command speaks."""

_NAMED: Final = Parameter.KEYWORD_ONLY
Given = Mapping[str, Any]
"""The values of options, by name."""


def takes(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command with options of OPTIONS, in the order of its ``--help``; their values are its first argument (Given).

    Its other parameters are its own: each stands where it is named, and before all options where it is not.
    """

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        own = dict([*signature(command).parameters.items()][1:])
        shared = [name for name in names if name not in own]
        told = {
            **{name: each for name, each in own.items() if name not in names},
            **{
                name: own.get(name) or Parameter(name, _NAMED, default=None, annotation=OPTIONS[name]) for name in names
            },
        }

        @wraps(command)
        def called(**values: Any) -> None:
            command({name: values.pop(name) for name in shared}, **values)

        # What typer asks a command for.
        called.__signature__ = Signature([each.replace(kind=_NAMED) for each in told.values()])  # type: ignore[attr-defined]  # Python's own name for it
        return called

    return with_options


AS_BEGUN: Final = ("file", *READING, "optional", "source", "fresh")
"""What ``--resume`` cannot be told: the run knows it."""


def refuse_beside_resume(given: Given) -> None:
    """A run goes on as it was begun: nothing else can be told of its input.

    Raises:
        UsageError: a file, or an option of how it is read.
    """
    for name in AS_BEGUN:
        if given.get(name) is not None and given[name] != []:
            what = "FILE" if name == "file" else f"--{name.replace('_', '-')}"
            raise UsageError("--resume goes on with a run as it was begun; it takes no {what}", what=what)
