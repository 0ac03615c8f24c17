"""When a row's requests left, in words: what the support of the API needs to find out what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from importer.freedom_id import Answer
from importer.messages.text import Text, joined
from importer.model import Outcome, Status

SENT: Final = "requests sent "
_MOST: Final = 12


def with_times(outcome: Outcome, sent: Sequence[tuple[float, Answer]]) -> Outcome:
    """The outcome with the times of its requests in the note, where one of them may have created the user unseen.

    ``sent``: seconds since 1970 and answer of each request that may have done so, and of the one that found the phone
    taken.
    """
    doubtful = outcome.status is Status.UNCONFIRMED or (
        outcome.status in {Status.FAILED, Status.REJECTED} and outcome.note
    )
    if not doubtful or not sent:
        return outcome
    told = [_told(at, answer) for at, answer in sent]
    if len(told) > _MOST:
        told[_MOST // 2 : -_MOST // 2] = [Text("… {count} more …", count=len(told) - _MOST)]
    times = Text("requests sent {times}", times=joined(told, ", "))
    return outcome._replace(note=joined([outcome.note, times], "; "))


def _told(at: float, answer: Answer) -> str:
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    what = f"HTTP {answer.http_status}" if answer.http_status else Text("no answer")
    named = Text("request id {id}", id=answer.request_id) if answer.request_id else ""
    told = Text("FreedomID {id}", id=answer.told_id) if answer.told_id else ""
    return Text("{at} ({what})", at=when, what=joined([what, named, told], ", "))
