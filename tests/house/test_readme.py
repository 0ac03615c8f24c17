"""What the README shows is true."""

import contextlib
import io
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from importer import Status, errors, load
from importer.cli.app import main
from importer.settings import Settings
from importer.settings.sources import FROM_ANYWHERE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OF_A_CLUSTER = (ROOT / "importer/cluster/README.md").read_text(encoding="utf-8")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def help_of(*command):
    """What a command says of itself, on a wide screen; in this process, for there are many."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setenv("COLUMNS", "200")
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.setattr("sys.argv", ["importer", *command, "--help"])
        assert main() == 0
    return said.getvalue()


@pytest.fixture(scope="module")
def helps():
    return {command: whole_help_of(command) for command in commands_in(help_of())}


def commands_in(text):
    return re.findall(r"^  ([\w-]+)  ", text.partition("Commands:")[2], re.MULTILINE)


def whole_help_of(command):
    text = help_of(command)
    return text + "".join(help_of(command, below) for below in commands_in(text))


def test_every_command_is_listed_and_every_listed_command_exists(helps):
    listed = set(re.findall(r"^\| `importer ([\w-]+)", README, re.MULTILINE))
    assert listed == set(helps)


def test_every_option_of_validate_and_run_is_explained(helps):
    given = {option for command in ("validate", "run") for option in OPTION.findall(helps[command])}
    missing = given - set(OPTION.findall(README)) - {"--help", "--verbose", "--quiet"}
    assert not missing


def test_every_setting_is_explained_by_its_flag_its_variable_or_its_key():
    written = {word.strip("-").lower().replace("-", "_") for word in re.findall(r"[\w-]+", README + OF_A_CLUSTER)}
    named = {word.removeprefix("importer_").removeprefix("freedom_id_") for word in written}
    shown_as = {"json_output": "json", "verbose": "v", "quiet": "q"}
    assert not {shown_as.get(name, name) for name in Settings.model_fields} - named


def test_the_keys_that_a_file_in_the_working_folder_may_set_are_those():
    listed = README.partition("how files are read and checked (")[2].partition(")")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == FROM_ANYWHERE


def test_every_option_shown_exists(helps):
    known = {option for text in helps.values() for option in OPTION.findall(text)}
    assert set(OPTION.findall(README)) <= known


def test_every_command_line_shown_names_a_command_and_options_of_it(helps):
    shown = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("importer ")]
    shown += re.findall(r"`(importer [^`]+)`", README)
    assert len(shown) > 10
    for line in shown:
        command = line.split()[1]
        for option in OPTION.findall(line.split("#")[0]):
            assert option in helps[command], line


def test_the_statuses_are_those_of_the_output():
    table = README.split("| import_status | meaning")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == [str(status) for status in Status]


def test_the_exit_codes_are_those_of_the_exceptions():
    table = README.split("| exit | meaning |")[1].split("\n\n")[0]
    listed = {int(code) for code in re.findall(r"^\| (\d+) ", table, re.MULTILINE)}
    kinds = (errors.UsageError, errors.RefusedFile, errors.Stopped, errors.BooksDontBalance, errors.Defect)
    assert listed == {0, 1, *(kind.exit_code for kind in kinds)}


def test_the_configuration_shown_is_valid(tmp_path):
    for number, block in enumerate(blocks("toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, encoding="utf-8")
        assert tomllib.loads(block)
        settings = load({}, config=path)
        from importer.freedom_id import Classifier

        Classifier(settings.answers)


def test_the_python_shown_uses_the_public_api():
    import importer

    for block in blocks("python"):
        compile(block, "README", "exec")
        for names in re.findall(r"from importer import (.+)", block):
            assert {name.strip() for name in names.split(",")} <= set(importer.__all__)


def test_the_help_answers_without_pandas():
    code = "import sys; sys.argv = ['importer', '--help']\n"
    code += "try:\n from importer.cli.app import main; main()\nexcept SystemExit: pass\n"
    code += "assert not {'pandas', 'pydantic', 'sqlalchemy', 'httpx', 'pyarrow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
