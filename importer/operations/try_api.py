"""``importer try-api``: the real API proven with one user, and what it says when that user is there already.

One user is created, through the journal as any other: a later run knows it. Then the same request is sent once more,
because no document says how the API tells that a phone is taken. What came back is shown and kept, masked.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from importer.creating import TakenPhone
from importer.creating.endpoint.endpoint import Endpoint, endpoint
from importer.creating.outcomes.outcome_of import created, rejected, taken
from importer.errors import BooksDontBalance, RefusedFile, UsageError
from importer.freedom_id import Answer, AnswerKind, FreedomId
from importer.freedom_id.lookup_loop import LookupLoop
from importer.freedom_id.token_mask import TokenMask
from importer.journal import Journal, JournalWriter, Run, RunState, settle_repeated_ids
from importer.model import Outcome, Status
from importer.operations.masked_answer import masked_body, masked_headers, secrets_of
from importer.operations.one_user import ROW, one_row, plainly, refuse_unsendable
from importer.operations.recording_transport import RecordingTransport
from importer.operations.suggested_rule import as_toml, rule_for_taken
from importer.planning.gates import surveyed
from importer.planning.input_copy import content_of, keep_copy, reopen_input
from importer.planning.mapped_input import closing_input, open_input, today
from importer.planning.plan import planned_chunks
from importer.planning.run_identity import identity_of, settings_of_run
from importer.progress import Watch
from importer.reporting.closing import close_run
from importer.reporting.report import collect_report
from importer.settings import Settings
from importer.writing import atomic_file

RECORD: Final = "try-api.json"


@dataclass(frozen=True)
class MaskedExchange:
    """One request and what came back, masked.

    Attributes:
        sent_at: ISO 8601, UTC. ``meaning``: a name of AnswerKind. ``status``: 0 where no answer came.
        headers: The telling ones. ``body``: its text. ``words``: the API's, or ours where no answer came.
    """

    sent_at: str
    meaning: str
    status: int
    headers: Mapping[str, str]
    body: str
    words: str


@dataclass
class ApiTrial:
    """What a trial came to.

    Attributes:
        run: The run's id in the journal.
        api: The address.
        status: What became of the user; "not_sent" where that is not known or nothing was created.
        exchanges: The first request, and the repeated one.
        rule: Lines to be put into importer.toml, or "".
        understood: Whether the repeated request was told as a taken phone.
        maybe_created: Whether the user may exist although no answer says so.
        created_twice: Whether it gave another FreedomID instead.
        freedom_id: The user's, or "".
        record: The file beside the journal that keeps all of this.
    """

    run: str
    api: str
    status: Status = Status.NOT_SENT
    exchanges: list[MaskedExchange] = field(default_factory=list)
    rule: str = ""
    understood: bool = False
    maybe_created: bool = False
    created_twice: bool = False
    freedom_id: str = ""
    record: str = ""

    @property
    def exit_code(self) -> int:
        """0: created, and the repeated request was told as taken; 1: otherwise, look; 4: nobody knows yet, again."""
        if self.status is Status.NOT_SENT:
            return 4
        return 0 if self.status is Status.CREATED and self.understood else 1

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold it."""
        return {**asdict(self), "status": str(self.status), "exit_code": self.exit_code}


def try_api(body: Mapping[str, str], settings: Settings, watch: Watch) -> ApiTrial:
    """Create this user, once; then send the same once more.

    Raises:
        UsageError: No token; or the journal knows that this phone was imported already.
        AlreadyRunning: Another process tries the same user. StorageFailed: it could not be recorded; nothing was sent.
        BooksDontBalance: The repeated request created a second user for one phone; the record has both answers.
    """
    plain = plainly(settings)
    with endpoint(settings) as api, Journal.open(settings.journal_location) as journal, one_row(body) as path:
        api.check()
        with closing_input(open_input(path, plain, today())) as mapped:
            content = content_of(path)
            identity = identity_of(content, mapped.mapping, api.label, plain)
            remembered = settings_of_run(mapped, plain, path)
        with journal.lock(identity):
            run = journal.find_run(identity)
            if run is not None and run.state is RunState.PLANNING:
                journal.forget_run(run.id)
            if run is not None and run.state in (RunState.RUNNING, RunState.STOPPED):
                run = journal.update_run(run.id, state=RunState.RUNNING)  # nobody knows yet what became of it
            else:
                made = journal.create_run(identity, api.label, path.name, content, remembered)
                run = _planned(journal, made, path, plain)
            watch.began("creating", 1)
            trial = _Attempt(journal, api, run, dict(body)).made()
            settle_repeated_ids(journal, run.id)
            with closing_input(reopen_input(journal, run, watch)) as mapped:
                close_run(journal, run, collect_report(journal, run, mapped, watch), None)
            record = journal.run_folder(run.id) / RECORD
            trial.record = str(record)
            with atomic_file(record) as file:
                kept = {name: value for name, value in trial.to_dict().items() if name != "freedom_id"}
                file.write(json.dumps(kept, ensure_ascii=False, indent=2).encode())
    if trial.created_twice:
        raise BooksDontBalance(
            "the API created two users for one phone; {record} has both answers", record=trial.record
        )
    return trial


