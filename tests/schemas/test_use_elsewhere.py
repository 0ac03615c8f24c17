"""The schemas in somebody else's pipeline: the README's examples are true."""

import doctest
from pathlib import Path

README = Path(__file__).parents[2] / "schemas" / "README.md"


def test_the_examples_of_the_schemas_readme_are_true():
    text = README.read_text(encoding="utf-8").replace("```", "")
    examples = doctest.DocTestParser().get_doctest(text, {}, README.name, str(README), 0)
    done = doctest.DocTestRunner(verbose=False).run(examples)
    assert done.attempted > 10
    assert not done.failed
