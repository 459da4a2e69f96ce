"""Imports of modules that bring in scipy or Pillow, which most requests do not need, away from the event loop."""

import asyncio
from importlib import import_module


async def load(*modules: str) -> None:
    """Import modules in a thread. They take seconds, in which the event loop would answer nobody."""
    for name in modules:
        await asyncio.to_thread(import_module, f"askchopper.media.{name}")
