"""Moderation decisions about a member's packs, comments and reviews, with the appeal form."""

import reflex as rx

from askchopper import policy
from askchopper.components import buttons, feedback, forms, theme
from askchopper.schemas.view_models.moderation import DecisionRow
from askchopper.states.decisions import DecisionsState
from askchopper.views.shell import frame

_SMALL = f"{theme.SMALL} text-text-2"


def decisions() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Decisions about your content", class_name=theme.TITLE_1),
            rx.el.p(
                f"You can appeal against a decision once, within {policy.APPEAL_DAYS} days. Another moderator decides about it.",
                class_name="text-text-2 mt-2 mb-5 max-w-[68ch]",
            ),
            rx.cond(
                DecisionsState.is_loaded,
                rx.cond(
                    DecisionsState.rows,
                    rx.el.ul(rx.foreach(DecisionsState.rows, _row), aria_label="Decisions", class_name="border-t border-line"),
                    feedback.empty("No decision went against you."),
                ),
                rx.el.div(*feedback.row_skeletons(3), aria_busy="true"),
            ),
            class_name=f"{theme.PAGE} pt-8 !max-w-[760px]",
        ),
    )  # fmt: skip


def _row(row: rx.Var[DecisionRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(row.title, dir="auto", class_name="font-semibold"),
                rx.el.p(row.facts, class_name=_SMALL),
                rx.cond(row.note != "", rx.el.p(row.note, dir="auto", class_name="mt-1 whitespace-pre-line break-words"), rx.fragment()),
                rx.cond(row.answer != "", rx.el.p("Answer: ", row.answer, dir="auto", class_name="mt-1 whitespace-pre-line break-words"), rx.fragment()),
                class_name="min-w-0",
            ),
            rx.cond(row.can_appeal, buttons.button("Appeal", aria_label=rx.Var.create("Appeal against ") + row.title, on_click=DecisionsState.open(row.id)), rx.fragment()),
            class_name="flex items-start justify-between gap-4",
        ),
        rx.cond(
            DecisionsState.open_id == row.id,
            rx.el.form(
                forms.field(
                    "Why is the decision wrong?",
                    rx.el.textarea(id="appeal-text", name="text", dir="auto", rows="4", required=True, min_length=5, max_length=policy.MAX_APPEAL_CHARACTERS, class_name=f"{theme.FIELD} py-2.5"),
                    for_id="appeal-text",
                ),
                buttons.button("Send appeal", kind="primary", type="submit", class_name="justify-self-start"),
                on_submit=DecisionsState.appeal,
                class_name="grid gap-3 mt-4",
            ),
            rx.fragment(),
        ),
        key=row.id,
        class_name="py-4 border-b border-line",
    )  # fmt: skip
