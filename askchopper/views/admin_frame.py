"""Page frame for administrators and moderators; for everyone else, the page does not exist."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, feedback, theme
from askchopper.views.shell import frame


def missing() -> rx.Component:
    """Render the "page not found" message."""
    back = buttons.link_button("Browse packs", href=routes.BROWSE)
    return feedback.failure("Page not found", "The page may have moved, or the address is mistyped.", back)


def admin_page(
    title: str,
    *content: rx.Component,
    is_missing: rx.Var[bool],
    is_loaded: rx.Var[bool],
    actions: tuple[rx.Component, ...] = (),
) -> rx.Component:
    """Render a page of administrators: heading with actions, then its content once it is loaded."""
    return frame(
        rx.el.div(
            rx.cond(
                is_missing,
                missing(),
                rx.fragment(
                    rx.el.div(
                        rx.el.h1(title, class_name=theme.TITLE_1),
                        rx.el.div(*actions, class_name="flex gap-2 shrink-0"),
                        class_name="flex items-center justify-between gap-4 mb-5",
                    ),
                    rx.cond(is_loaded, rx.fragment(*content), rx.el.div(*feedback.row_skeletons(6), aria_busy="true")),
                ),
            ),
            class_name=f"{theme.PAGE} pt-8 !max-w-[960px]",
        ),
    )  # fmt: skip


def paged_list(
    rows: rx.Var[list[dict[str, str]]],
    line: Any,
    *,
    label: str,
    empty: str,
    next_cursor: rx.Var[str] | None = None,
    load_more: Any = None,
) -> rx.Component:
    """Render a list with a button for its next page."""
    more = rx.fragment()
    if next_cursor is not None:
        more = rx.cond(
            next_cursor != "", buttons.button("Show more", on_click=load_more, class_name="mt-4"), rx.fragment()
        )
    return rx.cond(
        rows,
        rx.fragment(rx.el.ul(rx.foreach(rows, line), aria_label=label, class_name="border-t border-line"), more),
        rx.el.p(empty, class_name="text-text-2 py-4"),
    )  # fmt: skip
