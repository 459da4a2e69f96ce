"""Dialogs of a collection: the owner's settings, and buying missing items."""

from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, forms, theme
from askchopper.components.client import CopyButton, Dialog
from askchopper.components.plurals import noun
from askchopper.states.collections import CollectionOwnerState, CollectionPurchaseState, CollectionState

SETTINGS_DIALOG = "collection-settings"


def visibility_field(default: Any) -> rx.Component:
    """Render the select of a collection's visibility."""
    choices = (
        ("public", "Public", "Anyone can find it."),
        ("unlisted", "Unlisted", "Anyone with the link can see it."),
        ("private", "Private", "Only you and your collaborators can see it."),
    )
    return rx.el.fieldset(
        rx.el.legend("Who can see it", class_name=f"{theme.LABEL} mb-1"),
        *(
            rx.el.label(
                rx.el.input(type="radio", name="visibility", value=value, default_checked=default == value, class_name="mt-0.5"),
                rx.el.span(
                    rx.el.span(label, class_name="font-semibold block"),
                    rx.el.span(sentence, class_name=f"{theme.SMALL} text-text-2 block"),
                ),
                class_name="grid grid-cols-[auto_1fr] gap-3 py-2 min-h-[44px] cursor-pointer",
            )
            for value, label, sentence in choices
        ),
    )  # fmt: skip


def settings_dialog() -> rx.Component:
    """Render the owner's settings: title, visibility, collaborators, deletion."""
    card = CollectionState.card
    return rx.cond(
        card,
        rx.cond(
            card.is_own,
            Dialog.create(
                rx.el.div(
                    rx.el.form(
                        rx.el.h2("Edit collection", class_name=theme.TITLE_2),
                        forms.text_field("Title", "title", id="collection-title", required=True, default_value=card.title, max_length=policy.MAX_COLLECTION_TITLE_CHARACTERS),
                        forms.text_field("Description", "description", id="collection-description", default_value=CollectionState.description, max_length=policy.MAX_COLLECTION_TEXT_CHARACTERS),
                        visibility_field(card.visibility.lower()),
                        buttons.button("Save", kind="primary", type="submit", class_name="justify-self-start"),
                        on_submit=CollectionOwnerState.save,
                        key=card.title + card.visibility,
                        class_name="grid gap-5",
                    ),
                    _sharing(),
                    rx.el.div(
                        buttons.button("Delete collection", kind="danger", on_click=CollectionOwnerState.delete),
                        buttons.button("Close", kind="quiet", custom_attrs={"data-dismiss": ""}),
                        class_name="flex flex-wrap gap-3 justify-between border-t border-line pt-4",
                    ),
                    class_name="p-6 grid gap-6",
                ),
                id=SETTINGS_DIALOG,
                label="Edit collection",
                class_name=f"{theme.FLOATING} rounded-sheet w-[480px]",
            ),
            rx.fragment(),
        ),
        rx.fragment(),
    )  # fmt: skip


def _sharing() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Collaborators", class_name=theme.TITLE_3),
        rx.el.p("Members who open this link can add, order and remove items.", class_name=f"{theme.SMALL} text-text-2 mb-3"),
        rx.cond(
            CollectionState.facts["invitation"] != "",
            rx.el.div(
                rx.el.input(value=CollectionState.facts["invitation"], read_only=True, type="url", aria_label="Invitation link", class_name=theme.FIELD),
                rx.el.div(
                    CopyButton.create("Copy link", text=CollectionState.facts["invitation"], class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}"),
                    buttons.button("Withdraw link", kind="quiet", on_click=CollectionOwnerState.withdraw_invitation),
                    class_name="flex flex-wrap gap-2",
                ),
                class_name="grid gap-2",
            ),
            buttons.button("Make invitation link", on_click=CollectionOwnerState.invite),
        ),
        rx.el.ul(
            rx.foreach(
                CollectionState.collaborators,
                lambda one: rx.el.li(
                    rx.el.span(one["name"], dir="auto", class_name="truncate"),
                    buttons.button("Remove", kind="quiet", on_click=CollectionOwnerState.remove_collaborator(one["id"])),
                    key=one["id"],
                    class_name="flex items-center justify-between gap-3 min-h-[44px]",
                ),
            ),
            class_name="mt-2",
        ),
    )  # fmt: skip


def purchase_dialog() -> rx.Component:
    """Render the dialog that buys all missing items at one price."""
    state = CollectionPurchaseState
    confirm = rx.fragment(
        rx.el.p(state.count.to_string(), noun(state.count, "item"), ", each with its standard licence.", class_name="text-text-2"),
        rx.cond(
            state.after != "",
            rx.el.p("Balance after: ", rx.el.span(state.after, class_name="fact text-text-1"), noun(state.after, "token"), class_name="text-text-2"),
            rx.el.p("You need ", state.missing_tokens, noun(state.missing_tokens, "more token"), ".", class_name="text-warn"),
        ),
        rx.cond(state.problem != "", rx.el.p(state.problem, role="alert", class_name="text-bad"), rx.fragment()),
        rx.el.div(
            rx.cond(
                state.after != "",
                buttons.button(
                    "Buy for ", state.price.to_string(), noun(state.price, "token"), kind="primary", is_busy=state.is_busy_buying, on_click=state.buy(state.attempt)
                ),
                buttons.link_button("Get tokens", href=routes.WALLET, kind="primary"),
            ),
            buttons.button("Cancel", kind="quiet", on_click=state.close),
            class_name="flex flex-wrap gap-3",
        ),
    )  # fmt: skip
    done = rx.fragment(
        rx.el.p("Everything in this collection is in your library now.", role="status"),
        rx.el.div(
            buttons.link_button("Go to library", href=routes.LIBRARY, kind="primary"),
            buttons.button("Close", kind="quiet", on_click=state.close),
            class_name="flex flex-wrap gap-3",
        ),
    )
    return Dialog.create(
        rx.el.div(
            rx.el.h2("Buy the rest", class_name=theme.TITLE_2),
            rx.cond(state.is_done, done, confirm),
            class_name="p-6 grid gap-4",
        ),
        is_open=state.is_open,
        on_dismiss=state.close,
        label="Buy the rest",
        class_name=f"{theme.FLOATING} rounded-sheet w-[440px]",
    )
