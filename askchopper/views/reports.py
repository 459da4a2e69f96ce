"""Reporting something, the moderators' list of reports, and the list of blocked members."""

from typing import Any

import reflex as rx

from askchopper import policy
from askchopper.components import buttons, forms, theme
from askchopper.components.client import Dialog
from askchopper.schemas.view_models.community import REASON_WORDS, ReportRow
from askchopper.schemas.view_models.rewards import HeldRow
from askchopper.states.reports import BlocksState, ReportsState, ReportState
from askchopper.states.rewards import HeldRewardsState


def report_dialog() -> rx.Component:
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Report", class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", class_name="-my-2 -mr-2", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center mb-2",
            ),
            rx.el.p(ReportState.title, dir="auto", class_name="text-text-2 mb-4 truncate"),
            rx.cond(
                ReportState.is_open,
                rx.el.form(
                    rx.el.fieldset(
                        rx.el.legend("What is wrong?", class_name=f"{theme.LABEL} text-text-2"),
                        *(
                            rx.el.label(
                                rx.el.input(type="radio", name="reason", value=reason.value, required=True), words,
                                class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
                            )
                            for reason, words in REASON_WORDS.items()
                        ),
                    ),
                    forms.field(
                        "Anything else?",
                        rx.el.textarea(id="report-text", name="text", dir="auto", rows="2", max_length=policy.MAX_REPORT_CHARACTERS, class_name=f"{theme.FIELD} py-2.5"),
                        for_id="report-text",
                    ),
                    buttons.button("Send report", kind="primary", type="submit"),
                    on_submit=ReportState.send,
                    class_name="grid gap-4",
                ),
                rx.fragment(),
            ),
            class_name="p-6",
        ),
        is_open=ReportState.is_open,
        on_dismiss=ReportState.close,
        label="Report",
        class_name=f"{theme.FLOATING} rounded-sheet w-[440px]",
    )  # fmt: skip


def reports() -> rx.Component:
    """Render what is reported, for moderators."""
    return rx.cond(
        ReportsState.is_moderator,
        rx.el.section(
            rx.el.h2("Reports", class_name=f"{theme.TITLE_2} mt-10 mb-2"),
            rx.cond(
                ReportsState.rows,
                rx.el.ul(
                    rx.foreach(ReportsState.rows, _report), aria_label="Reports", class_name="border-t border-line"
                ),
                rx.el.p("Nothing is reported.", class_name="text-text-2"),
            ),
            rx.cond(ReportsState.taken_down, _taken_down(), rx.fragment()),
        ),
        rx.fragment(),
    )


def _report(row: rx.Var[ReportRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.cond(row.href != "", rx.el.a(row.title, href=row.href, class_name="font-semibold hover:underline underline-offset-2"), rx.el.span(row.title, class_name="font-semibold")),
                rx.cond(row.is_hidden, rx.el.span("Hidden", class_name=f"{theme.BADGE} !bg-warn-tint !text-warn ml-2"), rx.fragment()),
            ),
            rx.el.p(row.facts, rx.cond(row.owner != "", rx.fragment(" · by ", row.owner), rx.fragment()), class_name=f"{theme.SMALL} text-text-2 mt-0.5"),
            rx.el.blockquote(row.text, dir="auto", class_name="border-l border-line pl-4 my-2 whitespace-pre-line break-words max-w-[68ch]"),
            rx.foreach(row.words, lambda words: rx.el.p("“", words, "”", dir="auto", class_name=f"{theme.SMALL} text-text-2")),
            class_name="min-w-0",
        ),
        rx.el.form(
            rx.el.input(type="hidden", name="target", value=row.target),
            rx.el.input(type="hidden", name="id", value=row.id),
            rx.el.input(name="note", dir="auto", max_length=200, aria_label="Note to its owner", placeholder="Why, for its owner", class_name=theme.FIELD),
            rx.el.div(
                buttons.button("Hide", kind="danger", type="submit"),
                buttons.button("Dismiss", on_click=ReportsState.dismiss(row.target, row.id)),
                class_name="flex gap-2",
            ),
            on_submit=ReportsState.uphold,
            class_name="grid gap-2 content-start",
        ),
        key=row.id,
        class_name="grid gap-4 md:grid-cols-[minmax(0,1fr)_280px] py-4 border-b border-line",
    )  # fmt: skip


def _taken_down() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(row["title"], dir="auto", class_name="font-semibold"),
                rx.el.p(row["facts"], dir="auto", class_name=f"{theme.SMALL} text-text-2"),
                class_name="min-w-0",
            ),
            buttons.button("Put on sale again", on_click=ReportsState.lift(row["slug"])),
            key=row["slug"],
            class_name="flex flex-wrap items-center justify-between gap-4 py-3 border-b border-line",
        )

    return rx.fragment(
        rx.el.h2("Taken down", class_name=f"{theme.TITLE_2} mt-10 mb-2"),
        rx.el.ul(rx.foreach(ReportsState.taken_down, line), aria_label="Taken down", class_name="border-t border-line"),
    )


def held_rewards() -> rx.Component:
    """Render the rewards that wait for a moderator."""

    def line(row: rx.Var[HeldRow]) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(row.member, dir="auto", class_name="font-semibold"),
                rx.el.p(row.facts, class_name=f"{theme.SMALL} text-text-2"),
                rx.el.p(row.reason, class_name="mt-1"),
                class_name="min-w-0",
            ),
            rx.el.div(
                buttons.button("Give", on_click=HeldRewardsState.approve(row.id)),
                buttons.button("Refuse", kind="danger", on_click=HeldRewardsState.refuse(row.id)),
                class_name="flex gap-2",
            ),
            key=row.id,
            class_name="flex flex-wrap justify-between gap-4 py-4 border-b border-line",
        )

    return rx.cond(
        HeldRewardsState.rows,
        rx.el.section(
            rx.el.h2("Held rewards", class_name=f"{theme.TITLE_2} mt-10 mb-2"),
            rx.el.ul(
                rx.foreach(HeldRewardsState.rows, line), aria_label="Held rewards", class_name="border-t border-line"
            ),
        ),
        rx.fragment(),
    )


def blocked_members() -> rx.Component:
    """Render whom the viewer has blocked."""

    def line(member: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(member["name"], dir="auto", class_name="font-semibold truncate"),
                rx.el.p("Since ", member["since"], class_name=f"{theme.SMALL} text-text-2"),
                class_name="min-w-0",
            ),
            buttons.button(
                "Unblock",
                kind="quiet",
                aria_label=rx.Var.create("Unblock ") + member["name"],
                on_click=BlocksState.unblock(member["id"]),
            ),
            key=member["id"],
            class_name="flex items-center justify-between gap-4 min-h-[64px] border-b border-line",
        )

    return rx.cond(
        BlocksState.members,
        rx.el.ul(rx.foreach(BlocksState.members, line), aria_label="Blocked members"),
        rx.el.p("Nobody. Block somebody at one of their comments: neither of you sees what the other writes.", class_name="text-text-2"),
    )  # fmt: skip
