"""A command in a network of its own, whose only name server never answers: ``unshare -rnm python silent_names.py …``.

Arguments: the resolver's configuration, then the command; it takes the place of this process.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40


def main(configuration: str, *command: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14s", b"lo", IFF_UP | IFF_RUNNING, b""))
    subprocess.run(["mount", "--bind", configuration, "/etc/resolv.conf"], check=True)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    server.set_inheritable(True)  # nobody ever reads from it
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
