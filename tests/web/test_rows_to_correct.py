"""**Correct these**: the rows that a person can put right, as an upload of their own, mapped as all of them were."""

import openpyxl
import pytest
from support.commands import importer, sandbox
from web.ops_page import until

from schemas.fields import FIELDS

__all__ = ["importer", "sandbox"]


@pytest.fixture
def page(serve, sandbox, tmp_path):
    (tmp_path / "token").write_text(sandbox.token)
    (tmp_path / "token").chmod(0o600)
    return serve(settings={"url": sandbox.url, "token_file": tmp_path / "token"})


def mapped(anna, at, **fields):
    """Say what the columns hold, as the form of the page sends it."""
    anna.settled(f"{at}/columns")
    anna.post(f"{at}/columns", **{f"column-{place.removeprefix('at')}": field for place, field in fields.items()})
    return anna.settled(f"{at}/check").text


def imported(page, anna, at):
    """Import an upload; its run, once that has ended."""
    anna.settled(f"{at}/check")
    anna.post(f"{at}/import", how="all")
    job = page.site.jobs.of_upload(at.rpartition("/")[2])
    until(lambda: not job.is_alive)
    assert job.summary["exit_code"] in {0, 1}, job.message
    anna.get(f"{at}/result")  # whoever looks there learns which run it is
    return job.summary["run"]


def to_correct(anna, run):
    """The address of the upload that holds what is to be corrected."""
    answer = anna.post(f"/history/{run}/correct")
    assert answer.status_code == 200, answer.text
    at = "/".join(answer.url.path.split("/")[:3])
    anna.settled(f"{at}/check")
    return at


def columns_of(page, at):
    """Field → header of the column that serves it."""
    from importer.web.uploads.draft import Draft

    facts = Draft.of(page.site.uploads.get(at.rpartition("/")[2]).folder).fact("understood")
    return {field: [facts["whole_header"][place] for place in places] for field, places in facts["columns"].items()}


TWO_PHONES = "Имя,Телефон,Телефон родителя\nАнна,{},+77019999991\nОлег,+77010000002,+77019999992\n"


def test_the_rows_to_correct_are_mapped_as_the_person_had_said_and_sent_so(page, sandbox):
    anna = page.client()
    at = anna.upload("клиенты.csv", TWO_PHONES.format("8701").encode())
    mapped(anna, at, at0="firstname", at1="phone")
    run = imported(page, anna, at)
    assert {user["body"]["phone"] for user in sandbox.users()} == {"+77010000002"}

    mended = to_correct(anna, run)
    assert columns_of(page, mended)["phone"] == ["Телефон"]
    assert columns_of(page, mended)["firstname"] == ["Имя"]
    anna.post(f"{mended}/cell", row="2", position="1", was="8701", text="+77010000001")
    imported(page, anna, mended)
    assert {user["body"]["phone"] for user in sandbox.users()} == {"+77010000001", "+77010000002"}


@pytest.mark.parametrize(
    "header",
    [
        "Имя,import_row,freedom_id,import_status,Телефон,Телефон родителя",
        "freedom_id,import_status,Имя,Телефон,Телефон родителя,import_row",
    ],
)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_of_an_earlier_result_they_are_mapped_so_though_its_own_columns_stand_elsewhere(page, header, ending, tmp_path):
    names = header.split(",")
    people = [
        {"Имя": "Анна", "Телефон": "8701", "Телефон родителя": "+77019999991"},
        {"Имя": "Олег", "Телефон": "+77010000002", "Телефон родителя": "+77019999992"},
    ]
    anna = page.client()
    at = anna.upload(f"клиенты.{ending}", written(tmp_path, names, people, ending))
    mapped(anna, at, **{f"at{names.index('Имя')}": "firstname", f"at{names.index('Телефон')}": "phone"})
    mended, own = to_correct(anna, imported(page, anna, at)), {"phone": ["Телефон"], "firstname": ["Имя"]}
    assert columns_of(page, mended) == {field: own.get(field, []) for field in FIELDS}


def written(folder, names, people, ending):
    """A file with these columns; a workbook has empty columns and a title at its left and above."""
    lines = [names, *([person.get(name, "") for name in names] for person in people)]
    if ending == "csv":
        return "".join(",".join(line) + "\n" for line in lines).encode()
    book = openpyxl.Workbook()
    for row, line in enumerate(lines, 3):
        for column, text in enumerate(line, 3):
            book.active.cell(row, column, text or None)
    book.save(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()
