"""The peers: what others do in place of this importer. ``python tests/benchmarks/peers.py NAME ARGUMENT…``.

Each peer prints one JSON object: ``rows`` and ``seconds`` (its own work, without starting Python, where it sends).
"""

import asyncio
import csv
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOKEN = "bench-token"


def bodies(path: str, count: int) -> list[dict[str, str]]:
    """The request bodies of a clean file's first rows."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [
            {name: value for name, value in row.items() if value and name != "client_id"}
            for row, _ in zip(rows, range(count), strict=False)
        ]


def aiohttp_loop(url: str, path: str, count: str, flight: str = "64") -> dict[str, Any]:
    """A bare aiohttp loop that posts the bodies and keeps nothing."""
    import aiohttp

    todo = iter(bodies(path, int(count)))

    async def worker(session: Any) -> None:
        for body in todo:
            async with session.post(url, json=body) as answer:
                await answer.json()

    async def main() -> float:
        connector = aiohttp.TCPConnector(limit=int(flight))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            began = time.perf_counter()
            await asyncio.gather(*(worker(session) for _ in range(int(flight))))
            return time.perf_counter() - began

    return {"rows": int(count), "seconds": asyncio.run(main())}


def naive(url: str, path: str, count: str, flight: str = "64") -> dict[str, Any]:
    """httpx.AsyncClient with its own pool and a tenacity decorator, so many at once."""
    import httpx
    from tenacity import retry, stop_after_attempt, wait_random_exponential

    todo = bodies(path, int(count))

    async def main() -> float:
        slots = asyncio.Semaphore(int(flight))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:

            @retry(stop=stop_after_attempt(5), wait=wait_random_exponential(max=60))
            async def create(body: dict[str, str]) -> str:
                async with slots:
                    answer = await client.post(url, json=body)
                answer.raise_for_status()
                return str(answer.json()["freedom_id"])

            began = time.perf_counter()
            await asyncio.gather(*(create(body) for body in todo))
            return time.perf_counter() - began

    return {"rows": int(count), "seconds": asyncio.run(main())}


def csv_pydantic(path: str) -> dict[str, Any]:
    """csv.DictReader and a pydantic model with the rules of the schema; repeated phones and e-mails in sets."""
    from pydantic import ValidationError
    from pydantic_rules import User

    began = time.perf_counter()
    phones: set[str] = set()
    mails: set[str] = set()
    rows = bad = 0
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows += 1
            try:
                user = User.model_validate(row)
            except ValidationError as exc:
                exc.errors()
                bad += 1
                continue
            bad += user.phone in phones
            bad += bool(user.email) and user.email in mails
            phones.add(user.phone)
            mails.add(user.email)
    return {"rows": rows, "seconds": time.perf_counter() - began, "bad": bad}


def frictionless_validate(path: str) -> dict[str, Any]:
    """frictionless.validate with the rules of the schema, said in its own kinds, formats and constraints."""
    import frictionless
    from pydantic_rules import LOST, PLACEHOLDER, TODAY, TRUNK

    from schemas import iso3166

    not_these = f"(?!(?:{PLACEHOLDER.pattern}|{TRUNK.pattern})$)"
    rules: dict[str, dict[str, Any]] = {
        "phone": {"constraints": {"required": True, "unique": True, "pattern": not_these + r"\+[0-9]{10,15}"}},
        "email": {"format": "email", "constraints": {"unique": True, "maxLength": 254}},
        "date_of_birth": {"type": "date", "constraints": {"maximum": TODAY.isoformat()}},
        "identifier": {"constraints": {"pattern": f"(?!{LOST.pattern}$).*"}},
        "country": {"constraints": {"enum": sorted(iso3166.ALPHA_3)}},
        "gender": {"constraints": {"enum": ["M", "F"]}},
    }
    with Path(path).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    fields = [{"name": name, "type": "string", **rules.get(name, {})} for name in header]
    schema = frictionless.Schema.from_descriptor({"fields": fields})
    folder, name = str(Path(path).parent), Path(path).name
    began = time.perf_counter()
    resource = frictionless.Resource(path=name, basepath=folder, schema=schema, encoding="utf-8")
    found = resource.validate(limit_errors=10**9)
    seconds = time.perf_counter() - began
    return {"rows": found.tasks[0].stats["rows"], "seconds": seconds, "bad": len(found.tasks[0].errors)}


def arrow_read(path: str) -> dict[str, Any]:
    """Arrow's bare read of the file, every column as text."""
    from pyarrow import csv as arrow_csv
    from pyarrow import string

    with Path(path).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    began = time.perf_counter()
    types = arrow_csv.ConvertOptions(column_types={name: string() for name in header}, strings_can_be_null=False)
    table = arrow_csv.read_csv(path, convert_options=types)
    return {"rows": table.num_rows, "seconds": time.perf_counter() - began}


def calamine_read(path: str) -> dict[str, Any]:
    """The bare read of a workbook."""
    from python_calamine import CalamineWorkbook

    began = time.perf_counter()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return {"rows": len(rows) - 1, "seconds": time.perf_counter() - began}


def xlsxwriter_write(path: str, out: str) -> dict[str, Any]:
    """XlsxWriter in constant memory: the rows of the input and the five columns of a result, all as text."""
    import xlsxwriter

    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    result = ["", "not_sent", "", "", ""]
    began = time.perf_counter()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, text in enumerate(row + result):
            sheet.write_string(at, column, text)
    book.close()
    return {"rows": len(rows) - 1, "seconds": time.perf_counter() - began}


PEERS: dict[str, Callable[..., dict[str, Any]]] = {
    "aiohttp": aiohttp_loop,
    "naive": naive,
    "pydantic": csv_pydantic,
    "frictionless": frictionless_validate,
    "arrow": arrow_read,
    "calamine": calamine_read,
    "xlsxwriter": xlsxwriter_write,
}


if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]](*sys.argv[2:])))  # noqa: T201 (what it prints is its answer)
