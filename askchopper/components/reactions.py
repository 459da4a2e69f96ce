"""Likes, follows and collections: client components, and mosaic covers."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from askchopper.components import brand, client, theme


class LikeButton(Component):
    """The like button of a sound or pack. It updates at once and sends the request itself; ``count`` shows the number of likes."""

    library = "$/public/src/community/like_button.jsx"
    tag = "LikeButton"
    track: rx.Var[Any]
    size: rx.Var[int]
    count: rx.Var[str]


LIKED = "aria-pressed:text-text-1"
_CARD_ACTION = (
    "absolute top-2 size-[44px] md:size-[36px] rounded-full bg-base/[.88] text-text-2 hover:text-text-1 grid"
    " place-items-center cursor-pointer transition-opacity duration-[140ms] hover-only opacity-0 group-hover:opacity-100"
    " group-focus-within:opacity-100"
)
CARD_LIKE = f"{_CARD_ACTION} right-2 aria-pressed:opacity-100 {LIKED}"
CARD_COLLECT = f"{_CARD_ACTION} right-[60px] md:right-[52px] max-sm:!hidden"
LIKE_WITH_COUNT = (
    f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} {LIKED} after:content-[attr(data-count)] after:font-mono"
    " after:text-[12px] after:font-medium"
)


class CollectButton(Component):
    """Opens the dialog that adds a sound or pack to a collection."""

    library = "$/public/src/community/collect_button.jsx"
    tag = "CollectButton"
    track: rx.Var[Any]
    size: rx.Var[int]


class CollectDialog(Component):
    """The dialog of ``CollectButton``, shared by the whole site."""

    library = "$/public/src/community/collect_dialog.jsx"
    tag = "CollectDialog"
    field_class_name: rx.Var[str]
    button_class_name: rx.Var[str]


def _entry_and_place(entry: rx.Var[str], place: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[int]]:
    return entry, place


class ReorderHandle(Component):
    """Moves a list entry by drag or arrow keys; list elements have ``data-position``."""

    library = "$/public/src/community/reorder.jsx"
    tag = "ReorderHandle"
    title: rx.Var[str]
    position: rx.Var[int]
    count: rx.Var[int]
    on_move: rx.EventHandler[_entry_and_place]


def collect_dialog() -> rx.Component:
    """Render the collection dialog."""
    return CollectDialog.create(
        field_class_name=theme.FIELD, button_class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}"
    )


def mosaic(covers: rx.Var[list[str]], *, class_name: str) -> rx.Component:
    """Render four covers of a collection's packs as one image; the first one if there are fewer, or the logo if there are none."""
    one, first = "size-full object-cover bg-surface-2", covers.to(list)[0].to(str)
    return rx.el.div(
        rx.cond(
            covers.length() >= 4,
            rx.el.div(
                rx.foreach(covers, lambda key: rx.el.img(src=f"/media/covers/{key}/320.webp", alt="", loading="lazy", class_name=one, key=key)),
                class_name="grid grid-cols-2 size-full",
            ),
            rx.cond(
                covers,
                rx.el.img(src=f"/media/covers/{first}/640.webp", alt="", loading="lazy", class_name=one),
                rx.el.span(brand.logo(56), class_name="grid place-items-center size-full bg-surface-2 text-wave-idle"),
            ),
        ),
        class_name=f"aspect-square overflow-hidden rounded-cover {class_name}",
        aria_hidden="true",
    )  # fmt: skip


class FollowButton(Component):
    """Follows the object whose API path is ``path``, such as ``creators/velvet``; updates at once."""

    library = "$/public/src/community/follow_button.jsx"
    tag = "FollowButton"
    path: rx.Var[str]
    name: rx.Var[str]
    is_following: rx.Var[bool]


class Ticker(Component):
    """Calls ``on_tick`` immediately, every ``seconds`` while the tab is visible, and when it becomes visible."""

    library = "$/public/src/community/ticker.jsx"
    tag = "Ticker"
    seconds: rx.Var[int]
    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


FOLLOW = f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} aria-pressed:bg-surface-3"


class BannerField(Component):
    """A button that uploads the banner of the member's creator page."""

    library = client.STUDIO
    tag = "BannerField"
    label: rx.Var[str]
    on_stored: rx.EventHandler[rx.event.no_args_event_spec]
