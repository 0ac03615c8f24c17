"""A year of a source, night after night in one process: ``python year_of_nights.py FOLDER NIGHTS CLOCK PHONES``.

Each night is one call of ``importer.run``, with the real journal and real files, a day after the one before: ``CLOCK``
is the file that tells ``moved_clock.c`` how far the wall clock is ahead. ``PHONES``: ``clean``, or ``formatted``: every
row gets a note, and one in twenty is too short. Prints each night's exit code, and the bytes of the state folder.
"""

import os
import sys
from pathlib import Path

import importer

USERS, NEW = 2_000, 2
DAY = 86_400
SHORT = 20


def phone(number: int, phones: str) -> str:
    digits = f"{number:07d}"
    if phones == "clean":
        return f"+7701{digits}"
    if number % SHORT == 0:
        return f"8701{digits}"[:6]
    return f"8 (701) {digits[:3]}-{digits[3:5]}-{digits[5:]}"


def main(folder: Path, nights: int, clock: Path, phones: str) -> None:
    users = list(range(USERS))
    for night in range(nights):
        clock.write_text(str(night * DAY), encoding="utf-8")
        new = (USERS + NEW * night, USERS + NEW * night + 1)
        users = sorted([*users[NEW:], *new], key=lambda number: number * 7919 % 10_007)  # they stand anywhere
        rows = (f"{phone(number, phones)},Алия,Серикова {number}" for number in users)
        (folder / "users.csv").write_text("\n".join(["phone,firstname,lastname", *rows, ""]), encoding="utf-8")
        result = importer.run(folder / "users.csv", retention_days=30)
        files = (path for path in Path(os.environ["IMPORTER_HOME"]).rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in files)
        print(result.exit_code, size, flush=True)  # noqa: T201 (what it prints is its answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
