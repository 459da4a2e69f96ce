"""Undo: the message that offers it, and the latest items that can be restored."""

from typing import Any, TypeVar

import reflex as rx
from reflex_components_sonner.toast import ToastAction

UNDO_MILLISECONDS = 15_000
_MOST_RESTORABLE = 20
Item = TypeVar("Item")


def undo_toast(sentence: str, on_undo: Any) -> Any:
    """Return the event that shows a message with an Undo button.

    ``on_undo`` must name its item: several messages may be visible at once.
    """
    return rx.toast(sentence, action=ToastAction(label="Undo", on_click=on_undo), duration=UNDO_MILLISECONDS)


def with_restorable(restorable: dict[str, Item], key: str, item: Item) -> dict[str, Item]:
    """Return the restorable items with one more; only the latest are kept."""
    return dict([*restorable.items(), (key, item)][-_MOST_RESTORABLE:])
