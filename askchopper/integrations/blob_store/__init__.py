"""Where audio and covers are stored: one interface, a local folder or Vercel Blob behind it.

Keys are relative paths of our own making, never a user's file name. Everybody calls ``store()`` and sees the protocol only.
"""

from askchopper.integrations.blob_store.choice import store
from askchopper.integrations.blob_store.part_file import PartFile
from askchopper.integrations.blob_store.protocol import BlobStore, StoredFile, content_type, measure
from askchopper.integrations.blob_store.write_behind import WriteBehind

__all__ = ["BlobStore", "PartFile", "StoredFile", "WriteBehind", "content_type", "measure", "store"]
