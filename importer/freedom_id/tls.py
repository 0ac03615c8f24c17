"""TLS that hands over what it has read before it tells that the connection broke.

asyncio reads all that came in one go, and where a fatal alert stands at its end what was read before it is lost with
it: an answer that was whole would be none, and its row in doubt.
"""

import ssl
from typing import Any


class ReadingTls(ssl.SSLObject):
    """The TLS of one connection; ``SSLContext.sslobject_class`` makes it.

    Attributes:
        failure: What broke the connection, behind bytes that were handed over; None: nothing.
    """

    failure: ssl.SSLError | None = None
    _has_read = False

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002 (ssl's own name)
        """Read on; a failure behind other bytes reads as if there were no more for now."""
        if self.failure is not None:
            raise self.failure
        try:
            found = super().read(len, buffer)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            self._has_read = False
            raise
        except ssl.SSLError as exc:
            if not self._has_read:
                raise
            self.failure = exc
            raise ssl.SSLWantReadError from exc
        self._has_read = True
        return found
