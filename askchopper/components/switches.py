"""A switch that updates optimistically, before the server has answered."""

from typing import Any

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


def switch_list(rows: rx.Var[list[dict[str, Any]]], on_switch: Any) -> rx.Component:
    """Render a labelled switch for each row with ``id``, ``label`` and ``is_on``; the handler receives the id and the new value."""
    return rx.foreach(
        rows,
        lambda row: rx.el.label(
            Switch.create(
                is_on=row["is_on"].to(bool),
                label=row["label"].to(str),
                on_switch=lambda is_on: on_switch(row["id"].to(str), is_on),
            ),
            rx.el.span(row["label"]),
            key=row["id"].to(str),
            class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
        ),
    )
