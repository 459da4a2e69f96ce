"""Collections page: own, shared and public collections."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, feedback, forms, theme
from askchopper.components.client import Dialog
from askchopper.components.collection_cards import collection_grid
from askchopper.schemas.view_models.collections import CollectionCard
from askchopper.states.collections import CollectionsState
from askchopper.states.session import SessionState
from askchopper.views.collection_dialogs import visibility_field
from askchopper.views.shell import frame

_DIALOG = "new-collection"


def collections() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Collections", class_name=theme.TITLE_1),
                rx.cond(SessionState.is_signed_in, _new_button("primary"), rx.fragment()),
                class_name="flex flex-wrap gap-4 justify-between items-center",
            ),
            rx.cond(CollectionsState.is_loaded, _loaded(), rx.el.div(*feedback.card_skeletons(5), class_name="grid grid-cols-2 md:grid-cols-5 gap-5 pt-8", aria_busy="true")),
            class_name=f"{theme.PAGE} pt-8",
        ),
        _dialog(),
        active=routes.COLLECTIONS,
    )  # fmt: skip


def _loaded() -> rx.Component:
    return rx.fragment(
        rx.cond(
            CollectionsState.has_any,
            rx.fragment(
                _section("Yours", CollectionsState.own),
                _section("Shared with you", CollectionsState.shared),
            ),
            rx.cond(
                SessionState.is_signed_in,
                feedback.empty(
                    "You have no collections yet. A collection keeps sounds and packs together: for a track, for a mood, to share.",
                    _new_button("secondary"),
                ),
                rx.fragment(),
            ),
        ),
        _section("From the community", CollectionsState.public),
    )


def _section(title: str, cards: rx.Var[list[CollectionCard]]) -> rx.Component:
    return rx.cond(
        cards,
        rx.el.section(
            rx.el.h2(title, class_name=f"{theme.TITLE_2} mt-10 mb-4"), collection_grid(cards), aria_label=title
        ),
        rx.fragment(),
    )


def _new_button(kind: buttons.Kind) -> rx.Component:
    return buttons.button(
        "New collection", kind=kind, on_click=rx.call_script(f"document.getElementById('{_DIALOG}').showModal()")
    )


def _dialog() -> rx.Component:
    return Dialog.create(
        rx.el.form(
            rx.el.h2("New collection", class_name=theme.TITLE_2),
            forms.text_field("Title", "title", required=True, max_length=policy.MAX_COLLECTION_TITLE_CHARACTERS),
            visibility_field("private"),
            rx.el.div(
                buttons.button("Create collection", kind="primary", type="submit"),
                buttons.button("Cancel", kind="quiet", custom_attrs={"data-dismiss": ""}),
                class_name="flex flex-wrap gap-3",
            ),
            on_submit=CollectionsState.create,
            class_name="p-6 grid gap-5",
        ),
        id=_DIALOG,
        label="New collection",
        class_name=f"{theme.FLOATING} rounded-sheet w-[440px]",
    )
