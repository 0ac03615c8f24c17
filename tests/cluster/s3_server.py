"""A server that speaks S3 on loopback, in a process of its own, which knows one user and lets nobody else in."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BUCKET = "imports"
_UNCHECKED = 4
"""Requests that the server takes from anybody: those that make the user and the bucket."""
_POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'


@dataclass(frozen=True)
class S3Server:
    """The server, and what a client's environment has to say to be let in."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def serving_s3(folder: Path) -> Iterator[S3Server]:
    """A server for the block, with the bucket ``BUCKET``."""
    import boto3
    from botocore.config import Config

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environ = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(_UNCHECKED)}
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _wait_for(port, process)
        address = f"http://127.0.0.1:{port}"
        anybody = {"aws_access_key_id": "anybody", "aws_secret_access_key": "anybody", "region_name": "us-east-1"}
        given = {"endpoint_url": address, "config": Config(retries={"max_attempts": 0}), **anybody}
        users = boto3.client("iam", **given)
        users.create_user(UserName="importer")
        users.put_user_policy(UserName="importer", PolicyName="all", PolicyDocument=_POLICY)
        key = users.create_access_key(UserName="importer")["AccessKey"]
        boto3.client("s3", **given).create_bucket(Bucket=BUCKET)
        environment = {
            "AWS_ENDPOINT_URL": address,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_EC2_METADATA_DISABLED": "true",  # else the network is asked for credentials that are not there
        }
        yield S3Server(process, environment)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.2)
    raise AssertionError(process.returncode)
