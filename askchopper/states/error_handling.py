"""Validates the arguments of event handlers, and converts exceptions to toasts, redirects, or an error reference.

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
from pydantic import ConfigDict, TypeAdapter, ValidationError
from reflex_components_sonner.toast import ToastAction

from askchopper import observability, routes
from askchopper.errors import AskChopperError, InvalidInputError, SignInRequiredError
from askchopper.observability import log
from askchopper.states import identity


class Access(StrEnum):
    """Who may call a handler; services authorise access to objects."""

    OPEN = "open"  # changes only what is on the page; no viewer look-up
    PUBLIC = "public"
    MEMBER = "member"


NOT_UNDERSTOOD = "That request couldn't be read. Reload the page and try again."
_LAX = ConfigDict(coerce_numbers_to_str=True)  # a number field sends numbers
_event_errors = observability.Allowance()
Handler = TypeVar("Handler", bound=Callable[..., Any])


def handler(access: Access) -> Callable[[Handler], Handler]:
    """Decorate an async event handler or generator: identify the viewer, check access, convert errors."""

    def decorate(function: Handler) -> Handler:
        wrapped = _stream(function, access) if inspect.isasyncgenfunction(function) else _call(function, access)
        wrapped.__access__ = access  # type: ignore[attr-defined]
        return cast("Handler", wrapped)

    return decorate


def _call(function: Callable[..., Awaitable[Any]], access: Access) -> Callable[..., Any]:
    checked = _argument_check(function)

    @functools.wraps(function)
    async def call(self: rx.State, *args: Any, **kwargs: Any) -> Any:
        outcome: list[Any] = []
        async with _translated(self, function, outcome):
            await _admit(self, access)
            return await function(self, *checked(args, kwargs))
        return outcome or None

    return call


def _stream(function: Callable[..., AsyncIterator[Any]], access: Access) -> Callable[..., Any]:
    checked = _argument_check(function)

    @functools.wraps(function)
    async def stream(self: rx.State, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        outcome: list[Any] = []
        async with _translated(self, function, outcome):
            await _admit(self, access)
            async for step in function(self, *checked(args, kwargs)):
                yield step
        for event in outcome:
            yield event

    return stream


def _argument_check(function: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], tuple[Any, ...]]:
    """Return a function that validates a handler's arguments against its annotations, since browsers send them."""
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    adapters = [TypeAdapter(p.annotation, config=_LAX) for p in parameters]
    required = sum(p.default is inspect.Parameter.empty for p in parameters)

    def check(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        named = tuple(kwargs.pop(p.name) for p in parameters[len(args) :] if p.name in kwargs)
        given = args + named
        if kwargs or not required <= len(given) <= len(parameters):
            raise InvalidInputError(NOT_UNDERSTOOD)
        try:
            return tuple(adapter.validate_python(value) for adapter, value in zip(adapters, given, strict=False))
        except ValidationError as error:
            raise InvalidInputError(NOT_UNDERSTOOD) from error

    return check


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
    """Run a handler's body; convert an exception to an event in ``outcome``, and reset the state's ``is_busy`` vars."""
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
        outcome.append(_toast_failure(reference))
    finally:
        if outcome:
            for name in state.vars:
                if name.startswith("is_busy"):
                    setattr(state, name, False)
        observability.unbind()


def report_event_error(exception: Exception) -> rx.event.EventSpec:
    """Log an event that reached no handler, since it is unknown or has invalid arguments; return an error toast. Logging is rate-limited."""
    dropped = _event_errors.take()
    if dropped is not None:
        log.warning("event.rejected", error=type(exception).__name__, dropped_before=dropped)
    return toast_error(NOT_UNDERSTOOD)


def toast_error(sentence: str) -> rx.event.EventSpec:
    """Return the event that shows an error toast, which stays until dismissed."""
    return rx.toast.error(sentence, duration=1_000_000, close_button=True)


def _toast_failure(reference: str) -> rx.event.EventSpec:
    """Return the event that shows a toast for a server error, with a button to send feedback."""
    return rx.toast.error(
        f"Something went wrong on our side. Reference {reference}.",
        duration=1_000_000,
        close_button=True,
        action=ToastAction(label="Tell us what happened", on_click=FeedbackState.open(reference)),
    )


def _here(state: rx.State) -> str:
    url = state.router.url
    path = f"{url.path}?{url.query}" if url.query else url.path
    return path if routes.is_local_path(path) else routes.HOME


class FeedbackState(rx.State):
    """The feedback dialog after an error. Its form posts to an API route, so that it works without the websocket."""

    is_open: bool = False
    reference: str = ""

    @rx.event
    @handler(Access.OPEN)
    async def open(self, reference: str) -> None:
        self.is_open, self.reference = True, str(reference)[:40]

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.is_open = False
