"""Taste page: the member's taste profile, the data behind it, and corrections."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, feedback, theme
from askchopper.components.client import Dialog
from askchopper.components.taste import TasteImport, who_read
from askchopper.states.taste import TasteState
from askchopper.views.shell import frame
from askchopper.views.taste import figures

_DIALOG = "taste-reset"


def taste() -> rx.Component:
    return frame(
        rx.el.div(
            _top(),
            rx.cond(
                TasteState.is_loaded,
                rx.fragment(
                    _undo(),
                    rx.cond(TasteState.is_known, figures(TasteState, TasteState.correct), _empty()),
                    who_read(TasteState.looked),
                ),
                _loading(),
            ),
            class_name=f"{theme.PAGE} pt-8 max-w-[1120px]",
        ),
        _reset_dialog(),
        active=routes.SETTINGS,
    )


def _top() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h1("Your taste", class_name=theme.TITLE_1),
            rx.el.p(
                "What you like, based on what you play, download and buy. It selects the packs under For you and affects search order."
                " Activity from ",
                rx.el.span(TasteState.facts["half_life"]),
                " days ago counts half. Your taste is private. An administrator can open it only by giving a reason, which you will see here.",
                class_name=f"{theme.BODY} text-text-2 max-w-prose mt-1",
            ),
            class_name="min-w-0",
        ),
        rx.el.div(
            buttons.button("Export", on_click=rx.call_script(f"location.assign('{routes.TASTE_EXPORT}')")),
            TasteImport.create(
                label="Import",
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
                primary_class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['primary']}",
                quiet_class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['quiet']}",
                on_stored=TasteState.finish_import,
            ),
            buttons.button("Reset", kind="danger", on_click=rx.call_script(f"document.getElementById('{_DIALOG}').showModal()")),
            class_name="flex flex-wrap gap-3 shrink-0",
        ),
        class_name="flex flex-col lg:flex-row gap-5 lg:gap-12 justify-between lg:items-start mb-8",
    )  # fmt: skip


def _undo() -> rx.Component:
    return rx.cond(
        TasteState.can_undo,
        rx.el.div(
            rx.el.p(f"Your earlier taste can be restored for {policy.TASTE_UNDO_MINUTES} minutes.", class_name="mr-auto"),
            buttons.button("Undo", on_click=TasteState.undo),
            role="status",
            class_name="flex flex-wrap items-center gap-3 rounded-ctl bg-surface-2 px-4 py-2 mb-8",
        ),
        rx.fragment(),
    )  # fmt: skip


def _empty() -> rx.Component:
    return feedback.empty(
        "Nothing yet. Play a few sounds, and this page draws what you like.",
        buttons.link_button("Browse sounds", href=routes.browse(view="list"), kind="primary"),
    )


def _loading() -> rx.Component:
    return rx.el.div(
        feedback.skeleton("h-[24px] w-[120px] mb-4"),
        feedback.skeleton("h-[160px] w-full mb-12"),
        rx.el.div(*feedback.row_skeletons(4)),
        aria_busy="true",
    )


def _reset_dialog() -> rx.Component:
    return Dialog.create(
        rx.el.div(
            rx.el.h2("Reset your taste?", class_name=theme.TITLE_2),
            rx.el.p(
                "Everything that was computed, your corrections and the packs that you dismissed are forgotten."
                f" You can undo this for {policy.TASTE_UNDO_MINUTES} minutes.",
                class_name="text-text-2",
            ),
            rx.el.div(
                buttons.button(
                    "Reset my taste", kind="danger-filled",
                    on_click=[rx.call_script(f"document.getElementById('{_DIALOG}').close()"), TasteState.reset_taste],
                ),
                buttons.button("Cancel", kind="quiet", on_click=rx.call_script(f"document.getElementById('{_DIALOG}').close()")),
                class_name="flex flex-wrap gap-3",
            ),
            class_name="p-6 grid gap-4",
        ),
        id=_DIALOG,
        label="Reset your taste",
        class_name=f"{theme.FLOATING} rounded-sheet w-[420px]",
    )  # fmt: skip
