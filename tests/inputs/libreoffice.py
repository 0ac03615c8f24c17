"""LibreOffice Calc, without a window: many files filled in and saved in other formats by one start of the program."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false"
 library:passwordprotected="false"><library:element library:name="Module1"/></library:library>
"""
_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub Convert(listing As String)
  Dim handle As Integer, entry As String
  handle = FreeFile
  Open listing For Input As #handle
  Do While Not Eof(handle)
    Line Input #handle, entry
    Store(Split(entry, "|"))
  Loop
  Close #handle
  StarDesktop.terminate()
End Sub

Sub Store(parts)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  Dim how(1) As New com.sun.star.beans.PropertyValue
  Dim document As Object, place As Integer
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  document = StarDesktop.loadComponentFromURL(ConvertToURL(parts(0)), "_blank", 0, hidden())
  For place = 5 To UBound(parts) - 1 Step 2
    If Left(parts(place + 1), 1) = "'" Then
      document.Sheets.getByIndex(0).getCellRangeByName(parts(place)).setFormula(parts(place + 1))
    Else
      document.Sheets.getByIndex(0).getCellRangeByName(parts(place)).FormulaLocal = parts(place + 1)
    End If
  Next place
  how(0).Name = "FilterName"
  how(0).Value = parts(2)
  how(1).Name = "FilterOptions"
  how(1).Value = parts(3)
  If parts(4) &lt;&gt; "" Then
    how(1).Name = "Password"
    how(1).Value = parts(4)
  End If
  document.storeToURL(ConvertToURL(parts(1)), how())
  document.close(True)
End Sub
</script:module>
"""
_FILTERS = {
    "xlsx": "Calc MS Excel 2007 XML",
    "xls": "MS Excel 97",
    "ods": "calc8",
    "csv": "Text - txt - csv (StarCalc)",
}
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop></item></oor:items>
"""
_CHARSETS = {"utf-8": 76, "cp1251": 34, "utf-16": 65535, "koi8-r": 74, "cp866": 30}


class Job(NamedTuple):
    """A file to be opened, filled in and saved as ``target``.

    ``cells``: cell → what is typed, read as the program's locale reads it; a leading ``'`` makes it text.
    """

    source: Path
    target: Path
    encoding: str = "utf-8"
    delimiter: str = ","
    password: str = ""
    cells: dict[str, str] | None = None

    def line(self) -> str:
        kind = self.target.suffix[1:]
        text = kind in {"csv", "tsv", "txt"}
        options = f"{ord(self.delimiter)},34,{_CHARSETS[self.encoding]},1" if text else ""
        typed = [part for cell in (self.cells or {}).items() for part in cell]
        parts = (self.source, self.target, _FILTERS["csv" if text else kind], options, self.password, *typed)
        return "|".join(map(str, parts))


def convert(folder: Path, jobs: Sequence[Job], locale: str = "") -> None:
    """Do the jobs with a profile of its own; skips the test where LibreOffice is missing, except in CI.

    ``locale`` (``ru-RU``): how dates and numbers are typed and written; else the program's own.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs LibreOffice Calc")
        pytest.skip("LibreOffice is not installed")
    profile, listing = folder / "profile", folder / "jobs.txt"
    listing.write_text("".join(job.line() + "\n" for job in jobs), encoding="utf-8")
    shutil.copytree(_fresh_profile(program, locale), profile, dirs_exist_ok=True)
    _run([*_start(program, profile), f'macro:///Standard.Module1.Convert("{listing}")'])
    missing = [job.target.name for job in jobs if not job.target.exists()]
    assert not missing, missing


@cache
def _fresh_profile(program: str, locale: str) -> Path:
    """A profile as the program makes it when it is first started, with the macro; to be copied, for it is changed."""
    profile = Path(tempfile.mkdtemp(prefix="profile-"))
    atexit.register(shutil.rmtree, profile, ignore_errors=True)
    if locale:
        (profile / "user").mkdir(parents=True)
        settings = _SETTINGS.format(locale=locale)
        (profile / "user" / "registrymodifications.xcu").write_text(settings, encoding="utf-8")
    _run([*_start(program, profile), "--terminate_after_init"])
    macros = profile / "user" / "basic" / "Standard"
    macros.mkdir(parents=True, exist_ok=True)
    (macros / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
    (macros / "Module1.xba").write_text(_MODULE, encoding="utf-8")
    return profile


def _start(program: str, profile: Path) -> list[str]:
    return [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo"]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=100, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
