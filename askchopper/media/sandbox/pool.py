"""Bounded pools for sandboxed work: limits on concurrent child processes and on waiting callers.

Requests that decode users' files share one small pool. When it and its queue are full, further callers are refused immediately, so that
many of them cannot exhaust the event loop's threads or the cores needed for sign-ins and pages.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from askchopper.errors import BusyError
from askchopper.media.sandbox import child_process
from askchopper.media.sandbox.child_process import DEFAULT_LIMITS, Limits

# One core stays free for the server.
REQUEST_CHILDREN = max(1, len(os.sched_getaffinity(0)) - 1)
REQUEST_WAITING = 8
# Of one client, running and waiting: a second picture or sound may follow while the first is worked on.
MOST_PER_CLIENT = 2

T = TypeVar("T")


class Pool:
    """A thread pool in which each thread waits for one child process.

    Args:
        children: children at once.
        waiting: callers that may wait for one; None for no bound.
        limits: limits of a child, unless the call names others.
    """

    def __init__(self, name: str, *, children: int, waiting: int | None, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(children, thread_name_prefix=name)
        self._most = None if waiting is None else children + waiting
        self._pending: Counter[str] = Counter()
        self._lock = Lock()

    @property
    def pending(self) -> int:
        """Calls that run or wait."""
        return self._pending.total()

    async def run(
        self,
        function: Callable[..., T],
        /,
        *args: Any,
        client: str = "",
        limits: Limits | None = None,
        **kwargs: Any,
    ) -> T:
        """Call a function in a child process.

        Args:
            function: an importable function; its result must be picklable.
            args: positional arguments.
            client: user id or address of the caller, who may have two calls at a time; empty for no such limit.
            limits: limits of the child; those of the pool if None.
            kwargs: keyword arguments.

        Raises:
            BusyError: too many calls are waiting.
            SandboxError: the child crashed or exceeded a limit.
            Exception: whatever the function raised.
        """
        self._admit(client)
        future = self._threads.submit(child_process.run_limited, limits or self._limits, function, *args, **kwargs)
        # A caller that gives up leaves its child running, which counts until it has ended.
        future.add_done_callback(lambda _done: self._release(client))
        return await asyncio.wrap_future(future)

    def _admit(self, client: str) -> None:
        with self._lock:
            if client and self._pending[client] >= MOST_PER_CLIENT:
                raise BusyError("Your last files are still being worked on. Try again when they are done.")
            if self._most is not None and self.pending >= self._most:
                raise BusyError("Many files are being worked on right now. Try again in a few seconds.")
            self._pending[client] += 1

    def _release(self, client: str) -> None:
        with self._lock:  # called by the thread of the child
            self._pending[client] -= 1
            if not self._pending[client]:
                del self._pending[client]


# Children for requests yield the processor to the server, whose pages and sign-ins must not wait for them.
requests = Pool("request-sandbox", children=REQUEST_CHILDREN, waiting=REQUEST_WAITING, limits=Limits(niceness=10))
jobs = Pool("job-sandbox", children=4, waiting=None)  # a worker bounds its own jobs
