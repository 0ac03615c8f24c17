"""A year of a source, night after night in one process: ``python year_of_nights.py FOLDER NIGHTS CLOCK``.

Each night is one call of ``importer.run``, with the real journal and real files, a day after the one before: ``CLOCK``
is the file that tells ``moved_clock.c`` how far the wall clock is ahead. Prints each night's exit code.
"""

import sys
from pathlib import Path

import importer

USERS, NEW = 2_000, 2
DAY = 86_400


def main(folder: Path, nights: int, clock: Path) -> None:
    users = list(range(USERS))
    for night in range(nights):
        clock.write_text(str(night * DAY), encoding="utf-8")
        new = (USERS + NEW * night, USERS + NEW * night + 1)
        users = sorted([*users[NEW:], *new], key=lambda number: number * 7919 % 10_007)  # they stand anywhere
        lines = ["phone,firstname,lastname", *(f"+7701{number:07d},Алия,Серикова {number}" for number in users)]
        (folder / "users.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
        result = importer.run(folder / "users.csv", retention_days=30)
        print(result.exit_code, flush=True)  # noqa: T201 (what it prints is its answer)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
