"""The options of the command line: one annotated type each, so that every command says them the same way."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from importer.errors import UsageError

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, XLSX, XLS or ODS file of users.")]
FileOrRun = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="CSV, TSV, XLSX, XLS or ODS file of users; none with --resume.")
]
Resume = Annotated[
    str | None, typer.Option(metavar="RUN", help="Go on with this run of the journal, from its own copy of the input.")
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Where the output goes. [beside the input]")]
Force = Annotated[bool | None, typer.Option("--force", help="Replace a file that is no earlier output.")]
Sheet = Annotated[
    str | None,
    typer.Option(help="Sheet of a workbook, by name or number; several with commas, or all. [found by its header]"),
]
Encoding = Annotated[str | None, typer.Option(help="Encoding of a text file. [found out]")]
Delimiter = Annotated[str | None, typer.Option(help="Separator of a text file: , ; tab |. [found out]")]
HeaderRow = Annotated[int | None, typer.Option(min=1, help="Row of the header. [found by its names]")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar='"COLUMN[, COLUMN…]=field"', help="Name the column(s) of a field; repeatable."),
]
FullName = Annotated[str | None, typer.Option(help='Order of a full-name column, like "last first middle".')]
Profile = Annotated[Path | None, typer.Option(help="TOML file with the mapping and options of one source.")]
Region = Annotated[str | None, typer.Option(help="Country of phones without a code. [KZ]")]
DateOrder = Annotated[str | None, typer.Option(help="dmy or mdy; ymd for 85-05-14. [found out from the column]")]
Duplicates = Annotated[str | None, typer.Option(help="Which row of a repeated phone is sent: first or none. [first]")]
MaxInvalid = Annotated[str | None, typer.Option(metavar="N|P%", help="Send nothing when more rows are invalid.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Send only the first N sendable rows.")]
Concurrency = Annotated[int | None, typer.Option(min=1, help="Most requests at once. [32]")]
Rate = Annotated[float | None, typer.Option(help="Most requests per second. [what the API takes]")]
Attempts = Annotated[int | None, typer.Option(min=1, help="Attempts of one row while others pass. [5]")]
Timeout = Annotated[str | None, typer.Option(help="Longest wait for one answer. [30s]")]
OutageLimit = Annotated[str | None, typer.Option(help="Longest wait for a silent API. [15m]")]
Optional = Annotated[
    str | None, typer.Option(help="A wrong optional field: strict refuses its row, drop leaves it out. [strict]")
]
MinRows = Annotated[int | None, typer.Option(min=0, help="Send nothing when the file has fewer rows.")]
MaxShrink = Annotated[
    str | None,
    typer.Option(metavar="P%", help="Send nothing when it has so much fewer rows than the last finished run."),
]
MaxGrowth = Annotated[
    str | None, typer.Option(metavar="P%", help="Send nothing when it has so much more rows than that run.")
]
Columns = Annotated[
    str | None, typer.Option(metavar="same", help="Send nothing when it lost or gained a column since that run.")
]
Update = Annotated[bool | None, typer.Option("--update", help="Send changed fields of users imported earlier.")]
AcceptUpdates = Annotated[
    bool | None, typer.Option("--accept-updates", help="The first update was looked at and is right; remembered.")
]
AcceptOtherNames = Annotated[
    bool | None, typer.Option("--accept-other-names", help="A known phone with both names changed is the same person.")
]
MaxChanges = Annotated[
    str | None, typer.Option(metavar="N|P%", help="Send nothing when more of the known people have changed.")
]
SourceName = Annotated[
    str | None, typer.Option("--source", help="Whose file it is: which run was its last. [the profile, else the path]")
]
RetentionDays = Annotated[
    int | None, typer.Option(min=1, help="Purge older runs at the end, so many days after they were touched. [never]")
]
Url = Annotated[str | None, typer.Option(help="Address of the API. [https://api.freedompay.kz]")]
TokenFile = Annotated[Path | None, typer.Option(help="File with the bearer token, or with the token JSON.")]
TokenCommand = Annotated[
    str | None, typer.Option(metavar="COMMAND", help="Command that prints the token, such as a secret manager's.")
]
Journal = Annotated[str | None, typer.Option(help="Journal, like sqlite:///path. [journal.db in IMPORTER_HOME]")]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="tls://HOST:PORT|local[:N]",
        help="Check the file with the workers of a Dask scheduler, or N of its own.",
    ),
]
Storage = Annotated[
    str | None,
    typer.Option(metavar="FOLDER|URL", help="Where all workers reach the file's parts. [in IMPORTER_HOME]"),
]
Config = Annotated[Path | None, typer.Option(help="Configuration file. [importer.toml in the working folder]")]
Metrics = Annotated[Path | None, typer.Option(metavar="FILE.prom", help="Figures for the node exporter.")]
Json = Annotated[bool | None, typer.Option("--json", help="Print the summary as JSON.")]
ShowValues = Annotated[bool | None, typer.Option("--show-values", help="Do not mask the preview.")]
Language = Annotated[
    str | None,
    typer.Option(metavar="en|ru|kk", help="Of sentences, for people: English, Russian, Kazakh. [the locale's]"),
]
LogFormat = Annotated[str | None, typer.Option(metavar="text|json", help="Lines of the log on stderr. [text]")]
LogFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Keep the log there, too; begun anew at 10 MiB.")]
Verbose = Annotated[int | None, typer.Option("-v", "--verbose", count=True, help="Log more.")]
Quiet = Annotated[bool | None, typer.Option("-q", "--quiet", help="Log errors only.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's name or its first characters, or latest.")]

AS_BEGUN: Final = (
    "file",
    "sheet",
    "encoding",
    "delimiter",
    "header_row",
    "map_",
    "full_name",
    "profile",
    "region",
    "date_order",
    "duplicates",
    "optional",
    "source",
    "fresh",
)
"""What ``--resume`` cannot be told: the run knows it."""


def refuse_beside_resume(given: Mapping[str, object]) -> None:
    """A run goes on as it was begun: nothing else can be told of its input.

    Raises:
        UsageError: a file, or an option of how it is read.
    """
    for name in AS_BEGUN:
        if given.get(name) not in {None, ()} and given[name] != []:
            what = "FILE" if name == "file" else f"--{name.strip('_').replace('_', '-')}"
            raise UsageError(f"--resume goes on with a run as it was begun; it takes no {what}")
