"""Translates exceptions of event handlers to toasts, redirects, or an error reference.

Every public handler of a state goes through ``handler``; a test over Reflex's registry enforces it.
"""

import functools
import inspect
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, TypeVar, cast

import reflex as rx

from askchopper import observability, routes
from askchopper.errors import AskChopperError, SignInRequiredError
from askchopper.observability import log
from askchopper.states import identity


class Access(StrEnum):
    """Who may call a handler; services authorise access to objects."""

    OPEN = "open"  # changes only what is on the page; no viewer look-up
    PUBLIC = "public"
    MEMBER = "member"


Handler = TypeVar("Handler", bound=Callable[..., Any])


def handler(access: Access) -> Callable[[Handler], Handler]:
    """Decorate an async event handler or generator: identify the viewer, check access, translate errors."""

    def decorate(function: Handler) -> Handler:
        wrapped = _stream(function, access) if inspect.isasyncgenfunction(function) else _call(function, access)
        wrapped.__access__ = access  # type: ignore[attr-defined]
        return cast("Handler", wrapped)

    return decorate


def _call(function: Callable[..., Awaitable[Any]], access: Access) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(self: rx.State, *args: Any, **kwargs: Any) -> Any:
        outcome: list[Any] = []
        async with _translated(self, function, outcome):
            await _admit(self, access)
            return await function(self, *args, **kwargs)
        return outcome or None

    return call


def _stream(function: Callable[..., AsyncIterator[Any]], access: Access) -> Callable[..., Any]:
    @functools.wraps(function)
    async def stream(self: rx.State, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        outcome: list[Any] = []
        async with _translated(self, function, outcome):
            await _admit(self, access)
            async for step in function(self, *args, **kwargs):
                yield step
        for event in outcome:
            yield event

    return stream


async def _admit(state: rx.State, access: Access) -> None:
    if access is Access.OPEN:
        return
    await identity.identify(state)
    if viewer := identity.viewer():
        observability.bind(user=str(viewer.user_id))
    if access is Access.MEMBER:
        identity.require_viewer()


@asynccontextmanager
async def _translated(state: rx.State, function: Callable[..., Any], outcome: list[Any]) -> AsyncIterator[None]:
    """Run a handler's body; an error ends it and is stored in ``outcome``."""
    observability.bind(event_id=secrets.token_hex(6), handler=function.__qualname__)
    try:
        yield
    except SignInRequiredError:
        outcome.append(rx.redirect(routes.login(_here(state))))
    except AskChopperError as error:
        outcome.append(toast_error(error.sentence))
    except Exception:
        reference = secrets.token_hex(4).upper()
        log.exception("event.failed", reference=reference)
        outcome.append(toast_error(f"Something went wrong on our side. Reference {reference}."))
    finally:
        if outcome:
            for name in state.vars:
                if name.startswith("is_busy"):
                    setattr(state, name, False)
        observability.unbind()


def toast_error(sentence: str) -> rx.event.EventSpec:
    """Show an error toast that stays until dismissed."""
    return rx.toast.error(sentence, duration=1_000_000, close_button=True)


def _here(state: rx.State) -> str:
    url = state.router.url
    path = f"{url.path}?{url.query}" if url.query else url.path
    return path if routes.is_local_path(path) else routes.HOME
