"""What one answer of the API, or its absence, means for the row that was sent."""

from enum import StrEnum
from typing import Final, NamedTuple

from importer.messages.text import Text

UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""The pattern of one."""

NOBODYS_IDS: Final = frozenset({"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"})
"""The nil and the max UUID (RFC 9562, 5.9 and 5.10): what software writes where it has none."""

PAGE: Final = "page"
"""Code of an answer that is a web page, where nothing better is known of it."""

_NOT_FOUND: Final = frozenset({404, 405})


class AnswerKind(StrEnum):
    """The eight things an attempt can come to; the creating layer has one reaction to each."""

    CREATED = "created"
    """A 2xx with a UUID: the only kind that gives a FreedomID to a new user."""
    UPDATED = "updated"
    """A 2xx to an update, without an error: its fields are the user's now."""
    TAKEN = "taken"
    """The phone belongs to a user already; ``Answer.freedom_id`` holds the ID if the API told it."""
    REJECTED = "rejected"
    """The API refuses this row's content; sending it again gives the same."""
    RETRY = "retry"
    """Nothing is known about the row's content: send it again later."""
    TOKEN_REFUSED = "token_refused"  # noqa: S105 (the name of a kind, not a secret)
    """401: refresh the token once, else stop the run; the row is not spent."""
    FORBIDDEN = "forbidden"
    """403: stop the run; the row is not spent."""
    MISROUTED = "misrouted"
    """The configured address, proxy or certificate is wrong: stop the run; the row is not spent."""


class Answer(NamedTuple):
    """One attempt's result. Holds the API's words, which may quote personal data: never log it.

    Attributes:
        kind: What it means.
        freedom_id: Lower-case UUID, or "". Set only with CREATED, and with TAKEN where the body told it.
        code: The API's error code as text, or ""; where no answer came, a word of ``failures``: "timeout", …
        message: The API's words, or ours where no answer came; at most 500 characters, no control characters.
        field_errors: (field, words) pairs in the order of the body, bounded like ``message``.
        retry_after: Seconds to wait as the server asks, 0 … 3600, or None.
        maybe_created: Whether the user may exist because of this attempt although no ID came back. True
            unless the answer refuses the row, or the request is proven never to have left.
        reason: Where no answer came: why, in our words alone.
        unreachable: No answer of an HTTP server came back at all (refused, reset, cut, timed out).
        new_connection: A connection was made for this request, or would have been.
        http_status: 0 where no answer came.
        told_id: With ``maybe_created``: a FreedomID that the answer told all the same, beside an error or in a
            form that is no success; or "".
        request_id: What the server named the request by, or "".
        as_json: Whether the body is whole JSON, as the API's own answers are.
        redirect: Where a redirect leads, as ``redirect.redirected_to`` tells it, or "".
    """

    kind: AnswerKind
    freedom_id: str = ""
    code: str = ""
    message: str = ""
    field_errors: tuple[tuple[str, str], ...] = ()
    retry_after: float | None = None
    maybe_created: bool = False
    reason: str = ""
    unreachable: bool = False
    new_connection: bool = False
    http_status: int = 0
    request_id: str = ""
    told_id: str = ""
    as_json: bool = False
    redirect: str = ""

    @property
    def is_not_found(self) -> bool:
        """A 404 or 405 in JSON: of a wrong address; of one that has worked, for one row alone, it refuses the row."""
        return self.http_status in _NOT_FOUND and self.as_json

    @property
    def cause(self) -> str:
        """Why nothing is known of the row, for anybody to read: never the API's words, which may quote the row."""
        if not self.http_status:
            return self.reason or Text("no answer")
        if self.redirect:
            return Text("HTTP {status}, a redirect to {target}", status=self.http_status, target=self.redirect)
        if self.code == PAGE:
            return Text("HTTP {status}, a web page", status=self.http_status)
        return f"HTTP {self.http_status}"
