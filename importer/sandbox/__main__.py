"""``python -m importer.sandbox``: serve in the foreground; one JSON line on stdout says where."""

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

import orjson

from importer.errors import UsageError
from importer.messages.library_messages import in_words
from importer.messages.text import Text, spoken
from importer.sandbox.embedded import create_app, serve
from importer.sandbox.server import SandboxServer
from importer.sandbox.server_options import Option, SandboxOptions, option_table, options_from


class HelpFormatter(argparse.HelpFormatter):
    """Begins a usage line in the language of the context."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """The usage line."""
        super().add_usage(usage, actions, groups, prefix or spoken(Text("usage: ")))


class Parser(argparse.ArgumentParser):
    """Tells of a wrong option in the language of the context."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with 2."""
        text = Text("Error: {text}", text=in_words(message))
        self.exit(UsageError.exit_code, f"{self.format_usage()}{spoken(text)}\n")


def make_parser() -> argparse.ArgumentParser:
    """One flag per option, made from their table."""
    parser = Parser(
        prog="python -m importer.sandbox",
        description=spoken(Text("A local Freedom ID server.")),
        add_help=False,
        formatter_class=HelpFormatter,
    )
    options = parser.add_argument_group(spoken(Text("options")))
    options.add_argument("-h", "--help", action="help", help=spoken(Text("Show this message and exit.")))
    options.add_argument("--language", metavar="en|ru|kk", help=argparse.SUPPRESS)  # whoever starts it has read it
    options.add_argument("--host", default="127.0.0.1", help=spoken(Text("Loopback address to listen on.")))
    options.add_argument("--port", type=int, default=0, help=spoken(Text("Port to listen on (0 = a free one).")))
    options.add_argument(
        "--options",
        choices=["-"],
        help=spoken(Text("Read all options as one line of JSON from stdin, and end when stdin is closed.")),
    )
    for option in option_table():
        _add(options, option)
    return parser


def options_of(arguments: argparse.Namespace) -> SandboxOptions:
    """The options given as flags. Raises UsageError."""
    names = (option.name for option in option_table())
    return options_from({name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None})


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code (2 = wrong option)."""
    parsed = make_parser().parse_args(arguments)
    try:
        options = _options_on_stdin() if parsed.options else options_of(parsed)
        server = SandboxServer(create_app(options), parsed.host, parsed.port)
    except UsageError as exc:
        sys.stderr.write(f"{spoken(exc.sentence)}\n")
        return exc.exit_code
    if parsed.options:
        threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    serve(server, lambda: _tell(server))
    return 0


def _options_on_stdin() -> SandboxOptions:
    try:
        values = orjson.loads(sys.stdin.buffer.readline())
    except orjson.JSONDecodeError as exc:
        raise UsageError(Text("sandbox: one line of JSON is expected on stdin")) from exc
    if not isinstance(values, dict):
        raise UsageError(Text("sandbox: a JSON object of options is expected on stdin"))
    return options_from(values)


def _tell(server: SandboxServer) -> None:
    told = {
        "url": server.url,
        "control": server.control_url,
        "seed": server.app.service.seed,
        "pid": os.getpid(),
    }
    sys.stdout.write(orjson.dumps(told).decode() + "\n")
    sys.stdout.flush()


def _end_with_parent(server: SandboxServer) -> None:
    """Whoever started us holds the other end of stdin: when it dies, we end too."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    server.ready.wait()
    server.stop()


def _add(group: "argparse._ArgumentGroup", option: Option) -> None:
    settings: dict[str, Any] = {"help": spoken(option.help).replace("%", "%%"), "default": None, "dest": option.name}
    if option.type is bool:
        settings["action"] = argparse.BooleanOptionalAction
    elif option.type is tuple:
        settings["action"] = "append"
    else:
        settings["type"] = option.type
        settings["choices"] = option.choices or None
    group.add_argument(option.flag, **settings)


if __name__ == "__main__":
    sys.exit(main())
