"""Names that no file can have, or that no JSON can hold: told what to do, whichever command they are given to."""

import os

import pytest

import importer as api

TOO_LONG = "x" * 300
NOT_UTF8 = os.fsdecode("Клиенты".encode("cp1251"))
USERS = "phone,firstname\n+77010000001,Anna\n"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (f"{TOO_LONG}.csv", "the name is too long"),
        (f"{NOT_UTF8}.csv", "???????.csv can't be read: its name or that of a folder above it is not UTF-8; rename it"),
        ("/", "is a folder"),
        ("", "is a folder"),
    ],
)
@pytest.mark.parametrize("command", ["run", "validate"])
def test_an_input_that_can_have_no_such_name_is_refused(importer, sandbox, tmp_path, command, name, told):
    if name.startswith(NOT_UTF8):
        (tmp_path / name).write_text(USERS, encoding="utf-8")
    ended = importer(command, name)
    assert (ended.code, told in ended.err) == (3, True), ended.err


def test_a_file_in_a_folder_whose_name_is_not_utf_8_is_refused(importer, sandbox, tmp_path):
    folder = tmp_path / NOT_UTF8
    folder.mkdir()
    (folder / "users.csv").write_text(USERS, encoding="utf-8")
    ended = importer("run", folder / "users.csv")
    assert (ended.code, "is not UTF-8" in ended.err) == (3, True), ended.err


@pytest.mark.parametrize("wanted", [f"{TOO_LONG}.csv", f"{NOT_UTF8}.csv", "", ".", "/"])
def test_an_output_that_can_have_no_such_name_is_refused_before_anything_is_sent(importer, sandbox, tmp_path, wanted):
    (tmp_path / "users.csv").write_text(USERS, encoding="utf-8")
    for command in ("run", "validate"):
        assert importer(command, "users.csv", "-o", wanted).code == 2
    assert importer("run", "lost.csv", "-o", wanted).code == 3
    assert sandbox.stats()["requests"] == 0


def test_an_input_whose_result_would_have_too_long_a_name_asks_for_another_one(importer, sandbox, tmp_path):
    name = "y" * 235
    (tmp_path / f"{name}.csv").write_text(USERS, encoding="utf-8")
    ended = importer("run", f"{name}.csv")
    assert (ended.code, "another one can be given with -o" in ended.err) == (2, True), ended.err
    assert importer("run", f"{name}.csv", "-o", "short.csv").code == 0


def test_names_as_long_and_odd_as_a_file_system_takes_them_are_imported(importer, sandbox, tmp_path):
    for name in ("й" * 110, "a b%s{}", ".hidden", "new\nline", "x.result", "-dash"):
        path = tmp_path / f"{name}.csv"
        path.write_text(USERS, encoding="utf-8")
        assert importer("run", path, "--fresh").code == 0, name


def test_other_commands_tell_a_name_that_is_too_long(importer, tmp_path):
    for arguments in (
        ("journal", "backup"),
        ("journal", "copy", "journal.db"),
        ("inbox",),
        ("template",),
        ("merge", "a.csv"),
        ("runs", "--journal"),
    ):
        ended = importer(*arguments, f"{TOO_LONG}.xlsx")
        assert ended.code in {2, 3}, (arguments, ended.err)


@pytest.mark.parametrize("users", [".", "", "/", "users.csv\0x", f"{TOO_LONG}.csv"])
def test_from_python_a_name_that_no_file_has_is_a_refused_file(importer, sandbox, users):
    for job in (api.run, api.validate):
        with pytest.raises(api.errors.RefusedFile):
            job(users)


def test_what_excel_keeps_beside_an_open_workbook_is_refused_and_the_workbook_is_read_as_saved(importer, tmp_path):
    (tmp_path / "users.csv").write_text(USERS, encoding="utf-8")
    lock = tmp_path / "~$users.csv"
    lock.write_bytes(b"\x05Anna ".ljust(165))
    ended = importer("validate", lock)
    assert (ended.code, "name the workbook, users.csv" in ended.err) == (3, True), ended.err
    ended = importer("validate", tmp_path / "users.csv")
    assert (ended.code, ended.err.count("~$users.csv lies beside the file")) == (0, 1), ended.err
