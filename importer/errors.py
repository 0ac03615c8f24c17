"""Exceptions that stop a run, each branch with the exit code a scheduler sees.

A bad row is never an exception: it is a value with a reason (see ``model``). Whether a run without one ends with 0 or
1, and which code of several counts: ``reporting.summary``.

ImporterError
├── UsageError            2  wrong option, configuration, token or address
├── RefusedFile           3  the file cannot be imported; nothing was sent
├── Stopped               4  the run ended early and the same command resumes it
│   ├── ApiUnavailable       the API is down or refuses the token
│   ├── UpdatesOnTrial       the first update of an address waits to be looked at
│   ├── ClusterLost          the scheduler of --cluster, or its workers, are gone
│   ├── StorageFailed        disk full, read-only, journal locked away
│   ├── Interrupted          SIGINT or SIGTERM
│   └── AlreadyRunning       another process owns this run
├── BooksDontBalance      5  rows in, rows out and journal disagree; damaged journal
└── Defect               70  this program is wrong, as anything else that is raised says too
"""

from typing import Any

from importer.messages.text import Text


class ImporterError(Exception):
    """Base of everything this program raises on purpose: the message says what, which value, what to do.

    ``UsageError("{path} is a pipe; name a file", path=path)``: with values the message is the template of a ``Text``,
    without any it is taken as it is.
    """

    exit_code = 70
    """EX_SOFTWARE of sysexits.h: a defect, unless a branch says otherwise."""
    told = False
    """Whether it was printed as JSON already."""
    result: object = None
    """From Python: what there is of the result of ``importer.run`` (an ImportResult), or None."""

    def __init__(self, *told: Any, **values: Any) -> None:
        super().__init__(*((Text(*told, **values),) if values else told))

    @property
    def sentence(self) -> str:
        """The message as it was given: a ``Text`` can be said in other languages than English."""
        return self.args[0] if self.args and isinstance(self.args[0], str) else str(self)


class UsageError(ImporterError):
    """The command, its configuration or its environment is wrong."""

    exit_code = 2


class RefusedFile(ImporterError):  # noqa: N818 (reads as the event it is)
    """The input cannot be imported as it is, and nothing was sent; ``rejected``: where the rows to be mended are."""

    exit_code = 3
    rejected = ""


class Stopped(ImporterError):  # noqa: N818 (reads as the event it is)
    """The run ended before its last row; the same command goes on."""

    exit_code = 4


class ApiUnavailable(Stopped):
    """The API does not answer, or refuses the token for every row."""


class ApiSilent(ApiUnavailable):
    """Nothing has passed for the whole of --outage-limit."""


class TokenRefused(ApiUnavailable):
    """The API refuses the token, and whoever sends has no other."""


class UpdatesOnTrial(Stopped):
    """The first update was sent to an address: a person has to look at what came of it."""


class ClusterLost(Stopped):
    """The machines that were to check the file cannot be reached, or not any more."""


class StorageFailed(Stopped):
    """A file of ours could not be written: disk full, read-only, no permission."""


class Interrupted(Stopped):
    """A person or the system asked the process to end."""


class AlreadyRunning(Stopped):
    """Another process is working on the same run; ``who``: which one, where it is known."""

    who: str = ""


class BooksDontBalance(ImporterError):  # noqa: N818 (reads as the event it is)
    """Input, journal and output disagree: a defect or a damaged journal. Nothing is overwritten."""

    exit_code = 5


class Defect(ImporterError):  # noqa: N818 (reads as the event it is)
    """This program did what it must not do, and noticed."""
