"""Peers of the events benchmark: the smallest app with a server event, and the smallest page with a load event.

Copied into a blank app, not imported.
"""

import reflex as rx


class State(rx.State):
    """A counter, and the number in the URL."""

    count: int = 0
    shown: str = ""

    @rx.event
    async def add(self) -> None:
        """Increment the counter."""
        self.count += 1

    @rx.event
    async def show(self) -> None:
        """Read the number from the URL."""
        self.shown = self.router.url.query_parameters.get("n", "")


def index() -> rx.Component:
    """Show the counter on a button."""
    return rx.el.button(State.count, on_click=State.add, id="count")


def shelf() -> rx.Component:
    """Show the number in the URL, between two links that change it."""
    return rx.el.div(
        rx.el.h1(State.shown),
        rx.el.a("one", href="/shelf?n=one", id="one"),
        rx.el.a("two", href="/shelf?n=two", id="two"),
    )


app = rx.App()
app.add_page(index)
app.add_page(shelf, route="/shelf", on_load=State.show)
