"""Assigns vars of a state without sending again what the browser has."""

from typing import Any

import reflex as rx


def assign(state: rx.State, **values: Any) -> None:
    """Set those vars whose value changes. Reflex sends a var at each assignment, and what shows it is rendered again."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)
