"""Auditions: the beginning of a sound mixed with clicks at a given tempo or a drone on a given key.

A creator can check either by ear.
"""

from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.media import lazy_imports
from askchopper.media.sandbox import child_process, pool
from askchopper.musical_key import MusicalKey


async def make(store_key: str, *, bpm: float | None, key: MusicalKey | None, client: str) -> bytes:
    """Return the beginning of a stored sound as MP3, with a drone on ``key``, or without a key with clicks at ``bpm``.

    Raises:
        NotFoundError: the sound is missing from the store.
        InvalidInputError: it cannot be decoded.
        BusyError: too many sounds are being prepared.
    """
    await lazy_imports.load("previews.audition")
    from askchopper.media.previews import audition  # noqa: PLC0415

    async with store().local(store_key) as path:
        try:
            if key is not None:
                return await pool.requests.run(audition.key, path, key, client=client)
            return await pool.requests.run(audition.tempo, path, bpm or 0.0, client=client)
        except (child_process.SandboxError, ValueError) as error:
            raise InvalidInputError("This sound cannot be played.", field="file") from error
