"""Sandbox: runs a function on an untrusted file in a child process with limits of memory, CPU and time.

Decoders are large C libraries fed with untrusted input. A child that crashes, loops or exhausts its memory dies alone and
becomes an ordinary error here. Children are forked from a fork server that has imported the libraries once, so a call costs
milliseconds; the server holds no secrets or connections.
"""

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any, ParamSpec, TypeVar

_PRELOADED = [
    "askchopper.media.sandbox.signals",
    "askchopper.media.pipeline",
    "askchopper.media.sandbox.warmup",
]
_POLL_SECONDS = 1.0

P = ParamSpec("P")
T = TypeVar("T")


class SandboxError(Exception):
    """The child ended without a result; the message says why."""


class LimitExceededError(SandboxError):
    """The child needed more processor time or memory than its limits allow."""


class TimedOutError(SandboxError):
    """The child took too long or was killed from outside; on a machine with less load it may succeed."""


@dataclass(frozen=True)
class Limits:
    """Limits of a child.

    Args:
        memory_bytes: address space.
        cpu_seconds: processor time.
        wall_seconds: elapsed time.
        file_bytes: maximum size of a written file.
        most_cpu_seconds: maximum to which ``extend`` may raise the processor time.
        most_wall_seconds: maximum to which ``extend`` may raise the elapsed time.
        niceness: how far the child yields the processor to the server.
    """

    memory_bytes: int = 3 << 30
    cpu_seconds: int = 20
    wall_seconds: float = 25.0
    file_bytes: int = 0
    most_cpu_seconds: int = 0
    most_wall_seconds: float = 0.0
    niceness: int = 0


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class _Failure:
    error: Exception


@dataclass(frozen=True)
class _Extension:
    wall_seconds: float


# Set in a child only.
_to_parent: list[Connection] = []


def run(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a child process under the default limits.

    Args:
        function: an importable function; its result must be picklable.
        args: positional arguments.
        kwargs: keyword arguments.

    Returns:
        The function's result.

    Raises:
        LimitExceededError: the child exceeded its processor time or memory.
        TimedOutError: the child exceeded its elapsed time, or was killed.
        SandboxError: the child crashed.
        Exception: whatever the function raised.
    """
    return run_limited(DEFAULT_LIMITS, function, *args, **kwargs)


def run_limited(limits: Limits, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a child process under given limits; otherwise like ``run``."""
    context = _context()
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(sender, limits, function, args, kwargs), daemon=True)
    child.start()
    sender.close()  # else the pipe stays open after the child has died, and ``recv`` never sees the end of the file
    try:
        answer = _answer(receiver, child, limits)
    finally:
        receiver.close()
        if child.is_alive():
            child.join(_POLL_SECONDS)  # a child that has sent its result normally exits by itself
        if child.is_alive():
            child.kill()
        child.join()
    if isinstance(answer, _Failure):
        raise answer.error
    return answer


def extend(cpu_seconds: int, wall_seconds: float) -> None:
    """Extend the time limit, called in a child that has learned the length of its file; no effect elsewhere.

    The limits ``most_cpu_seconds`` and ``most_wall_seconds`` still apply.
    """
    for sender in _to_parent:
        soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (max(soft, min(cpu_seconds, hard - 1)), hard))
        sender.send(_Extension(wall_seconds))


def _answer(receiver: Connection, child: ForkServerProcess, limits: Limits) -> Any:
    started, wall_seconds = time.monotonic(), limits.wall_seconds
    while receiver.poll(max(0.0, started + wall_seconds - time.monotonic())):
        try:
            answer = receiver.recv()
        except EOFError:
            child.join()
            raise _ending(child.exitcode) from None
        if not isinstance(answer, _Extension):
            return answer
        wall_seconds = max(limits.wall_seconds, min(answer.wall_seconds, limits.most_wall_seconds))
    raise TimedOutError(f"no answer after {wall_seconds:.0f} seconds")


def _ending(exit_code: int | None) -> SandboxError:
    if exit_code == -signal.SIGXCPU:
        return LimitExceededError("needs too much processor time")
    if exit_code == -signal.SIGKILL:  # by the kernel, when the machine is out of memory, or by an operator
        return TimedOutError("was killed")
    return SandboxError("ended without an answer")


def _context() -> ForkServerContext:
    # BLAS threads would compete for the cores that several children share.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _child(
    sender: Connection, limits: Limits, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _to_parent.append(sender)
    _restrict(limits)
    _silence_stderr()
    try:
        sender.send(function(*args, **kwargs))
    except MemoryError:
        sender.send(_Failure(LimitExceededError("needs too much memory")))
    except Exception as error:
        sender.send(_Failure(error))
    finally:
        sender.close()


def _end_with_parent() -> None:
    """Exit when the parent process dies; otherwise a blocked child would never be killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _restrict(limits: Limits) -> None:
    os.nice(limits.niceness)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    # The soft limit raises SIGXCPU, which a library may ignore; the hard one kills.
    most_cpu_seconds = max(limits.cpu_seconds, limits.most_cpu_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, most_cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_bytes, limits.file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would contain the user's file


def _silence_stderr() -> None:
    """Discard what C libraries print about broken files."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
