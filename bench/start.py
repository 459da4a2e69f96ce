"""Second start: from the command to the ready message, with existing data and pages."""

import asyncio
import os
import sys
import time

from askchopper.settings import PROJECT_DIR
from bench.protocol import OUT, ROUNDS, BenchError, Samples
from bench.servers import DATA_DIR, START_SECONDS, free_port, stop


async def measure() -> dict[str, Samples]:
    """Start once to create missing data and pages, then time further starts."""
    first = await _start()
    return {"second": Samples([await _start() for _ in range(ROUNDS)], note=f"the previous start took {first:.1f} s")}


async def _start() -> float:
    port = free_port()
    started = time.perf_counter()
    with (OUT / "start.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "askchopper", "serve", "--port", str(port), "--build", "--seed",
            cwd=PROJECT_DIR, env={**os.environ, "DATA_DIR": str(DATA_DIR)}, stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        async with asyncio.timeout(START_SECONDS):
            while process.stdout and (line := await process.stdout.readline()):
                if b"is ready" in line:
                    return time.perf_counter() - started
    finally:
        await stop(process)
    raise BenchError("The product ended before it was ready; see bench/out/start.log.")
