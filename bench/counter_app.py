"""The peers of the events benchmark: the smallest app with a server event, and the smallest page whose address makes one.

Copied into a blank app, not imported.
"""

import reflex as rx


class State(rx.State):
    """A number, and the one that the address names."""

    count: int = 0
    shown: str = ""

    @rx.event
    async def add(self) -> None:
        """Count one more."""
        self.count += 1

    @rx.event
    async def show(self) -> None:
        """Read the address."""
        self.shown = self.router.url.query_parameters.get("n", "")


def index() -> rx.Component:
    """Show the number on a button."""
    return rx.el.button(State.count, on_click=State.add, id="count")


def shelf() -> rx.Component:
    """Show what the address names, between two links that change it."""
    return rx.el.div(
        rx.el.h1(State.shown),
        rx.el.a("one", href="/shelf?n=one", id="one"),
        rx.el.a("two", href="/shelf?n=two", id="two"),
    )


app = rx.App()
app.add_page(index)
app.add_page(shelf, route="/shelf", on_load=State.show)
