"""Nouns after a number that only the browser knows."""

import reflex as rx


def noun(count: rx.Var | str, one: str, many: str = "") -> rx.Var:
    """Return a noun with a leading space, in the singular or plural of a number or of a formatted one."""
    words = rx.Var.create(count).to_string(use_json=False)
    return rx.cond(words == "1", f" {one}", f" {many or one + 's'}")
