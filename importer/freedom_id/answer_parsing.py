"""An HTTP answer → its facts, whatever envelope the API (or a proxy before it) wrapped them in.

Accepted, as schemas/README.md lists them: ``{"error": {"message", "code", "errors": {field: [words]}}}``, a
top-level ``message``/``errors`` (Laravel), a top-level ``error`` text, lists of errors, non-JSON bodies. What counts as
a FreedomID, and where in a body it may stand, is told here as well.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Final

import orjson

from importer.freedom_id.answer import NOBODYS_IDS, UUID
from importer.freedom_id.api_text import words
from importer.freedom_id.token_mask import TokenMask

_MAX_FIELD_ERRORS: Final = 20
_MAX_DEPTH: Final = 6

_WHOLE_UUID: Final = re.compile(rf"\s*({UUID})\s*\Z")
_SPELT_UUID: Final = re.compile(rf"\s*(?:urn:uuid:|\{{)?({UUID})\}}?\s*\Z", re.IGNORECASE)
"""Told, but not as documented: no success of its own."""
_TOLD_UUID: Final = re.compile(rf"freedom[\s_-]?id[^0-9a-z]{{0,8}}(?:urn:uuid:)?({UUID})(?![0-9a-z-])", re.IGNORECASE)
_TAGS: Final = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)

_MESSAGE_KEYS: Final = (
    *("message", "error_description", "error_message", "pg_error_description"),
    *("description", "detail", "title", "msg", "text"),
)
_ERROR_CODE_KEYS: Final = ("error_code", "errorCode", "pg_error_code")
_CODE_KEYS: Final = ("code", *_ERROR_CODE_KEYS)
_ERRORS_KEYS: Final = ("errors", "fields", "violations", "details", "detail")
_FIELD_KEYS: Final = ("field", "param", "property", "propertyPath", "path", "name", "loc", "target")
_SOURCE_KEYS: Final = ("pointer", "parameter")
"""Within ``source`` (JSON:API): where in the request the error is."""
_WRAPPERS: Final = ("data", "result", "user")
_CODE_OF_NO_ERROR: Final = re.compile(r"\s*(?:0+|2[0-9][0-9]|ok|success|none|no[\s_-]?errors?)\s*\Z", re.IGNORECASE)
_DONE_KEYS: Final = ("success", "ok")
_NOT: Final = (False, "false")
_STATUS_KEYS: Final = ("status", "pg_status", "result")
_REFUSED: Final = re.compile(r"(?:error|fail|failed|failure|[45][0-9][0-9])\Z", re.IGNORECASE)
"""As a body's own status, under whatever status of HTTP."""


class Form(Enum):
    """What a body is."""

    JSON = auto()
    TEXT = auto()
    HTML = auto()
    EMPTY = auto()
    CUT = auto()
    """Meant to be JSON, but not whole."""


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """The facts of one answer, before anyone judges them.

    Attributes:
        status: HTTP status.
        form: What the body is.
        failed: Whether the body carries an error, under whatever status.
        unchanged: Whether it says that nobody was updated: of a new user that is no error.
        freedom_id: The documented one (top level, or in a plain ``data`` wrapper), lower case, or "".
        told_id: A FreedomID told anywhere in the body, unambiguously; lower case, or "".
        code, message, field_errors: As in ``Answer``.
    """

    status: int
    form: Form
    failed: bool = False
    unchanged: bool = False
    freedom_id: str = ""
    told_id: str = ""
    code: str = ""
    message: str = ""
    field_errors: tuple[tuple[str, str], ...] = ()


def parse_answer(status: int, headers: Mapping[str, str], body: bytes, mask: TokenMask | None = None) -> AnswerFacts:
    """Take an answer apart; never raises, whatever the body is. ``mask`` hides our own token in its texts."""
    content_type = headers.get("content-type", "")
    text = decoded(body, content_type)
    stripped = text.strip()
    if not stripped:
        return AnswerFacts(status, Form.EMPTY)
    try:
        payload = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _plain(status, content_type, stripped, mask)
    if mask is not None:  # after decoding: what is masked cannot be spelled out again
        payload = mask.payload(payload)
    told = _only(_told_ids(payload, 0))
    if isinstance(payload, dict):
        found = _object(status, payload, told)
        if mask is None or not found.field_errors:
            return found
        # the name of a nested field is put together from several keys
        return replace(found, field_errors=tuple((mask(field), spoken) for field, spoken in found.field_errors))
    pairs = tuple(_pairs(payload, "", 0)) if isinstance(payload, list) else ()
    spoken = words(payload if isinstance(payload, str) else stripped if mask is None else mask(stripped))
    failed = payload is False
    return AnswerFacts(status, Form.JSON, failed, told_id=told, message=spoken, field_errors=_bounded(pairs))


def as_uuid(value: object) -> str:
    """The UUID in lower case if ``value`` is the text of one, else ""."""
    found = _WHOLE_UUID.match(value) if isinstance(value, str) else None
    return found.group(1).lower() if found else ""


