"""Blob storage for audio and covers: one interface over a local folder or Vercel Blob.

Keys are relative paths that we generate, never a user's file name. Callers use ``store()`` and the protocol only.
"""

from askchopper.integrations.blob_store import free_space
from askchopper.integrations.blob_store.choice import local_store, remote_store, store
from askchopper.integrations.blob_store.part_file import PartFile
from askchopper.integrations.blob_store.protocol import (
    BlobStore,
    StoredFile,
    UploadGrant,
    arriving_key,
    check_key,
    content_type,
    measure,
    remove_unfinished,
)
from askchopper.integrations.blob_store.write_behind import WriteBehind

__all__ = [
    "BlobStore", "PartFile", "StoredFile", "UploadGrant", "WriteBehind", "arriving_key", "check_key", "content_type", "free_space", "local_store",
    "measure", "remote_store", "remove_unfinished", "store",
]  # fmt: skip
