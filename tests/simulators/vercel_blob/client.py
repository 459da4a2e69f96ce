"""Starts the Vercel Blob simulator in its own process and uses its control interface."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
from pydantic import SecretStr

from askchopper.integrations.blob_store import store
from askchopper.integrations.blob_store.part_file import PartFolder
from askchopper.integrations.blob_store.vercel import VercelBlobStore

SERVER = "tests.simulators.vercel_blob.server"
PRIVATE, PUBLIC = "vercel_blob_rw_priv1_secretOne", "vercel_blob_rw_pub2_secretTwo"
PAGE = 3  # blobs on one page of a listing


class BlobSimulator:
    """A running simulator."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.url, trust_env=False)

    def reset(self) -> None:
        """Delete all files, faults and requests."""
        self._client.post("/reset")

    def fail(self, op: str, fault: str, times: int = 1, **more: object) -> None:
        """Make the next requests of an operation fail."""
        self._client.post("/faults", json=[{"op": op, "fault": fault, "times": times, **more}])

    def seen(self, *ops: str) -> list[dict]:
        """Return the requests so far, in order."""
        return [request for request in self._client.get("/seen").json() if not ops or request["op"] in ops]

    def open(self, folder: Path, *, token: str = PRIVATE, public: str | None = PUBLIC) -> VercelBlobStore:
        """Create a store that uses it."""
        public_token = SecretStr(public) if public else None
        return VercelBlobStore(
            SecretStr(token),
            public_token=public_token,
            parts=PartFolder(folder),
            api_url=self.url,
            download_url=self.url,
        )


@contextmanager
def running() -> Iterator[BlobSimulator]:
    """Run a simulator within the block."""
    words = [sys.executable, "-m", SERVER, str(PAGE)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield BlobSimulator(int(process.stdout.readline()))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)


@asynccontextmanager
async def in_use(simulator: BlobSimulator) -> AsyncIterator[None]:
    """Point the product's settings to the simulator within the block."""
    from askchopper.settings import environment

    tokens = {"BLOB_READ_WRITE_TOKEN": PRIVATE, "BLOB_PUBLIC_READ_WRITE_TOKEN": PUBLIC}
    with environment(**tokens, VERCEL_BLOB_API_URL=simulator.url, VERCEL_BLOB_DOWNLOAD_URL=simulator.url):
        store.cache_clear()
        try:
            yield
        finally:
            await store().aclose()
            store.cache_clear()
