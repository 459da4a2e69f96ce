"""Receives an uploaded picture, with limits on its size and on the time that it takes."""

import asyncio
from typing import IO

from fastapi import Request

from askchopper import policy
from askchopper.errors import TooLargeError, TooSlowError

_PATIENCE_SECONDS = 60.0


async def receive(request: Request, file: IO[bytes]) -> None:
    """Write the request body to a file.

    Raises:
        TooLargeError: it exceeds the limit; nothing beyond it is read.
        TooSlowError: it did not arrive in time.
    """
    size = 0
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async for piece in request.stream():
                size += len(piece)
                if size > policy.MAX_COVER_BYTES:
                    raise TooLargeError(f"A picture may have {policy.megabytes(policy.MAX_COVER_BYTES)} at most.")
                await asyncio.to_thread(file.write, piece)
    except TimeoutError as error:
        raise TooSlowError("The picture did not arrive within a minute. Send it again.") from error
    await asyncio.to_thread(file.flush)
