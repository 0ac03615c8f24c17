"""Every sentence that the catalogues must have: those in the sources, and those in tables that the code looks up."""

from functools import cache

from babel.messages.extract import extract_from_dir

from importer.mapping.header_names import SEVERAL_FIELDS
from importer.messages import catalog, wording
from importer.notify.ending import Event
from schemas.fields import FIELDS
from schemas.other_columns import NOT_BY_THEMSELVES
from schemas.result import RESULT_LOOKS

KEYWORDS = {"Text": None, "counted": (1, 2)}
WORDLESS = r"(?:\{[a-z_]+(?::[^}]*)?\}|[^A-Za-z])*"


@cache
def of_sources(folder):
    """(file, message or (one, many)) of each ``Text`` and ``counted`` with a literal in a folder."""
    found = extract_from_dir(folder, method_map=[("**.py", "python")], keywords=KEYWORDS)
    return [(f"{file}:{line}", message) for file, line, message, *_ in found]


@cache
def of_page(folder):
    """(file, message or (one, many)) of the ops page's templates and modules, as ``gettext`` and Jinja know them."""
    found = extract_from_dir(
        folder,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
        options_map={"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}},
        keywords={"_": None, "gettext": None, "ngettext": (1, 2)},
    )
    return [(f"{file}:{line}", message) for file, line, message, *_ in found]


def of_tables():
    """The sentences that stand in tables."""
    for headline, template in (*catalog.ERRORS.values(), *catalog.NOTES.values()):
        yield from (headline, template)
    yield from catalog.COUNTED.values()
    yield from wording.COMPOSED
    yield from map(wording.name_of, FIELDS)
    yield from (look.hint for look in RESULT_LOOKS.values())
    yield from (event.value for event in Event)
    yield from wording.TOPICS
    yield from wording.STEPS
    yield from dict.fromkeys(group.reason for group in NOT_BY_THEMSELVES)
    yield SEVERAL_FIELDS
