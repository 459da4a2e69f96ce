"""Selects the blob store of this process."""

from functools import lru_cache

from askchopper import settings
from askchopper.integrations.blob_store.local_disk import LocalDiskStore
from askchopper.integrations.blob_store.part_file import PartFolder
from askchopper.integrations.blob_store.protocol import BlobStore


@lru_cache(maxsize=1)
def store() -> BlobStore:
    """Return the store of this process: Vercel Blob if its token is set, else a local folder."""
    return remote_store() or local_store()


def local_store() -> LocalDiskStore:
    """Return the store in ``DATA_DIR``, even if this process uses another one."""
    return LocalDiskStore(settings.get().data_dir / "files")


def remote_store() -> BlobStore | None:
    """Return a client of Vercel Blob, which the caller closes; None if no token is set."""
    config = settings.get()
    if not config.blob_read_write_token:
        return None
    from askchopper.integrations.blob_store.vercel import VercelBlobStore  # noqa: PLC0415 - the SDK, for those who use it

    return VercelBlobStore(
        config.blob_read_write_token,
        public_token=config.blob_public_read_write_token or None,
        parts=PartFolder(config.data_dir / "files"),
        api_url=config.vercel_blob_api_url,
        download_url=config.vercel_blob_download_url,
    )
