"""Receives a request body into a file. ``api.middleware`` limits its size, its duration and its minimum rate."""

import asyncio
from typing import IO

from fastapi import Request

from askchopper.errors import InvalidInputError


async def receive(request: Request, file: IO[bytes], *, noun: str) -> None:
    """Write the request body to a file. ``noun`` names the content in error messages.

    Raises:
        InvalidInputError: the body is empty.
        HTTPException: the body is too large (413) or arrives too slowly (408); raised by the middleware.
    """
    size = 0
    async for piece in request.stream():
        size += len(piece)
        await asyncio.to_thread(file.write, piece)
    if not size:
        raise InvalidInputError(f"Send a {noun} in the body.", field=noun)
    await asyncio.to_thread(file.flush)
