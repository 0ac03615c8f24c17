"""The page and the inbox take the cluster of the configuration, and come to what one machine comes to."""

import re
import time
from pathlib import Path

from support.commands import Commands, read_rows, write_users
from web.conftest import serve
from web.messy import messy_csv

from importer.progress import Watch
from importer.sandbox import Sandbox
from importer.settings import load
from importer.web.uploads.checking import check
from importer.web.uploads.draft import Draft, Edit, add_change

from .conftest import DaskProcesses

__all__ = ["serve"]


def test_the_page_checks_a_corrected_file_on_the_cluster_as_it_does_alone(
    running: DaskProcesses, tmp_path: Path
) -> None:
    file = messy_csv(tmp_path / "1c.csv")
    found = []
    for cluster in ("", running.address):
        given = {"home": tmp_path / f"home{bool(cluster)}", "full_name": "last first middle", "cluster": cluster}
        draft = Draft.of(tmp_path / f"draft{bool(cluster)}")
        with draft.database.writing() as db:
            add_change(
                db,
                "anna",
                "",
                [Edit(40, 5, "8 701 200-37-59", "8 701 200-00-00"), Edit(3, 4, "Казахстан", "Атлантида")],
            )
        check(file, load({**given, "cluster_rows": 25}, look_around=False), draft, Watch())
        with draft.database.reading() as db:
            tables = [db.execute(f"SELECT * FROM {name}").fetchall() for name in ("problems", "rows")]
        found.append([sorted(map(tuple, rows)) for rows in tables] + [draft.fact("checked")])
        assert (tmp_path / f"home{bool(cluster)}" / "storage").is_dir() is bool(cluster)
    assert found[0] == found[1]
    assert {(3, "country"), (40, "phone")} <= {(row, field) for row, field, *_ in found[0][0]}


def test_a_file_that_is_uploaded_is_checked_and_imported_with_the_cluster(
    running: DaskProcesses, serve, sandbox: Sandbox, tmp_path: Path
) -> None:
    told = {"cluster": running.address, "cluster_rows": 5, "url": sandbox.url, "token": sandbox.token}
    storage = tmp_path / "shared"
    page = serve(settings=told | {"storage": str(storage)})
    anna = page.client()
    users = write_users(tmp_path / "users.csv", [*(f"+7701000{at:04d}" for at in range(12)), "12"])
    upload = anna.upload("users.csv", users.read_bytes())
    anna.settled(f"{upload}/check")
    assert "12 people will be created" in anna.settled(f"{upload}/import").text
    assert storage.is_dir()  # parts of the file were there
    anna.post(f"{upload}/import", how="all")
    for _ in range(200):
        if "/files/result" in (text := anna.get(f"{upload}/result").text):
            break
        time.sleep(0.2)
    assert "12 of 13 people have a FreedomID" in text
    result = anna.get(re.search(r'href="(/history/\w+/files/result)"', text)[1])
    (tmp_path / "taken.csv").write_bytes(result.content)
    assert [row["import_status"] for row in read_rows(tmp_path / "taken.csv")] == ["created"] * 12 + ["invalid"]
    (folder,) = storage.glob("run-*")
    assert {path.name for path in folder.glob("outputs/*.json")}


def test_an_inbox_imports_what_is_delivered_with_the_cluster(
    running: DaskProcesses, importer: Commands, sandbox: Sandbox, tmp_path: Path
) -> None:
    box = tmp_path / "inbox"
    box.mkdir()
    write_users(box / "users.csv", [*(f"+7701000{at:04d}" for at in range(12)), "12"])
    told = {"IMPORTER_CLUSTER": running.address, "IMPORTER_STORAGE": str(tmp_path / "shared")}
    ended = importer("inbox", box, "--settle", "0s", **told, IMPORTER_CLUSTER_ROWS="5")
    assert (ended.code, sandbox.stats()["created"]) == (1, 12), ended.err
    (result,) = (box / "done").rglob("users.result.csv")
    assert [row["import_status"] for row in read_rows(result)] == ["created"] * 12 + ["invalid"]
    assert len(list((tmp_path / "shared").glob("run-*/outputs/users.result.csv"))) == 1
