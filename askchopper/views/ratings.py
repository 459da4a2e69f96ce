"""The ratings on a pack's page: average, distribution, the viewer's rating, and reviews."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, forms, theme
from askchopper.components.client import Go
from askchopper.components.community import TOOL, stars
from askchopper.components.plurals import noun
from askchopper.schemas.view_models.community import ReviewRow
from askchopper.states.catalogue import PackState
from askchopper.states.ratings import RatingsState
from askchopper.states.reports import BlocksState, ReportState
from askchopper.states.session import SessionState

_TEXT = f"{theme.FIELD} py-2.5 leading-[22px]"


def ratings() -> rx.Component:
    """Render the ratings in ``RatingsState``."""
    return rx.el.section(
        rx.el.h2("Ratings", class_name=f"{theme.TITLE_2} flex items-center min-h-[44px] mb-4"),
        _summary(),
        rx.cond(PackState.is_own, rx.fragment(), _own()),
        rx.cond(
            RatingsState.items,
            rx.el.ul(rx.foreach(RatingsState.items, _review), aria_label="Reviews", class_name="mt-6 border-t border-line max-w-[760px]"),
            rx.fragment(),
        ),
        rx.cond(RatingsState.next_cursor != "", buttons.button("Show more reviews", on_click=RatingsState.load_more, class_name="mt-4"), rx.fragment()),
        id="reviews",
        class_name="min-w-0",
    )  # fmt: skip


def _summary() -> rx.Component:
    return rx.cond(
        RatingsState.count == 0,
        rx.el.p("No ratings yet.", class_name="text-text-2"),
        rx.el.div(
            rx.el.p(
                rx.cond(
                    RatingsState.average != "",
                    rx.fragment(rx.el.span(RatingsState.average, class_name="fact-lg"), rx.el.span(" of 5", class_name="text-text-2")),
                    rx.el.span(f"The average appears after {policy.MIN_VOTES} ratings.", class_name="text-text-2"),
                ),
                rx.el.span(RatingsState.count, noun(RatingsState.count, "rating"), class_name=f"{theme.SMALL} text-text-2 block mt-1"),
            ),
            rx.el.ul(
                rx.foreach(
                    RatingsState.shares,
                    lambda share: rx.el.li(
                        rx.el.span(share["stars"], " stars: ", share["votes"], class_name="sr-only"),
                        rx.el.span(share["stars"], class_name="fact w-3 text-right", aria_hidden="true"),
                        rx.el.span(
                            rx.el.span(class_name="block h-full bg-amber rounded-full", style={"width": share["width"]}),
                            class_name="flex-1 h-[6px] rounded-full bg-surface-3 overflow-hidden", aria_hidden="true",
                        ),
                        rx.el.span(share["votes"], class_name="fact w-6 text-right", aria_hidden="true"),
                        key=share["stars"],
                        class_name="flex items-center gap-2",
                    ),
                ),
                class_name="grid gap-1.5 w-full max-w-[280px]",
            ),
            class_name="flex flex-wrap gap-x-10 gap-y-4",
        ),
    )  # fmt: skip


def _own() -> rx.Component:
    """Render the viewer's rating form, or the reason why they cannot rate."""
    return rx.cond(
        SessionState.is_signed_in,
        rx.cond(
            RatingsState.refusal != "",
            rx.el.p(RatingsState.refusal, class_name="text-text-2 mt-4"),
            rx.el.form(
                rx.el.fieldset(
                    rx.el.legend("Your rating", class_name=f"{theme.LABEL} mb-1"),
                    *(_star(number) for number in range(1, 6)),
                    custom_attrs={"role": "radiogroup"},
                    aria_label="Your rating",
                    class_name="star-choice",
                ),
                forms.field(
                    "Review",
                    rx.el.textarea(id="review", name="review", dir="auto", rows="2", max_length=policy.MAX_REVIEW_CHARACTERS, default_value=RatingsState.own_text, class_name=_TEXT),
                    for_id="review",
                    hint="Optional. What did you use it for?",
                ),
                rx.el.div(
                    buttons.button(rx.cond(RatingsState.own_stars > 0, "Change rating", "Rate it"), type="submit"),
                    rx.cond(RatingsState.own_stars > 0, buttons.button("Delete rating", kind="quiet", on_click=RatingsState.withdraw), rx.fragment()),
                    class_name="flex flex-wrap gap-2",
                ),
                key=f"own-{RatingsState.own_stars}-{RatingsState.own_text}",
                on_submit=RatingsState.rate,
                class_name="grid gap-3 mt-5 max-w-[480px]",
            ),
        ),
        rx.el.p(
            rx.el.a("Sign in", href=routes.LOGIN, class_name="font-semibold text-text-1 underline underline-offset-4"), " to rate it.",
            class_name="text-text-2 mt-4",
        ),
    )  # fmt: skip


