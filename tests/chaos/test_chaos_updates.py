"""kill -9 in the midst of updates, and fifty thousand people for a week: what was last sent is what the file says."""

import csv
import random
import time
from pathlib import Path

import pytest
from chaos.kit import Shop, chance, tell
from support.nights import Nights

PEOPLE = 5_000
KILLS = 30


def write_people(path: Path, count: int, word: str) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["phone", "firstname", "lastname", "email"])
        for number in range(count):
            writer.writerow([f"+7701{number:07d}", "Алия", f"{word} {number}", f"{word}{number}@example.com"])
    return path


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("faults", [{}, {"error_share": 0.03, "reset_after_share": 0.03, "cut_share": 0.03}])
def test_kills_during_updates_lose_nobody_and_leave_what_the_file_says(shop: Shop, seed: int, faults: dict[str, float]):
    count, known = PEOPLE, PEOPLE * 4 // 5
    shop.run("run", write_people(shop.folder / "one.csv", known, "a"))
    before = {user["phone"]: user["freedom_id"] for user in shop.sandbox.users()}
    shop.sandbox.set(latency=50.0, jitter=40.0, **faults)
    two, drawn, kills = write_people(shop.folder / "two.csv", count, "b"), chance(seed), 0
    while kills < KILLS:
        running = shop.start("run", two, "--update", "--accept-updates", "--concurrency", 48, "-q")
        if drawn.random() < 0.8:
            running.until(shop.has_requests(drawn.randrange(1, 150)))
            time.sleep(drawn.uniform(0.0, 0.1))
        else:
            time.sleep(drawn.uniform(0.0, 1.0))
        if running.kill().code != -9:
            break
        kills += 1
    shop.sandbox.set(latency=1.0, jitter=0.0)
    ended = shop.run("run", two, "--update", "--accept-updates", "--json")
    assert ended.code in {0, 1}, ended.err
    server = {user["phone"]: user for user in shop.sandbox.users()}
    with (shop.folder / "two.result.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(server) == count, "nobody is lost, nobody there twice"
    for row in rows:
        user = server[row["phone"]]
        sent = {name: row[name] for name in ("phone", "firstname", "lastname", "email")}
        assert user["body"] == sent, "the last value sent is the file's"
        if row["phone"] in before:
            assert (row["import_status"], row["freedom_id"]) == ("updated", before[row["phone"]])
        else:
            assert row["import_status"] in {"created", "unconfirmed"}
            assert row["freedom_id"] in {"", user["freedom_id"]}
    statuses = ended.json["statuses"]
    again = sum(user["updates"] for user in server.values()) - known
    assert shop.run("verify", "latest", shop.folder / "two.result.csv").code == 0
    requests = shop.requests()
    assert shop.run("run", write_people(shop.folder / "three.csv", count, "b"), "--update").code in {0, 1}
    assert shop.requests() == requests, "what was updated is known to be so"
    tell(
        "kill -9 while updating",
        kills_survived=kills,
        faults=sum(faults.values()),
        updated=statuses["updated"],
        lost=known - statuses["updated"],
        sent_again=again,
        created=statuses["created"],
        unconfirmed=statuses["unconfirmed"],
    )


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_a_file_that_goes_back_after_kills_during_updates_leaves_what_it_says(shop: Shop, seed: int):
    """Each kill leaves a run that nobody goes on with: the next file is another one."""
    count, drawn = 1_000, chance(seed)
    shop.run("run", write_people(shop.folder / "first.csv", count, "a"))
    shop.sandbox.set(latency=50.0, jitter=40.0, reset_after_share=0.03, cut_share=0.03)
    for kill in range(11):
        users = write_people(shop.folder / f"{kill}.csv", count, "ba"[kill % 2])
        running = shop.start("run", users, "--update", "--accept-updates", "--fresh", "--concurrency", 48, "-q")
        if running.until(shop.has_requests(drawn.randrange(1, 150))):
            time.sleep(drawn.uniform(0.0, 0.1))
        running.kill()
    shop.sandbox.set(latency=1.0, jitter=0.0, reset_after_share=0.0, cut_share=0.0)
    in_between = sum(user["body"]["lastname"].startswith("b") for user in shop.sandbox.users())
    assert shop.run("run", write_people(shop.folder / "last.csv", count, "a"), "--update", "--fresh").code == 0
    for number, user in enumerate(sorted(shop.sandbox.users(), key=lambda user: user["phone"])):
        assert (user["body"]["lastname"], user["body"]["email"]) == (f"a {number}", f"a{number}@example.com")
    requests = shop.requests()
    assert shop.run("run", write_people(shop.folder / "again.csv", count, "a"), "--update", "--fresh").code == 0
    assert shop.requests() == requests, "what was answered is known"
    tell("going back after kills", people=count, were_changed=in_between)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
def test_a_week_of_fifty_thousand_people_sends_the_new_and_the_changed(shop: Shop, seed: int):
    nights, last = Nights(50_000, random.Random(seed)), {}
    began = time.monotonic()
    for night in range(7):
        users = nights.pass_by(shop.folder / f"users_{night}.csv")
        new, changed = nights.expected(update=True)
        requests = shop.requests()
        ended = shop.run("run", users, "--update", "--accept-updates", "--max-changes", "2%", "--json")
        assert ended.code == 0, ended.err
        assert shop.requests() == requests + len(new) + len(changed)
        now = {user["phone"]: (user["body"], user["updates"]) for user in shop.sandbox.users()}
        assert now.keys() - last.keys() == new
        assert {phone for phone in last if now[phone] != last[phone]} == changed.keys()
        assert {phone: body for phone, (body, _) in now.items()} == {
            phone: {"phone": phone, **person} for phone, person in nights.people.items()
        }
        last = now
    tell("a week of nights", people=len(nights.people), seconds=round(time.monotonic() - began))
