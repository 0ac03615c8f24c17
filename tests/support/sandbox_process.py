"""A sandbox as a process of its own, that can be killed and started again."""

import subprocess
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from importer.errors import UsageError
from importer.sandbox import SandboxOptions, options_from

_SECONDS = 60.0


class SandboxProcess:
    """Context manager: a sandbox in another process; users, seed and port outlive ``kill`` and ``restart``.

    It ends by itself when this process dies.

    Attributes:
        url: Its address; stays the same over a restart.
        token: The access token it accepted at first.
        seed: What its random faults are drawn from.
    """

    def __init__(self, options: SandboxOptions | None = None, *, port: int = 0) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-")
        given = options or SandboxOptions()
        self._options = replace(given, state=given.state or str(Path(self._folder.name) / "users.jsonl"))
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self.url = self._control = ""
        self.token, self.seed = given.token, given.seed

    def __repr__(self) -> str:
        return f"<SandboxProcess {self.url} seed={self.seed}>"

    def __enter__(self) -> Self:
        try:
            self.start()
        except UsageError:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """The process's number, 0 when it isn't running."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it answers; raises UsageError when it doesn't."""
        command = [sys.executable, "-m", "importer.sandbox", "--port", str(self._port), "--options", "-"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process = process
        if not process.stdin or not process.stdout:
            raise UsageError("sandbox: the process has no pipes")
        # through the pipe: options hold a token, and others can read a process's arguments
        process.stdin.write(orjson.dumps(asdict(self._options)) + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self.kill()
            raise UsageError("sandbox: the process ended before it answered; its reason stands above")
        told = orjson.loads(line)
        self.url, self._control, self.seed = told["url"], told["control"], told["seed"]
        self._port = int(self.url.rpartition(":")[2])
        self._options = replace(self._options, seed=self.seed)

    def kill(self) -> None:
        """End it with kill -9: connections break, nothing is flushed."""
        if self._process:
            self._process.kill()
            self._end(self._process)

    def stop(self) -> None:
        """Let it end in order."""
        if self._process:
            if self._process.stdin:
                self._process.stdin.close()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._end(self._process)

    def restart(self) -> None:
        """Start again on the same port, with the options of now; a running one is ended first."""
        self.stop()
        self.start()

    def users(self) -> list[dict[str, Any]]:
        """As ``Sandbox.users``."""
        users: list[dict[str, Any]] = self._ask("GET", "users")
        return users

    def stats(self) -> dict[str, Any]:
        """As ``Sandbox.stats``; counts other than created users and lost answers begin again at a restart."""
        stats: dict[str, Any] = self._ask("GET", "stats")
        return stats

    def set(self, **changes: object) -> None:
        """As ``Sandbox.set``; keeps for restarts."""
        kept = options_from(changes, self._options)
        self._ask("POST", "faults", orjson.dumps(changes))
        self._options = kept

    def _ask(self, method: str, what: str, content: bytes | None = None) -> Any:
        with httpx.Client(trust_env=False, timeout=_SECONDS) as client:
            response = client.request(method, f"{self._control}/_sandbox/{what}", content=content)
        answer = response.json()
        if response.is_error:
            raise UsageError(answer["error"]["message"])
        return answer

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        self._process = None
