"""Everything that can be ordered from the sandbox, as one frozen value whose fields describe themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, TypeVar

from importer.errors import UsageError
from importer.messages.text import Text

_T = TypeVar("_T")


class Fault(StrEnum):
    """One way in which an answer goes wrong. "after" and the last ones strike once the user is created."""

    ERROR = "error"
    HTML = "html"
    FORBIDDEN = "forbidden"
    UNAUTHORIZED = "unauthorized"
    REDIRECT = "redirect"
    RESET_BEFORE = "reset_before"
    CLOSE_BEFORE = "close_before"
    HANG_BEFORE = "hang_before"
    RESET_AFTER = "reset_after"
    CLOSE_AFTER = "close_after"
    HANG_AFTER = "hang_after"
    ERROR_AFTER = "error_after"
    CUT = "cut"
    DRIP = "drip"
    HUGE = "huge"
    BOMB = "bomb"
    HEADERS = "headers"
    ODD = "odd"
    REPEAT_ID = "repeat_id"


AFTER_CREATING: Final = frozenset(Fault) - {
    Fault.ERROR,
    Fault.HTML,
    Fault.FORBIDDEN,
    Fault.UNAUTHORIZED,
    Fault.REDIRECT,
    Fault.RESET_BEFORE,
    Fault.CLOSE_BEFORE,
    Fault.HANG_BEFORE,
}
MAY_COME_WHOLE: Final = frozenset({Fault.DRIP, Fault.HUGE, Fault.BOMB})
OUTAGE_KINDS: Final = ("503", "refused", "reset", "hang")
_KINDS: Final = ", ".join(Fault)


def _option(default: _T, help_text: str, *choices: str) -> _T:
    metadata = {"help": help_text, "choices": choices}
    value: _T = field(default=default, metadata=metadata)
    return value


def _share(help_text: str) -> float:
    return _option(0.0, Text("Share of requests (0 to 1) {which}", which=help_text))


@dataclass(frozen=True)
class SandboxOptions:
    """What the sandbox does besides its contract; the default is a server without faults.

    Each field's metadata holds "help" (a sentence) and "choices" (a tuple, empty = free), so that a command
    line can be made from ``option_table``. Raises UsageError for a value that means nothing.
    """

    token: str = _option("sandbox-token", Text("Access token that is accepted."))
    refresh_token: str = _option("sandbox-refresh-token", Text("Refresh token accepted first; empty = no refresh."))
    token_requests: int = _option(0, Text("An access token dies after this many create requests (0 = never)."))
    token_seconds: float = _option(0.0, Text("An access token dies this many seconds after its issue (0 = never)."))
    refresh_fault: str = _option("", Text("What goes wrong with a token refresh."), "", *Fault)
    refresh_fault_times: int = _option(0, Text("How many refreshes go wrong (0 = all)."))
    forbidden: bool = _option(False, Text("Answer 403 to every create request: a token without the right."))
    forbidden_after: int = _option(0, Text("Answer 403 after this many create requests (0 = never)."))
    latency: float = _option(0.0, Text("Milliseconds that a create request takes: half before, half after creating."))
    jitter: float = _option(0.0, Text("Milliseconds by which the latency varies, up or down."))
    connection_limit: int = _option(0, Text("Connections served at once (0 = any number); any more is reset."))
    keep_alive: int = _option(75, Text("Seconds after which an idle connection is closed."))
    quota: float = _option(0.0, Text("Create requests per second that are accepted (0 = any number)."))
    quota_kind: str = _option("bucket", Text("How the quota is counted."), "bucket", "window", "sliding", "concurrent")
    quota_burst: int = _option(0, Text("Size of the token bucket (0 = one second's worth)."))
    quota_window: float = _option(1.0, Text("Seconds of the fixed or sliding window."))
    quota_counts_refused: bool = _option(False, Text("Requests answered 429 use up the quota as well."))
    quota_status: int = _option(429, Text("Status of a request over the quota."))
    retry_after: str = _option("seconds", Text("How Retry-After is given."), "seconds", "date", "missing", "garbage")
    retry_after_seconds: float = _option(0.0, Text("Fixed Retry-After in seconds (0 = what the quota needs)."))
    conflict_shape: str = _option("409", Text("The answer to a taken phone."), "409", "422", "200", "400-ru", "mixed")
    conflict_id: str = _option(
        "", Text("Where the answer to a taken phone carries the existing freedom_id."), "", "top", "error", "data"
    )
    invalid_shape: str = _option("422", Text("The answer to a body that breaks the schema."), "422", "400", "200")
    update_clears: bool = _option(False, Text("An update empties the fields that it leaves out."))
    seed: int = _option(0, Text("Seed of all random faults (0 = draw one and print it)."))
    fault_scope: str = _option(
        "request", Text("What random faults are drawn for: each request, or a phone once."), "request", "phone"
    )
    fault_attempts: int = _option(1, Text("With scope phone: attempts of the phone that fail (0 = all)."))
    error_share: float = _share(Text("answered with a status of --error-statuses before creating."))
    error_statuses: str = _option("500,502,503,504", Text("Statuses of random errors, with commas between."))
    error_after_share: float = _share(Text("answered with a status of --error-statuses after creating."))
    html_share: float = _share(Text("answered with a proxy's HTML page."))
    html_status: int = _option(502, Text("Status of the HTML page."))
    forbidden_share: float = _share(Text("answered 403."))
    unauthorized_share: float = _share(Text("answered 401 although the token is good."))
    redirect_share: float = _share(Text("answered with a redirect."))
    redirect_status: int = _option(307, Text("Status of the redirect."))
    redirect_url: str = _option("", Text("Where the redirect leads (empty = to the sandbox itself, which counts)."))
    reset_before_share: float = _share(Text("whose connection is reset (RST) before creating."))
    reset_after_share: float = _share(Text("whose connection is reset (RST) after creating."))
    close_before_share: float = _share(Text("whose connection is closed (FIN) without an answer before creating."))
    close_after_share: float = _share(Text("whose connection is closed (FIN) without an answer after creating."))
    hang_before_share: float = _share(Text("that hang before creating."))
    hang_after_share: float = _share(Text("that hang after creating."))
    hang_seconds: float = _option(3600.0, Text("Seconds after which a hanging connection is closed."))
    cut_share: float = _share(Text("whose answer is shorter than its Content-Length (after creating)."))
    drip_share: float = _share(Text("whose answer comes byte by byte (after creating)."))
    drip_interval: float = _option(1.0, Text("Seconds between the bytes of a dripping answer."))
    huge_share: float = _share(Text("whose answer is huge (after creating)."))
    huge_bytes: int = _option(1_000_000_000, Text("Bytes of a huge answer, and of what a bomb unpacks to."))
    bomb_share: float = _share(Text("whose answer is small and unpacks to a huge one (after creating)."))
    headers_share: float = _share(Text("whose answer has headers without end (after creating)."))
    odd_share: float = _share(Text("answered 2xx without a usable freedom_id (after creating)."))
    repeat_id_share: float = _share(Text("answered with the freedom_id of the first user (after creating another)."))
    faults: tuple[str, ...] = _option(
        (),
        Text(
            "A fault by number or phone: KIND@5, KIND@5-9, KIND@+77010000001[:ATTEMPTS]. Kinds: {kinds}.", kinds=_KINDS
        ),
    )
    poison: tuple[str, ...] = _option((), Text("A phone that is always answered 500."))
    poison_share: float = _option(0.0, Text("Share of phones (0 to 1) that are always answered 500."))
    outages: tuple[str, ...] = _option(
        (),
        Text(
            "An outage: FROM-TO[:KIND] in seconds since the start, or #N+SECONDS[:KIND] from the N-th create request "
            "on. Kinds: {kinds} (first = default).",
            kinds=", ".join(OUTAGE_KINDS),
        ),
    )
    down: str = _option("", Text("An outage that lasts until this is emptied."), "", *OUTAGE_KINDS)
    state: str = _option("", Text("File that keeps the created users over a restart."))
    keep_bodies: bool = _option(True, Text("Keep each user's body, for the list of users."))

    def __post_init__(self) -> None:
        """Check what can be checked field by field; raises UsageError."""
        for item in option_table():
            _check(item, getattr(self, item.name))
        if sum(self.shares().values()) > 1 + 1e-9:
            raise UsageError(Text("sandbox: the shares of all faults together exceed 1"))
        self.statuses()

    def shares(self) -> dict[Fault, float]:
        """The random faults that are ordered: kind → share."""
        return {kind: share for kind in Fault if (share := float(getattr(self, f"{kind}_share")))}

    def statuses(self) -> tuple[int, ...]:
        """The statuses of random errors; raises UsageError when one is no HTTP error."""
        words = [word.strip() for word in self.error_statuses.split(",")]
        if not all(word.isdecimal() and 400 <= int(word) <= 599 for word in words):  # noqa: PLR2004 (HTTP errors)
            raise UsageError(Text("sandbox: error_statuses takes numbers from 400 to 599 with commas between"))
        return tuple(int(word) for word in words)


@dataclass(frozen=True)
class Option:
    """One field of SandboxOptions, for whoever makes a command line of them."""

    name: str
    flag: str
    type: type[Any]
    default: Any
    help: str
    choices: tuple[str, ...]


def option_table() -> tuple[Option, ...]:
    """Every field of SandboxOptions in order; ``type`` is str, int, float, bool or tuple (repeatable str)."""
    return _TABLE


def options_from(values: Mapping[str, object], base: SandboxOptions | None = None) -> SandboxOptions:
    """``base`` (default: no faults) with some fields changed; lists are taken as tuples, ints as floats.

    Raises UsageError for an unknown name or a value of the wrong type.
    """
    known = {item.name: item for item in option_table()}
    merged = {name: getattr(base, name) for name in known} if base else {}
    for name, value in values.items():
        if name not in known:
            raise UsageError(
                "sandbox: no option is called {name}; known: {names}", name=repr(name), names=", ".join(known)
            )
        merged[name] = _typed(known[name], value)
    return SandboxOptions(**merged)


def _typed(item: Option, value: object) -> object:
    if item.type is tuple and isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return tuple(value)
    if item.type is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _check(item: Option, value: object) -> None:
    fits = isinstance(value, (int, float) if item.type is float else item.type)
    if not fits or (isinstance(value, bool) and item.type is not bool):
        raise UsageError(
            "sandbox: {name} takes a {wanted}, not a {given}",
            name=item.name,
            wanted=item.type.__name__,
            given=type(value).__name__,
        )
    if isinstance(value, tuple) and not all(isinstance(word, str) for word in value):
        raise UsageError("sandbox: {name} takes texts", name=item.name)
    if isinstance(value, (int, float)) and value < 0:
        raise UsageError("sandbox: {name} must not be negative", name=item.name)
    if item.name.endswith("_share") and float(str(value)) > 1:
        raise UsageError("sandbox: {name} is a share between 0 and 1", name=item.name)
    if item.choices and value not in item.choices:
        raise UsageError(
            "sandbox: {name} is one of {names}",
            name=item.name,
            names=", ".join(word or "(empty)" for word in item.choices),
        )


_TABLE: Final = tuple(
    Option(
        name=item.name,
        flag="--" + item.name.replace("_", "-"),
        type=type(item.default),
        default=item.default,
        help=item.metadata["help"],
        choices=item.metadata["choices"],
    )
    for item in fields(SandboxOptions)
)
