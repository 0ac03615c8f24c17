"""Which run a command goes on with by its name."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from importer.errors import UsageError
from importer.journal import RunState
from importer.planning.run_identity import last_finished, resumable, unfinished_before, unfinished_of

RUN = SimpleNamespace(id="r-1", api="https://api", identity="of the content")


@pytest.mark.parametrize(
    ("newest", "api", "reason"),
    [
        (RUN, "https://api", ""),
        (None, "https://api", "run r-1 was purged"),
        (SimpleNamespace(id="r-2"), "https://api", "run r-1 was started anew as run r-2"),
        (SimpleNamespace(id="r-0"), "https://api", "run r-1 was started anew as run r-0"),
        (RUN, "https://another", "run r-1 creates users at https://api, and this command at https://another"),
        (RUN, "https://other", "run r-1 creates users at https://api, and this command at https://other"),
    ],
)
def test_a_run_goes_on_by_its_name_unless_it_is_gone_or_another_has_its_place_or_its_address_is_another(
    newest: SimpleNamespace | None, api: str, reason: str
) -> None:
    asked = {}
    journal = SimpleNamespace(
        get_run=lambda prefix: asked.update(prefix=prefix) or RUN,
        find_run=lambda identity: asked.update(identity=identity) or newest,
    )
    if reason:
        with pytest.raises(UsageError, match=reason):
            resumable(journal, "r", api)
    else:
        assert resumable(journal, "r", api) is RUN
        assert asked == {"prefix": "r", "identity": RUN.identity}


@pytest.mark.parametrize(
    ("runs", "found"),
    [
        ([("r-2", "https://b", RunState.STOPPED), ("r-1", "https://b", RunState.FINISHED)], "r-2"),
        ([("r-2", "https://b", RunState.RUNNING)], "r-2"),
        ([("r-2", "https://b", RunState.FINISHED), ("r-1", "https://b", RunState.STOPPED)], None),
        ([("r-2", "https://c", RunState.STOPPED)], None),
        ([("r-2", "https://a", RunState.STOPPED)], None),
        ([("r-2", "https://c", RunState.STOPPED), ("r-1", "https://b", RunState.STOPPED)], "r-1"),
        ([], None),
    ],
)
def test_of_a_file_that_is_gone_the_newest_run_at_this_address_goes_on_if_it_has_rows_left(
    runs: list[tuple[str, str, RunState]], found: str | None, tmp_path: Path
) -> None:
    users, others = {"input": str(tmp_path / "users.csv")}, {"input": str(tmp_path / "others.csv")}
    kept = [SimpleNamespace(id=name, api=api, state=state, settings=users) for name, api, state in runs]
    another = SimpleNamespace(id="r-3", api="https://b", state=RunState.STOPPED, settings=others)
    run = unfinished_of(SimpleNamespace(runs=lambda limit: [another, *kept]), tmp_path / "users.csv", "https://b")
    assert (run and run.id) == found


def test_of_runs_with_rows_left_those_of_an_earlier_content_of_the_same_file_at_this_address_are_told(
    tmp_path: Path,
) -> None:
    def run(name: str, **other: object) -> SimpleNamespace:
        users = {"input": str(tmp_path / "users.csv")}
        of_this_file = {"api": "https://b", "identity": "before", "settings": users, "state": RunState.STOPPED}
        return SimpleNamespace(id=name, **of_this_file | other)

    runs = [
        run("stopped"),
        run("killed", state=RunState.RUNNING),
        run("finished", state=RunState.FINISHED),
        run("of the same content", identity="now"),
        *(run(f"at {api}", api=api) for api in ("https://a", "https://c")),
        run("of another file", settings={"input": str(tmp_path / "others.csv")}),
    ]
    told = unfinished_before(SimpleNamespace(runs=lambda: runs), tmp_path / "users.csv", "https://b", "now")
    assert [one.id for one in told] == ["stopped", "killed"]


@pytest.mark.parametrize(
    ("runs", "source", "found"),
    [
        ([("r-1", "https://a", "crm", 5.0)], "crm", "r-1"),
        ([("r-2", "https://a", "crm", 9.0), ("r-1", "https://a", "crm", 5.0)], "crm", "r-2"),
        ([("r-2", "https://a", "crm", 5.0), ("r-1", "https://a", "crm", 9.0)], "crm", "r-1"),
        ([("r-2", "https://a", "shop", 9.0), ("r-1", "https://a", "crm", 5.0)], "crm", "r-1"),
        ([("r-2", "https://a", "crm", None), ("r-1", "https://a", "crm", 5.0)], "crm", "r-1"),
        ([("r-2", "https://b", "crm", 9.0)], "crm", None),
        ([("r-2", "https://a", "shop", 9.0)], "crm", None),
        ([("r-2", "https://a", "", 9.0)], "", None),
        ([], "crm", None),
    ],
)
def test_a_delivery_is_held_against_the_one_of_its_own_source_that_was_finished_last(
    runs: list[tuple[str, str, str, float | None]], source: str, found: str | None
) -> None:
    kept = [
        SimpleNamespace(id=name, api=api, settings={"source": whose}, finished_at=at) for name, api, whose, at in runs
    ]
    run = last_finished(SimpleNamespace(runs=lambda limit: kept), "https://a", source)
    assert (run and run.id) == found
