"""Scans a file for known viruses with a ClamAV daemon, by its INSTREAM command; does nothing if no daemon is configured.

Protocol: docs.clamav.net, "clamd": a command ends with a zero byte; the content follows in chunks, each preceded by its length in four
bytes; a chunk of length zero ends it.
"""

import asyncio
import re
import struct
from pathlib import Path

from askchopper import settings
from askchopper.errors import UnavailableError

_PIECE_BYTES = 65_536
_SECONDS = 60.0
_VERDICT = re.compile(rb"stream: (?:(OK)|([^\x00]{1,200}) FOUND)\x00?")


async def scan(path: Path) -> str | None:
    """Return the name of the virus found in a file; None if it is clean or no scanner is configured.

    Raises:
        UnavailableError: the scanner does not answer; the file is neither clean nor infected.
    """
    address = settings.get().clamd_address
    if not address:
        return None
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                verdict = await _send(reader, writer, path)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise UnavailableError("The virus scanner does not answer. Try again in a few minutes.") from error
    match = _VERDICT.fullmatch(verdict)
    if match is None:
        raise UnavailableError("The virus scanner could not read the file. Try again in a few minutes.")
    return None if match[1] else match[2].decode("utf-8", "replace")


async def _send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: Path) -> bytes:
    writer.write(b"zINSTREAM\0")
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            writer.write(struct.pack("!I", len(piece)) + piece)
            await writer.drain()
    writer.write(struct.pack("!I", 0))
    await writer.drain()
    return await reader.readuntil(b"\0")
