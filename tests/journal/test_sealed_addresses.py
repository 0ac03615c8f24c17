"""A disk that lies about the address of an API: everybody who was created would be unknown, and be sent again."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, update

from importer.errors import BooksDontBalance
from importer.journal import Journal, Run
from importer.journal.database.tables import APIS

MakeRun = Callable[..., Run]

API, OTHER = "https://api.example", "https://bpi.example"


@pytest.mark.parametrize(
    "damage",
    [
        update(APIS).where(APIS.c.address == API).values(address=OTHER),
        update(APIS).where(APIS.c.address == API).values(number=77),
        delete(APIS).where(APIS.c.address == API),
    ],
    ids=["another address", "another number", "none"],
)
def test_an_address_that_is_not_what_was_written_ends_a_command_before_anything_is_sent(
    location: str, make_run: MakeRun, damage: object
) -> None:
    with Journal.open(location) as journal:
        make_run(journal, api=API)
    with Journal.open(location) as journal, journal.database.writing() as connection:
        connection.execute(damage)
    with pytest.raises(BooksDontBalance, match="the address of an API in it is not what was written"):
        Journal.open(location)
    with Journal.open(location, read_only=True) as journal:
        journal.runs()


def test_addresses_that_are_as_they_were_written_are_no_hindrance(location: str, make_run: MakeRun) -> None:
    for number, api in enumerate((API, OTHER, "sandbox")):
        with Journal.open(location) as journal:
            make_run(journal, api=api, identity=f"{number:064x}")
    with Journal.open(location) as journal:
        assert {run.api for run in journal.runs()} == {API, OTHER, "sandbox"}
