"""A log file that begins anew when it is full, and that tells once what is wrong with it."""

import logging
import sys
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from importer.messages.text import Text

log = logging.getLogger("importer")


class LogFile(RotatingFileHandler):
    """A log file; a new one is 0600, under any umask: names of files may say of whom they are.

    One that cannot be moved out of the way (mounted into a container by itself, in a folder of somebody else) goes on
    as it is; one that is there no more is begun anew. What cannot be written (a full disk) is tried again with the next
    line, as far as it is kept.
    """

    _is_told = False

    def doRollover(self) -> None:  # noqa: N802 (the library's name)
        """Begin anew; the file is moved first, so that one that cannot be pushes no older one out."""
        file, aside = Path(self.baseFilename), self._aside()
        try:
            file.rename(aside)
        except FileNotFoundError:  # somebody moved it away, or removed it: a new one is begun
            self._reopen()
            return
        except OSError as exc:
            self._goes_on(exc)
            return
        try:
            super().doRollover()
        except OSError as exc:
            aside.rename(file)
            self._goes_on(exc)

    def rotate(self, source: str, dest: str) -> None:
        """The last step of beginning anew: the file that was moved aside is the newest of the older ones."""
        del source
        self._aside().rename(dest)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the library's name)
        """Tell once that the file cannot be written; anything else is a defect."""
        failure = sys.exc_info()[1]
        if isinstance(failure, OSError):
            self._tell(
                Text(
                    "--log-file {path} cannot be written: {why}; lines are missing there",
                    path=self.baseFilename,
                    why=failure.strerror,
                )
            )
        else:
            super().handleError(record)

    def close(self) -> None:
        """Close it, whatever is still to be written."""
        with suppress(OSError):  # a full disk; it was told
            super().close()

    def _open(self) -> TextIOWrapper:
        from importer.storage.private_files import open_private  # noqa: PLC0415 (only where a file is named)

        return TextIOWrapper(open_private(Path(self.baseFilename), append=True), self.encoding, self.errors)

    def _reopen(self) -> None:
        if self.stream is not None:
            self.stream.close()
        self.stream = None  # should its folder be gone, too, the next line tries again
        self.stream = self._open()

    def _aside(self) -> Path:
        return Path(f"{self.baseFilename}.0")

    def _goes_on(self, failure: OSError) -> None:
        self.maxBytes = 0
        if self.stream is None:
            self.stream = self._open()
        self._tell(
            Text(
                "--log-file {path} is full and cannot be moved out of the way: {why}; it goes on in the same file",
                path=self.baseFilename,
                why=failure.strerror,
            )
        )

    def _tell(self, text: Text) -> None:
        if not self._is_told:
            self._is_told = True  # before: the warning comes here, too
            log.warning("%s", text, extra={"event": "log.failed"})
