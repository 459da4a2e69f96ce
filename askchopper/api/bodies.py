"""Receives a request body into a file. ``api.middleware`` limits its size, its duration and its minimum rate."""

import asyncio
from typing import IO

from fastapi import Request

from askchopper.errors import InvalidInputError


async def receive(request: Request, file: IO[bytes], *, noun: str) -> None:
    """Write the request body to a file.

    Raises:
        InvalidInputError: it is empty.
        HTTPException: it is too large or too slow, raised by the middleware.
    """
    size = 0
    async for piece in request.stream():
        size += len(piece)
        await asyncio.to_thread(file.write, piece)
    if not size:
        raise InvalidInputError(f"Send a {noun} in the body.", field=noun)
    await asyncio.to_thread(file.flush)
