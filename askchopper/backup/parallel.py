"""Processes many files concurrently with a bounded number of tasks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

TASKS = 4
T = TypeVar("T")


async def for_each(items: AsyncIterator[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Call the work for each item, in tasks that share the iterator. The first error cancels the others.

    Raises:
        Exception: the first error of ``work``, unchanged.
    """
    lock = asyncio.Lock()

    async def take() -> None:
        while True:
            async with lock:  # an async generator cannot be advanced by two tasks at once
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    return
            await work(item)

    tasks = [asyncio.create_task(take()) for _ in range(TASKS)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def as_async(items: Iterable[T]) -> AsyncIterator[T]:
    """Iterate asynchronously over a plain iterable."""
    for item in items:
        yield item
