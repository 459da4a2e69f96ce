"""The peer of the events benchmark: the smallest app with a server event. Copied into a blank app, not imported."""

import reflex as rx


class State(rx.State):
    """A number."""

    count: int = 0

    @rx.event
    async def add(self) -> None:
        """Count one more."""
        self.count += 1


def index() -> rx.Component:
    """Show the number on a button."""
    return rx.el.button(State.count, on_click=State.add, id="count")


app = rx.App()
app.add_page(index)
