"""The schemas in somebody else's pipeline: the README's examples are true, and need nothing of the importer."""

import doctest
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "schemas" / "README.md"


def test_the_examples_of_the_schemas_readme_are_true():
    text = README.read_text(encoding="utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, README.name, str(README), 0)
    done = doctest.DocTestRunner(verbose=False).run(examples)
    assert done.attempted > 10
    assert not done.failed


def test_the_schemas_load_nothing_of_the_importer():
    code = (
        "import sys, schemas.user, schemas.result; sys.exit(any(name.startswith('importer') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=README.parents[1]).returncode == 0
