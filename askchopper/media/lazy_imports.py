"""Imports modules that depend on scipy or Pillow in a thread, when first needed; most requests do not need them."""

import asyncio
from importlib import import_module


async def load(*modules: str) -> None:
    """Import modules in a thread: it takes seconds, which would block the event loop."""
    for name in modules:
        await asyncio.to_thread(import_module, f"askchopper.media.{name}")