def _star(number: int) -> rx.Component:
    """Render a radio button as a star; CSS also fills the stars before the selected one."""
    words = "1 star" if number == 1 else f"{number} stars"
    return rx.el.label(
        rx.el.input(type="radio", name="stars", value=str(number), default_checked=RatingsState.own_stars == number, required=True, aria_label=words, class_name="absolute inset-0 !size-full opacity-0"),
        rx.icon("star", size=24, stroke_width=1.5, aria_hidden="true"),
        title=words,
    )  # fmt: skip


def _review(row: rx.Var[ReviewRow]) -> rx.Component:
    return rx.el.li(
        rx.el.article(
            rx.el.p(
                stars(row.stars),
                rx.cond(row.href != "", Go.create(row.name, to=row.href, class_name="font-semibold hover:underline underline-offset-2"), rx.el.span(row.name, class_name="font-semibold")),
                rx.el.span(row.basis, " · ", row.when, class_name=f"{theme.SMALL} text-text-3"),
                class_name="flex flex-wrap items-center gap-x-3 gap-y-1",
            ),
            rx.el.p(row.text, dir="auto", class_name=f"{theme.BODY} whitespace-pre-line break-words mt-1"),
            rx.cond(row.is_hidden, rx.el.p("Hidden until a moderator reviews it.", class_name=f"{theme.SMALL} text-warn mt-1"), rx.fragment()),
            rx.cond(
                row.answer != "",
                rx.el.div(
                    rx.el.p("The creator replied", class_name=f"{theme.LABEL} text-text-2"),
                    rx.el.p(row.answer, dir="auto", class_name=f"{theme.BODY} whitespace-pre-line break-words"),
                    class_name="border-l border-line pl-4 mt-2",
                ),
                rx.fragment(),
            ),
            rx.cond(SessionState.is_signed_in & ~row.is_own, _tools(row), rx.fragment()),
            rx.cond(RatingsState.answering == row.id, _answer_form(row), rx.fragment()),
            aria_label=rx.Var.create("Review by ") + row.name,
            class_name="py-4",
        ),
        key=row.id,
        class_name="border-b border-line",
    )  # fmt: skip


def _tools(row: rx.Var[ReviewRow]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            PackState.is_own,
            rx.el.button(rx.cond(row.answer != "", "Change reply", "Reply"), type="button", on_click=RatingsState.answer(row.id), class_name=TOOL),
            rx.fragment(),
        ),
        rx.el.button("Report", type="button", on_click=ReportState.open("review", row.id, rx.Var.create("Review by ") + row.name), class_name=TOOL),
        rx.el.button("Block", type="button", aria_label=rx.Var.create("Block ") + row.name, on_click=BlocksState.block(row.author_id, row.name), class_name=TOOL),
        class_name="flex gap-5 mt-1",
    )  # fmt: skip


def _answer_form(row: rx.Var[ReviewRow]) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="id", value=row.id),
        rx.el.textarea(name="text", dir="auto", rows="2", auto_focus=True, default_value=row.answer, max_length=policy.MAX_REVIEW_CHARACTERS, aria_label="Reply", class_name=_TEXT),
        rx.el.div(
            buttons.button("Save reply", type="submit"),
            buttons.button("Cancel", kind="quiet", on_click=RatingsState.answer(row.id)),
            class_name="flex gap-2",
        ),
        on_submit=RatingsState.save_answer,
        class_name="grid gap-2 mt-2",
    )  # fmt: skip
