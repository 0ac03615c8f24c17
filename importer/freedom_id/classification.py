"""The one table that says what an answer of the API means.

(HTTP status, error code, field errors, message) → kind, first line that applies. Source: schemas/README.md ("What is
not documented, and how it is met"). A user's own rules (``configured_rules``) stand before it; they cannot turn an
answer into a success.
"""

import re
import time
from collections.abc import Callable, Container, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from importer.freedom_id import answer_words
from importer.freedom_id.answer import PAGE, Answer, AnswerKind
from importer.freedom_id.answer_parsing import AnswerFacts, Form, as_uuid, parse_answer
from importer.freedom_id.configured_rules import ConfiguredRule, read_rules
from importer.freedom_id.error_subject import (
    about_another,
    about_others,
    code_says_taken,
    hints_taken,
    names_phone,
    not_of_the_api,
    says_format,
    says_taken,
    tells_no_conflict,
)
from importer.freedom_id.redirect import REDIRECT, redirected_to
from importer.freedom_id.request_ids import request_id
from importer.freedom_id.retry_after import read_retry_after
from importer.freedom_id.token_mask import TokenMask

_ERROR_STATUS: Final = re.compile(r"[45][0-9][0-9]\Z")

SUCCESS: Final = range(200, 300)
REFUSAL: Final = range(400, 500)
JUDGED: Final = frozenset((*SUCCESS, *REFUSAL))
"""An error may stand under a 2xx: sibling pages of the API label an error answer "200"."""
ANY: Final = range(1000)

Rules: TypeAlias = tuple[ConfiguredRule, ...]


class TableLine(NamedTuple):
    """One line of the table: applies where the status is among ``statuses`` and ``says`` holds.

    ``maybe_created``: whether the user may exist all the same; False only where the answer refuses the row.
    """

    statuses: Container[int]
    says: Callable[[AnswerFacts], bool]
    kind: AnswerKind
    maybe_created: bool


def _anything(_: AnswerFacts) -> bool:
    return True


def _no_error(facts: AnswerFacts) -> bool:
    return not facts.failed


def _conflict_code(facts: AnswerFacts) -> bool:
    return facts.code == str(HTTPStatus.CONFLICT.value)


def _token_refused(facts: AnswerFacts) -> bool:
    return not facts.field_errors and answer_words.says_token(f"{facts.message} {facts.code}")


def _asks_for_patience(facts: AnswerFacts) -> bool:
    return not facts.field_errors and answer_words.says_later(facts.message)


def _wrong_path(facts: AnswerFacts) -> bool:
    if not facts.failed:
        return True
    return not facts.field_errors and (not facts.message or answer_words.says_no_such_path(facts.message))


def _is_done(facts: AnswerFacts) -> bool:
    """No error in an answer that is the API's: what it says to an update is not documented, perhaps nothing."""
    if facts.failed or facts.form not in (Form.JSON, Form.EMPTY):
        return False
    odd = facts.code.isdecimal() and int(facts.code) not in (0, 1, *SUCCESS)
    return bool(facts.freedom_id) or not (odd or answer_words.complains(facts.message))


def _is_not_done(facts: AnswerFacts) -> bool:
    return facts.unchanged and not facts.failed


def _is_complaint(facts: AnswerFacts) -> bool:
    """Of an answer that is not done: it is about this row, neither marked as an error nor about the token or quota."""
    return _is_json(facts) and not (facts.failed or _token_refused(facts) or _asks_for_patience(facts))


def _is_json(facts: AnswerFacts) -> bool:
    return facts.form is Form.JSON


UPDATE_TABLE: Final[tuple[TableLine, ...]] = (
    TableLine(SUCCESS, _is_not_done, AnswerKind.REJECTED, False),
    TableLine(SUCCESS, _is_done, AnswerKind.UPDATED, False),
    TableLine(SUCCESS, _is_complaint, AnswerKind.REJECTED, True),  # a person looks whether it was made
    TableLine((404,), _is_json, AnswerKind.REJECTED, False),  # no such user
)
"""What stands before TABLE for an update. What is taken then, a phone or an e-mail, is no more than a refusal."""

TABLE: Final[tuple[TableLine, ...]] = (
    # status        the body                kind               the user may exist
    TableLine(SUCCESS, _no_error, AnswerKind.RETRY, True),  # a success without an ID
    TableLine(REDIRECT, _anything, AnswerKind.MISROUTED, False),  # never followed with the bearer
    TableLine((401,), _anything, AnswerKind.TOKEN_REFUSED, False),
    TableLine((403,), _anything, AnswerKind.FORBIDDEN, False),
    TableLine((407,), _anything, AnswerKind.MISROUTED, False),  # a proxy wants credentials
    TableLine((425, 429), _anything, AnswerKind.RETRY, False),  # refused unread
    TableLine((408,), _anything, AnswerKind.RETRY, True),
    TableLine((409,), tells_no_conflict, AnswerKind.RETRY, True),  # of a proxy, or cut
    TableLine((409,), about_others, AnswerKind.REJECTED, False),
    TableLine((409,), _anything, AnswerKind.TAKEN, False),
    TableLine(JUDGED, _conflict_code, AnswerKind.TAKEN, False),
    TableLine((*SUCCESS, 400), _token_refused, AnswerKind.TOKEN_REFUSED, False),  # OAuth says so under 400
    TableLine(SUCCESS, _asks_for_patience, AnswerKind.RETRY, True),
    TableLine((404, 405), _wrong_path, AnswerKind.MISROUTED, False),
    TableLine(REFUSAL, not_of_the_api, AnswerKind.RETRY, True),
    TableLine(JUDGED, about_others, AnswerKind.REJECTED, False),
    TableLine(JUDGED, about_another, AnswerKind.REJECTED, False),
    TableLine(JUDGED, code_says_taken, AnswerKind.TAKEN, False),
    TableLine(JUDGED, says_taken, AnswerKind.TAKEN, False),
    TableLine(JUDGED, says_format, AnswerKind.REJECTED, False),
    TableLine(JUDGED, hints_taken, AnswerKind.TAKEN, False),
    TableLine(JUDGED, names_phone, AnswerKind.TAKEN, False),  # without a reason in words: the documented default
    TableLine(JUDGED, _anything, AnswerKind.REJECTED, False),
    TableLine(ANY, _anything, AnswerKind.RETRY, True),  # trouble of the server (5xx), or no final answer of HTTP
)
"""The first line that applies decides. Under a 2xx with an error whose own code looks like an HTTP status
(401, 429 …), that status counts."""


