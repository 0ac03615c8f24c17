"""Leads a port to another one: ``forwarder.py HOST PORT HOST PORT``. It says "ready" once it listens."""

import asyncio
import contextlib
import sys


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main(host: str, port: str, to_host: str, to_port: str) -> None:
    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(to_host, int(to_port))
            await asyncio.gather(pump(reader, back), pump(there, writer))
        writer.close()

    door = await asyncio.start_server(lead, host, int(port))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await door.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
