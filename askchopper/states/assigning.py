"""Assigns state vars without resending unchanged values to the browser."""

from typing import Any

import reflex as rx


def assign(state: rx.State, **values: Any) -> None:
    """Set only vars whose value changes. Reflex sends a var at every assignment, which re-renders all components that use it."""
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)
