"""Every answer the sandbox gives, as a value: status, body, headers. Shapes after the notes on the API."""

from dataclasses import dataclass, replace
from email.utils import formatdate
from math import ceil
from typing import Any, Final

import orjson

from importer.sandbox.server_options import SandboxOptions
from importer.sandbox.users import User

ReplyHeaders = tuple[tuple[bytes, bytes], ...]

JSON: Final[ReplyHeaders] = ((b"content-type", b"application/json"),)
_PAGE: Final[ReplyHeaders] = ((b"content-type", b"text/html; charset=utf-8"),)
_TAKEN: Final = "User with this phone already exists."
_TAKEN_RU: Final = "Пользователь с таким телефоном уже существует"
_CONFLICTS: Final = ("409", "422", "200", "400-ru")
_ODD_BODIES: Final = (
    (200, b"{}"),
    (200, b'{"freedom_id": null}'),
    (200, b'{"freedom_id": "not-a-uuid"}'),
    (200, b'{"freedom_id": '),
    (200, b"[]"),
    (200, b""),
    (204, b""),
    (202, b'{"status": "accepted"}'),
)


@dataclass(frozen=True)
class Reply:
    """One HTTP answer. ``user``: whose freedom_id it tells; ``created``: this request made that user."""

    status: int
    body: bytes
    headers: ReplyHeaders = JSON
    user: User | None = None
    created: bool = False


def _json(status: int, content: Any) -> Reply:
    return Reply(status, orjson.dumps(content))


UNAUTHORIZED: Final = _json(401, {"error": {"message": "Unauthenticated.", "code": 100401}})
FORBIDDEN: Final = _json(403, {"error": {"message": "Access to this method is denied.", "code": "access_denied"}})
NOT_JSON: Final = _json(400, {"error": {"message": "The body is not valid JSON.", "code": 100400}})
NOT_JSON_TYPE: Final = _json(415, {"error": {"message": "Content-Type must be application/json.", "code": 100415}})
NO_SUCH_USER: Final = _json(404, {"error": {"message": "User not found.", "code": 100404}})
TOO_LARGE: Final = _json(413, {"error": {"message": "The body is too large.", "code": 100413}})


def created(user: User) -> Reply:
    """200 with the freedom_id."""
    body = b'{"freedom_id":"' + user.freedom_id.encode() + b'"}'
    return Reply(200, body, JSON, user, created=True)


def updated(user: User) -> Reply:
    """200 with the same freedom_id."""
    return replace(created(user), created=False)


def new_pair(pair: dict[str, str]) -> Reply:
    """200 with a whole new pair of tokens."""
    return _json(200, pair)


def conflict(user: User, options: SandboxOptions) -> Reply:
    """The phone is taken, in the shape that is ordered; "mixed" goes by the phone's last digits."""
    shape = options.conflict_shape
    if shape == "mixed":
        shape = _CONFLICTS[int(user.phone[-2:]) % len(_CONFLICTS)]
    content: dict[str, Any]
    if shape == "422":
        errors = {"phone": ["The phone has already been taken."]}
        content = {"message": "The given data was invalid.", "errors": errors}
    elif shape == "400-ru":
        content = {"error": {"message": _TAKEN_RU}}
    else:
        content = {"error": {"message": _TAKEN, "code": "phone_taken" if shape == "409" else 100301}}
    if options.conflict_id == "error":
        content.setdefault("error", {})["freedom_id"] = user.freedom_id
    elif options.conflict_id == "data":
        content["data"] = {"freedom_id": user.freedom_id}
    elif options.conflict_id == "top":
        content["freedom_id"] = user.freedom_id
    answer = _json(int(shape[:3]), content)
    return replace(answer, user=user) if options.conflict_id else answer


def invalid(errors: dict[str, list[str]], options: SandboxOptions) -> Reply:
    """The body breaks the schema: Laravel's shape (422), or the API's own envelope (400, or even 200)."""
    if options.invalid_shape == "422":
        return _json(422, {"message": "The given data was invalid.", "errors": errors})
    envelope = {"error": {"message": "Error validating transmitted data.", "errors": errors}}
    return _json(int(options.invalid_shape), envelope)


def over_quota(wait: float, now: float, options: SandboxOptions) -> Reply:
    """429 with Retry-After as ordered. ``wait`` in seconds, ``now`` as seconds since 1970."""
    answer = _json(options.quota_status, {"message": "Too Many Attempts."})
    seconds = options.retry_after_seconds or wait
    values = {
        "seconds": str(max(1, ceil(seconds))),
        "date": formatdate(ceil(now + seconds), usegmt=True),
        "garbage": "soon",
    }
    value = values.get(options.retry_after)
    return replace(answer, headers=(*JSON, (b"retry-after", value.encode()))) if value else answer


def error(status: int) -> Reply:
    """A server error in the API's envelope."""
    return _json(status, {"error": {"message": "Server Error", "code": status}})


def page(status: int) -> Reply:
    """A proxy's HTML page."""
    text = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr></body></html>\r\n"
    return Reply(status, text % (status, status), _PAGE)


def redirect(status: int, url: str) -> Reply:
    """A redirect to ``url``."""
    return Reply(status, b"", ((b"location", url.encode()),))


def odd(chance: float) -> Reply:
    """A success without a usable freedom_id; ``chance`` in [0, 1) chooses which."""
    status, body = _ODD_BODIES[int(chance * len(_ODD_BODIES))]
    return Reply(status, body)
