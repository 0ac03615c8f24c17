"""The command in a process that can be ordered to die, or to meet a fault, at a named step.

Modes (first argument): ``serve SOCKET`` loads the program once and forks a process for every order that comes in
over the socket, so that a short test doesn't pay for loading; it ends when its stdin is closed. An order is one
line of JSON: args, cwd, environ, and either out and err or terminal (paths); and if wanted umask, fsize (bytes a
file may have) and crash: a list [what, when, number, how], such as
["importer.journal.writer.writer:JournalWriter._write", "before", 1, "kill"].
"""

import ctypes
import errno
import functools
import gc
import importlib
import inspect
import json
import os
import resource
import select
import signal
import socket
import sys
import threading

LOADED = (
    "importer.cli.app",
    "importer.pipeline",
    "importer.cli.live_bar",
    "importer.cli.summary_text",
    "importer.verify_run",
    "importer.operations.history",
    "importer.reading.text.csv_table",
    "importer.creating.endpoint.endpoint",
    "pandera.strategies.pandas_strategies",
    "phonenumbers",
)


def main():
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # forks that never collect what was loaded need not copy it
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[2])
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        ready = select.select([listener, sys.stdin], [], [])[0]
        if sys.stdin in ready:
            return 0
        connection = listener.accept()[0]
        if os.fork() == 0:
            listener.close()
            supervise(connection)
        connection.close()
        reap()


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def supervise(connection):
    """Fork the command, tell its number and later its exit code; never returns."""
    die_with_parent()
    order = json.loads(connection.makefile().readline())
    # Opened before its number is told: the other end sees no moment without anybody at the terminal.
    terminal = os.open(order["terminal"], os.O_RDWR | os.O_NOCTTY) if "terminal" in order else None
    pid = os.fork()
    if pid == 0:
        connection.close()
        die_with_parent()
        leave(command(order, terminal))
    if terminal is not None:
        os.close(terminal)
    try:
        connection.sendall(b"%d\n" % pid)
        status = os.waitpid(pid, 0)[1]
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    finally:
        os._exit(0)


def leave(code):
    """End as an interpreter does, but for the seconds it takes to dismantle what was loaded."""
    threading._shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def command(order, terminal):
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environ"])
    if terminal is not None:
        os.setsid()
        for descriptor in (0, 1, 2):
            os.dup2(terminal, descriptor)
        os.close(terminal)
    else:
        write_to_files(order)
    os.umask(order.get("umask", 0o022))
    if order.get("fsize"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["fsize"], order["fsize"]))
    for crash in order.get("crash", ()):
        arm(*crash)
    sys.argv = ["importer", *order["args"]]
    from importer.cli.app import main as importer_main

    try:
        return importer_main()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 0


def write_to_files(order):
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for descriptor, name, flags in ((0, os.devnull, os.O_RDONLY), (1, order["out"], append), (2, order["err"], append)):
        opened = os.open(name, flags, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def arm(what, when, number, how):
    """Let the ``number``-th call of ``what`` (module:qualified.name) end as ``how`` says, before or after it ran."""
    module, _, path = what.partition(":")
    owner = importlib.import_module(module)
    *owners, name = path.split(".")
    for step in owners:
        owner = getattr(owner, step)
    original = getattr(owner, name)
    lock, calls = threading.Lock(), [0]

    def reached(moment):
        if moment != when:
            return
        with lock:
            calls[0] += 1
            if calls[0] != number:
                return
        strike(how)

    if inspect.iscoroutinefunction(original):

        @functools.wraps(original)
        async def wrapped(*arguments, **named):
            reached("before")
            result = await original(*arguments, **named)
            reached("after")
            return result

    else:

        @functools.wraps(original)
        def wrapped(*arguments, **named):
            reached("before")
            result = original(*arguments, **named)
            reached("after")
            return result

    setattr(owner, name, wrapped)


def strike(how):
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif how.startswith("SIG"):
        os.kill(os.getpid(), getattr(signal, how))
    else:
        number = getattr(errno, how)
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    sys.exit(main())
