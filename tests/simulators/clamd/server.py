"""A ClamAV daemon that knows one signature: the EICAR test file. Prints its port; ends when its standard input is closed.

Speaks INSTREAM and its limit as clamd does: a stream over the limit is answered with an error and the connection is closed.
"""

import asyncio
import struct
import sys

# In two parts, so that scanners do not object to this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + rb"-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT_BYTES = 250 * 2**20


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        if await reader.readuntil(b"\0") != b"zINSTREAM\0":
            writer.write(b"UNKNOWN COMMAND\0")
            return
        content = bytearray()
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
            if len(content) > LIMIT_BYTES:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        writer.write(b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
    finally:
        await writer.drain()
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