@dataclass(frozen=True)
class _Attempt:
    """The two requests of a trial."""

    journal: Journal
    api: Endpoint
    run: Run
    body: dict[str, str]

    def made(self) -> ApiTrial:
        with asyncio.Runner(loop_factory=LookupLoop) as runner:
            return runner.run(self._both())

    async def _both(self) -> ApiTrial:
        trial, recorders = ApiTrial(self.run.id, self.api.label), list[RecordingTransport]()

        def recorded(inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
            recorders.append(RecordingTransport(inner))
            return recorders[0]

        client = await self.api.connect(recorded)
        recorder = recorders[0]
        doubt = self.journal.unfinished(self.run.id, ROW, ROW).get(ROW, False)
        async with contextlib.aclosing(client), JournalWriter(self.journal, self.run, at_once=1) as writer:
            await writer.started(ROW)
            answer = await self._exchange(client, recorder, trial)
            if answer.kind is AnswerKind.TOKEN_REFUSED and await client.renew_token():
                answer = await self._exchange(client, recorder, trial)
            outcome = self._outcome(answer, doubt=doubt)
            if outcome is None:
                trial.maybe_created = doubt or answer.maybe_created
                if not trial.maybe_created:
                    writer.released(ROW)
                return trial
            await writer.finished(ROW, outcome)
            trial.status, trial.freedom_id = outcome.status, outcome.freedom_id
            if answer.kind is AnswerKind.CREATED:
                answer = await self._exchange(client, recorder, trial)
                trial.created_twice = answer.freedom_id not in ("", trial.freedom_id)
                trial.understood = answer.kind is AnswerKind.TAKEN
                if answer.kind in (AnswerKind.REJECTED, AnswerKind.RETRY, AnswerKind.MISROUTED) and recorder.status:
                    secrets, mask = secrets_of(self.body, recorder.token), TokenMask(recorder.token)
                    rule = rule_for_taken(recorder.status, recorder.headers, recorder.body, secrets, mask)
                    trial.rule = as_toml(rule) if rule else ""
        return trial

    async def _exchange(self, client: FreedomId, recorder: RecordingTransport, trial: ApiTrial) -> Answer:
        recorder.forget()
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        answer = await client.create(self.body)
        hidden = secrets_of(self.body, recorder.token), TokenMask(recorder.token)
        headers, text = masked_headers(recorder.headers, *hidden), masked_body(recorder.body, *hidden)
        words = masked_body(json.dumps(answer.message).encode(), *hidden)
        trial.exchanges.append(MaskedExchange(at, str(answer.kind), recorder.status, headers, text, json.loads(words)))
        return answer

    def _outcome(self, answer: Answer, *, doubt: bool) -> Outcome | None:
        if answer.kind is AnswerKind.CREATED:
            return created(answer)
        if answer.kind is AnswerKind.REJECTED:
            return rejected(answer)
        if answer.kind is AnswerKind.TAKEN:
            phone, label = self.body["phone"], self.api.label
            doubt = doubt or self.journal.in_doubt(label, phone, run_id=self.run.id, row=ROW)
            return taken(answer, TakenPhone(self.journal.known(label, [phone]).get(phone, ""), doubt))
        return None


def _planned(journal: Journal, run: Run, path: Path, settings: Settings) -> Run:
    """The run of one row, planned; forgotten again where that row would not be sent."""
    try:
        keep_copy(journal, run, path)
        with closing_input(reopen_input(journal, run, Watch())) as mapped:
            found = surveyed(mapped, settings, path, None, Watch())
            for _, plan in planned_chunks(found, lambda phones: journal.ledger.users(run.api, phones)):
                refuse_unsendable(plan.loc[ROW], mapped.mapping.describe)
                journal.plan(run.id, plan)
    except (RefusedFile, UsageError):
        journal.forget_run(run.id)
        raise
    return journal.update_run(run.id, state=RunState.RUNNING, rows=1)