def decoded(body: bytes, content_type: str) -> str:
    """A body as text, without its byte order mark; never raises."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(content_type)
        try:
            return body.decode(declared.group(1) if declared else "cp1251", "replace")
        except (LookupError, UnicodeError):  # "undefined" and "idna" are codecs, which replace nothing
            return body.decode("utf-8", "replace")


def _plain(status: int, content_type: str, text: str, mask: TokenMask | None) -> AnswerFacts:
    """Anything that isn't JSON: a proxy's page, a plain sentence, a cut object."""
    told = _only(found.group(1).lower() for found in _TOLD_UUID.finditer(text))
    form = Form.TEXT
    if text[0] in '{["':
        form = Form.CUT
    elif text[0] == "<" or "html" in content_type.lower():
        # what looks like a tag may be a piece of the token
        form, text = Form.HTML, _TAGS.sub(" ", (text if mask is None else mask(text))[:65_536])
    return AnswerFacts(status, form, told_id=told, message=words(text if mask is None else mask(text)))


def _object(status: int, payload: dict[str, Any], told: str) -> AnswerFacts:
    wrapped: dict[str, Any] = next((payload[key] for key in _WRAPPERS if isinstance(payload.get(key), dict)), {})
    refusing = next((each for each in (payload, wrapped) if _refuses(each)), None)
    said = payload if refusing is None else refusing
    error = said.get("error")
    inner = error if isinstance(error, dict) else {}
    errors = _first(inner, _ERRORS_KEYS, (dict, list)) or _first(said, _ERRORS_KEYS, (dict, list))
    if errors is None and isinstance(error, list):
        errors = error
    spoken = _first(inner, _MESSAGE_KEYS, (str,)) or _first(said, _MESSAGE_KEYS, (str,))
    if errors is None:
        errors = _first(inner, ("errors",), (str,)) or _first(said, ("errors",), (str,))
    if refusing is payload and errors is None and spoken is None:
        errors = wrapped  # {"status": "fail", "data": {"phone": "…"}}
    pairs = _bounded(tuple(_pairs(errors, "", 0)))
    code = _first(inner, _CODE_KEYS, (str, int)) or _first(said, _CODE_KEYS, (str, int))
    if code is None and isinstance(errors, list) and len(errors) == 1 and isinstance(errors[0], dict):
        code = _first(errors[0], _CODE_KEYS, (str, int))
    if isinstance(error, str) and error:
        code = error if code is None and spoken else code
        spoken = spoken or error
    return AnswerFacts(
        status,
        Form.JSON,
        failed=refusing is not None,
        unchanged=any(each.get("updated", True) in _NOT for each in (payload, wrapped)),
        freedom_id=as_uuid(payload.get("freedom_id")) or as_uuid(wrapped.get("freedom_id")),
        told_id=told,
        code=words(_refusal(said) if code is None else code),
        message=words(spoken) or (pairs[0][1] if pairs else ""),
        field_errors=pairs,
    )


def _refuses(said: Mapping[str, Any]) -> bool:
    """Whether an object says that it is an error's; `"error": null` or `[]` is how envelopes say that there is none."""
    if said.get("error") or said.get("errors") or _refusal(said):
        return True
    if any(said.get(key) in _NOT for key in _DONE_KEYS):
        return True
    code = _first(said, _ERROR_CODE_KEYS, (str, int))
    return code is not None and not _CODE_OF_NO_ERROR.match(str(code))


def _refusal(said: Mapping[str, Any]) -> str:
    """The status of its own by which an object says so, or ""."""
    told = (str(_first(said, (key,), (str, int))) for key in _STATUS_KEYS)
    return next(filter(_REFUSED.match, told), "")


def _first(mapping: Mapping[str, Any], keys: tuple[str, ...], kinds: tuple[type, ...]) -> Any:
    for key in keys:
        value = mapping.get(key)
        if isinstance(value, kinds) and not isinstance(value, bool) and value not in ("", {}, []):
            return value
    return None


def _pairs(errors: object, field: str, depth: int) -> Iterator[tuple[str, str]]:
    """(field, words) of ``{field: [words]}``, ``[{"field", "message"}]``, ``[words]`` and their nestings."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(errors, str | int | float) and not isinstance(errors, bool):
        yield field, words(errors)
    elif isinstance(errors, list):
        for item in errors[:_MAX_FIELD_ERRORS]:
            yield from _pairs(item, field, depth + 1)
    elif isinstance(errors, dict):
        spoken = _first(errors, _MESSAGE_KEYS, (str,))
        named = _named(errors)
        if spoken is not None and (named or field or _is_item(errors, depth)):
            yield words(named) if named else field, words(spoken)
            return
        for key, value in list(errors.items())[:_MAX_FIELD_ERRORS]:
            yield from _pairs(value, words(f"{field}.{key}" if field else key), depth + 1)


def _named(error: Mapping[str, Any]) -> Any:
    """The field that one error of a list is about, or None."""
    source = error.get("source")
    if isinstance(source, dict) and (where := _first(source, _SOURCE_KEYS, (str,))):
        return where.rpartition("/")[2]
    name = _first(error, _FIELD_KEYS, (str, list))
    return name[-1] if isinstance(name, list) else name


def _is_item(error: Mapping[str, Any], depth: int) -> bool:
    """Whether an object is one error of a list, whose other keys name no fields: ``{"code", "message"}``."""
    return depth > 0 and not any(isinstance(value, list | dict) for value in error.values())


def _bounded(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in pairs if pair[1])[:_MAX_FIELD_ERRORS]


def _told_ids(value: object, depth: int) -> Iterator[str]:
    """Every FreedomID under a key of that name, or behind those words in a text."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        yield from (found.group(1).lower() for found in _TOLD_UUID.finditer(value))
    elif isinstance(value, list):
        for item in value[:_MAX_FIELD_ERRORS]:
            yield from _told_ids(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            spelt = _SPELT_UUID.match(item) if isinstance(item, str) else None
            if spelt and key.replace("_", "").replace("-", "").lower() == "freedomid":
                yield spelt.group(1).lower()
            else:
                yield from _told_ids(item, depth + 1)


def _only(found: Iterator[str]) -> str:
    """The one distinct value that is anybody's, or "": two different IDs in one body prove neither."""
    distinct = set(found) - NOBODYS_IDS
    return distinct.pop() if len(distinct) == 1 else ""
