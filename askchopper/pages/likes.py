"""Likes page: sounds and packs that the member likes, and packs similar to the latest one."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, shelves, theme
from askchopper.components.client import FilterLink
from askchopper.states.likes import LikesState
from askchopper.views.shell import frame


def likes() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Likes", class_name=theme.TITLE_1),
            rx.cond(
                LikesState.is_loaded,
                rx.fragment(_parts(), rx.cond(LikesState.is_of_packs, _packs(), _sounds())),
                rx.el.div(*feedback.row_skeletons(6), class_name="pt-[64px]", aria_busy="true"),
            ),
            rx.cond(
                LikesState.has_more,
                buttons.button("Load more", on_click=LikesState.load_more, class_name="mt-6"),
                rx.fragment(),
            ),
            _alike(),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.LIKES,
    )


def _parts() -> rx.Component:
    return rx.el.div(
        _part("", "Sounds"),
        _part("packs", "Packs"),
        role="group",
        aria_label="Show",
        class_name="flex gap-2 mt-4 mb-3",
    )


def _part(value: str, label: str) -> rx.Component:
    return FilterLink.create(
        rx.el.span(label), name="show", value=value, is_fallback=not value, on_class_name=theme.CHIP_ON, class_name=theme.CHIP
    )  # fmt: skip


def _sounds() -> rx.Component:
    return rx.cond(
        LikesState.rows,
        rx.el.div(
            catalogue.row_heads(),
            rx.el.ul(
                rx.foreach(LikesState.rows, lambda row: rx.el.li(catalogue.sound_row(row), key=row.sound.id)),
                aria_label="Liked sounds",
                custom_attrs={"data-queue": ""},
            ),
            class_name="@container",
        ),
        feedback.empty(
            "No sounds yet. Press the heart on a sound, or F while it plays, to keep it here.",
            buttons.link_button("Browse sounds", href=routes.browse(view="list"), kind="primary"),
        ),
    )


def _packs() -> rx.Component:
    return rx.cond(
        LikesState.cards,
        catalogue.card_grid(LikesState.cards),
        feedback.empty(
            "No packs yet. Press the heart on a pack to keep it here.",
            buttons.link_button("Browse packs", href=routes.browse(view="grid"), kind="primary"),
        ),
    )


def _alike() -> rx.Component:
    return rx.cond(
        LikesState.alike,
        rx.el.section(
            rx.el.h2("Because you liked ", LikesState.because, class_name=f"{theme.TITLE_2} mb-4"),
            catalogue.card_grid(LikesState.alike, class_name=shelves.FIVE),
            aria_label="Because you liked",
            class_name="pt-14",
        ),
        rx.fragment(),
    )
