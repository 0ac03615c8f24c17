"""An inbox whose pass is killed at each rename that the system makes for it: no file is lost, none imported twice."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from chaos.kit import tell
from support.commands import read_rows

from importer.sandbox import Sandbox, SandboxOptions

ROOT = Path(__file__).parents[2]
RENAMES = "rename,renameat,renameat2"


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills at a system call")
def test_a_kill_at_each_rename_loses_no_file_and_imports_none_twice(tmp_path: Path) -> None:
    box = tmp_path / "inbox"
    box.mkdir()
    with Sandbox(SandboxOptions()) as sandbox:
        environ = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "IMPORTER_HOME": str(tmp_path / "home"),
            "FREEDOM_ID_URL": sandbox.url,
            "FREEDOM_ID_TOKEN": sandbox.token,
        }
        command = [sys.executable, "-m", "importer", "inbox", str(box), "--settle", "0s", "-q"]
        for kill_at in range(1, 60):
            good, bad = box / f"good{kill_at}.csv", box / f"bad{kill_at}.csv"
            good.write_text(f"phone\n+7701{kill_at:07d}\n", encoding="utf-8")
            bad.write_text("no header of ours\n1\n", encoding="utf-8")
            os.utime(good, (1, 1))
            traced = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={RENAMES}"]
            traced += ["-e", f"inject={RENAMES}:signal=SIGKILL:when={kill_at}", *command]
            first = subprocess.run(traced, env=environ, cwd="/", capture_output=True, check=False).returncode
            second = subprocess.run(command, env=environ, cwd="/", capture_output=True, check=False).returncode
            assert second in {0, 3}, kill_at
            assert [path.name for path in (box / "done").rglob(good.name)] == [good.name]
            assert [path.name for path in (box / "refused").rglob(bad.name)] == [bad.name]
            (result,) = (box / "done").rglob(f"good{kill_at}.result.csv")
            assert [row["import_status"] for row in read_rows(result)] in (["created"], ["already_imported"])
            assert sorted(path.name for path in box.iterdir()) == ["done", "refused", "working"]
            assert [path.name for path in (box / "working").iterdir() if path.name != ".lock"] == []
            if first in {0, 3}:
                break
        assert first == 3, "the last pass was not killed any more"
        assert len(sandbox.users()) == kill_at
        tell("inbox killed at each rename", renames=kill_at - 1, users=len(sandbox.users()), lost=0, twice=0)