_SAYS_PAGE: Final = frozenset({AnswerKind.RETRY, AnswerKind.FORBIDDEN, AnswerKind.MISROUTED})
"""Kinds that are told of all rows, without the words of the body: that it was a web page is all that may be said."""


class Classifier:
    """Judges answers by the user's rules, then by TABLE.

    Args:
        rules: Dicts as in ``importer.toml`` (see ``configured_rules.read_rules``); raises UsageError for a bad one.
        clock: Seconds since the epoch, for a Retry-After date where the answer has no Date of its own.
    """

    def __init__(
        self,
        rules: Sequence[Mapping[str, Any]] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rules = read_rules(rules)
        self._clock = clock

    def plain_success(self, status: int, body: bytes) -> Answer | None:
        """The Answer if this is the documented success and nothing else: the way of nearly every row."""
        # 1.5 µs, where the whole way of an answer takes 41: without it a run of 10,000 rows takes 5 % more CPU, its
        # sending 8 % (243 and 263 µs a row, medians of 11 pairs). Not a quarter, but sending is held against its peers.
        if status not in SUCCESS:
            return None
        try:
            payload = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(payload, dict) or len(payload) != 1:
            return None
        freedom_id = as_uuid(payload.get("freedom_id"))
        return Answer(AnswerKind.CREATED, freedom_id, http_status=status) if freedom_id else None

    def __call__(self, status: int, headers: Mapping[str, str], body: bytes, mask: TokenMask | None = None) -> Answer:
        """Judge one whole answer; ``headers`` is looked up by lower-case names, ``mask`` hides our own token."""
        facts = parse_answer(status, headers, body, mask)
        if status in SUCCESS and facts.freedom_id and not facts.failed:
            return Answer(AnswerKind.CREATED, facts.freedom_id, http_status=status)
        kind, maybe_created = _judge(facts, self._rules)
        told_id = facts.told_id if kind is AnswerKind.TAKEN else ""
        # an ID beside an error: whatever went wrong, there is a user
        landed = facts.told_id if status in SUCCESS else kind is AnswerKind.REJECTED and facts.freedom_id
        return self._answer(facts, headers, mask, kind, told_id, maybe_created=maybe_created or bool(landed))

    def update(
        self, status: int, headers: Mapping[str, str], body: bytes, freedom_id: str, mask: TokenMask | None = None
    ) -> Answer:
        """Judge one whole answer to an update of a user; one that tells another FreedomID is another request's."""
        facts = parse_answer(status, headers, body, mask)
        kind, perhaps = _judge(facts, self._rules, (*UPDATE_TABLE, *TABLE))
        if kind is AnswerKind.UPDATED and facts.told_id not in {"", freedom_id}:
            kind, perhaps = AnswerKind.RETRY, True
        kind = AnswerKind.REJECTED if kind is AnswerKind.TAKEN else kind
        return self._answer(facts, headers, mask, kind, "", maybe_created=perhaps)

    def _answer(
        self,
        facts: AnswerFacts,
        headers: Mapping[str, str],
        mask: TokenMask | None,
        kind: AnswerKind,
        freedom_id: str,
        *,
        maybe_created: bool,
    ) -> Answer:
        """What an answer tells, once its kind is known."""
        again = kind is AnswerKind.RETRY
        return Answer(
            kind,
            freedom_id,
            code=PAGE if facts.form is Form.HTML and kind in _SAYS_PAGE else facts.code,
            message=facts.message,
            field_errors=facts.field_errors,
            retry_after=read_retry_after(headers, self._clock) if again else None,
            maybe_created=maybe_created,
            http_status=facts.status,
            request_id=request_id(headers, mask),
            told_id=facts.told_id if maybe_created else "",
            as_json=facts.form is Form.JSON,
            redirect=redirected_to(facts.status, headers, mask),
        )


def _judge(facts: AnswerFacts, rules: Rules, table: tuple[TableLine, ...] = TABLE) -> tuple[AnswerKind, bool]:
    for rule in rules:
        if rule.applies(facts):
            return rule.kind, rule.kind is AnswerKind.RETRY and facts.status not in REFUSAL
    status = _status_that_counts(facts)
    line = next(line for line in table if status in line.statuses and line.says(facts))
    return line.kind, line.maybe_created


def _status_that_counts(facts: AnswerFacts) -> int:
    if facts.status in SUCCESS and facts.failed and _ERROR_STATUS.match(facts.code):
        return int(facts.code)
    return facts.status
