"""A switch that updates optimistically, before the server has answered."""

import reflex as rx
from reflex.components.component import Component

from askchopper.components.client import CONTROLS


def _is_on(is_on: rx.Var[bool]) -> tuple[rx.Var[bool]]:
    return (is_on,)


class Switch(Component):
    """A switch whose state is stored on the server."""

    library = CONTROLS
    tag = "Switch"
    is_on: rx.Var[bool]
    label: rx.Var[str]
    on_switch: rx.EventHandler[_is_on]
