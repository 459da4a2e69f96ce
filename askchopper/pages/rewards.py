"""Rewards page: the daily reward, challenges, badges, the referral link, and the history."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, feedback, reactions, theme
from askchopper.components.client import CopyButton, Go
from askchopper.components.plurals import noun
from askchopper.schemas.view_models.rewards import BadgeRow, ChallengeRow, HistoryRow
from askchopper.states.rewards import RewardsState
from askchopper.views.shell import frame

_CARD = "rounded-cover bg-surface-1 p-5"
_SMALL = f"{theme.SMALL} text-text-2"
_CARDS = "grid gap-4 sm:grid-cols-3 mt-6"


def rewards() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Rewards", class_name=theme.TITLE_1),
            rx.el.p(
                "Bonus tokens for what you do here. They are spent before bought ones. ",
                Go.create(
                    "How it works", to=routes.REWARD_RULES, class_name="text-text-1 underline underline-offset-4"
                ),
                class_name=f"{theme.BODY} text-text-2 max-w-prose mt-1",
            ),
            rx.cond(RewardsState.is_loaded, _content(), _loading()),
            reactions.Ticker.create(on_tick=RewardsState.refresh, seconds=20),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.SETTINGS,
    )


def _loading() -> rx.Component:
    return rx.el.div(
        rx.el.div(*(feedback.skeleton("h-[172px] w-full") for _ in range(3)), class_name=_CARDS),
        rx.el.div(*feedback.row_skeletons(6), class_name="mt-8"),
        class_name="min-h-screen",  # the footer would come into view, and leave it again
        aria_busy="true",
    )


def _content() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.cond(RewardsState.facts["has_daily"] != "", _daily(), rx.fragment()),
            _tier(),
            _balance(),
            class_name=_CARDS,
        ),
        rx.cond(RewardsState.challenges, _challenges(), rx.fragment()),
        rx.cond(RewardsState.badges, _badges(), rx.fragment()),
        rx.cond(RewardsState.facts["referral"] != "", _referral(), rx.fragment()),
        _history(),
    )


def _daily() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Today", brand.tokens(RewardsState.facts["daily_tokens"]), class_name=f"{theme.TITLE_3} flex justify-between"),
        rx.el.p(
            rx.el.span(RewardsState.facts["streak"], class_name="fact-lg mr-2"),
            rx.cond(RewardsState.facts["streak"] == "1", "day in a row", "days in a row"),
            class_name="text-text-2 mt-2",
        ),
        rx.el.p("Longest: ", RewardsState.facts["longest"], ". Left to earn this month: ", RewardsState.facts["allowance"], ".", class_name=f"{_SMALL} mt-1"),
        rx.cond(
            RewardsState.is_claimable,
            buttons.button("Claim daily reward", kind="primary", on_click=RewardsState.claim, class_name="mt-4"),
            rx.el.p("Claimed. Come back tomorrow for the next one.", class_name="text-ok mt-4 min-h-[40px] flex items-center"),
        ),
        class_name=_CARD,
    )  # fmt: skip


def _tier() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Tier", class_name=theme.TITLE_3),
        rx.el.p(RewardsState.facts["tier"], class_name="text-[20px] leading-[28px] font-semibold mt-2"),
        rx.el.p(
            RewardsState.facts["spent"], noun(RewardsState.facts["spent"], "bought token"), f" spent in {policy.TIER_WINDOW_DAYS} days. ", RewardsState.facts["advantages"],
            class_name=f"{_SMALL} mt-1",
        ),
        rx.cond(
            RewardsState.facts["next"] != "",
            rx.fragment(
                _bar(RewardsState.facts["tier_width"], class_name="mt-4"),
                rx.el.p(RewardsState.facts["next_missing"], " more to ", RewardsState.facts["next"], class_name=f"{_SMALL} mt-2"),
            ),
            rx.fragment(),
        ),
        class_name=_CARD,
    )  # fmt: skip


def _balance() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Bonus tokens", class_name=theme.TITLE_3),
        rx.el.p(brand.token(is_own=True), rx.el.span(RewardsState.facts["bonus"], class_name="fact-lg"), class_name="flex items-center gap-2 mt-2"),
        rx.cond(
            RewardsState.facts["expiring"] != "",
            rx.el.p(RewardsState.facts["expiring"], class_name=f"{_SMALL} mt-1"),
            rx.el.p("None yet.", class_name=f"{_SMALL} mt-1"),
        ),
        Go.create("Wallet", to=routes.WALLET, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} mt-4"),
        class_name=_CARD,
    )  # fmt: skip


def _challenges() -> rx.Component:
    return rx.el.section(
        rx.el.h2("This week", class_name=theme.TITLE_2),
        rx.el.p("Until ", RewardsState.facts["challenges_end"], ", then new ones.", class_name=f"{_SMALL} mt-1 mb-3"),
        rx.el.ul(
            rx.foreach(RewardsState.challenges, _challenge), aria_label="Challenges", class_name="border-t border-line"
        ),
        class_name="mt-12",
    )


def _challenge(row: rx.Var[ChallengeRow]) -> rx.Component:
    return rx.el.li(
        rx.el.p(row.text, class_name="font-semibold min-w-0"),
        rx.cond(row.is_done, rx.el.span("Done", class_name="text-ok font-semibold"), rx.el.span(row.progress, class_name="fact whitespace-nowrap")),
        rx.el.span(brand.tokens(row.tokens), class_name="justify-self-end"),
        rx.el.div(_bar(row.width), class_name="col-span-3"),
        key=row.text,
        class_name="grid grid-cols-[minmax(0,1fr)_auto_56px] items-center gap-x-4 gap-y-2 py-3 border-b border-line",
    )  # fmt: skip


def _badges() -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            "Badges ",
            rx.el.span(RewardsState.facts["badges"], class_name="fact ml-2"),
            class_name=f"{theme.TITLE_2} mb-4",
        ),
        rx.el.ul(
            rx.foreach(RewardsState.badges, _badge),
            aria_label="Badges",
            class_name="grid grid-cols-2 sm:grid-cols-3 lg:grid-cols-5 gap-3",
        ),
        class_name="mt-12",
    )


def _badge(row: rx.Var[BadgeRow]) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.icon("award", size=20, stroke_width=1.5, aria_hidden="true", class_name=rx.cond(row.is_unlocked, "text-amber", "text-wave-idle-2")),
            rx.cond(row.tokens != "", brand.tokens(row.tokens), rx.fragment()),
            class_name="flex items-center justify-between min-h-[24px]",
        ),
        rx.el.p(row.title, class_name=rx.cond(row.is_unlocked, "font-semibold mt-2", "font-semibold text-text-2 mt-2")),
        rx.el.p(row.text, class_name=f"{_SMALL} mt-0.5"),
        rx.cond(
            row.is_unlocked,
            rx.el.p(row.since, class_name=f"{theme.SMALL} text-ok mt-auto pt-2"),
            rx.el.div(_bar(row.width), rx.el.p(row.progress, class_name="fact mt-1.5"), class_name="mt-auto pt-3"),
        ),
        rx.cond(row.share != "", rx.el.p(row.share, class_name=f"{theme.SMALL} text-text-3 mt-0.5"), rx.fragment()),
        key=row.title,
        class_name="rounded-cover bg-surface-1 p-4 flex flex-col",
    )  # fmt: skip


def _referral() -> rx.Component:
    link = RewardsState.facts["referral"]
    return rx.el.section(
        rx.el.h2("Bring a friend", class_name=theme.TITLE_2),
        rx.el.p(
            f"Both of you get {policy.REFERRAL_TOKENS} tokens once your friend has spent {policy.REFERRAL_SPENT} bought tokens.",
            class_name="text-text-2 mt-1 mb-3 max-w-prose",
        ),
        rx.el.div(
            rx.el.input(value=link, read_only=True, aria_label="Referral link", dir="auto", class_name=theme.FIELD),
            CopyButton.create("Copy", text=link, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} shrink-0"),
            class_name="flex gap-2 max-w-[560px]",
        ),
        rx.cond(
            RewardsState.facts["joined"] != "0",
            rx.el.p(RewardsState.facts["joined"], " joined, ", RewardsState.facts["rewarded"], " bought something.", class_name=f"{_SMALL} mt-2"),
            rx.fragment(),
        ),
        class_name="mt-12",
    )  # fmt: skip


def _history() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Reward history", class_name=f"{theme.TITLE_2} mb-3"),
        rx.cond(
            RewardsState.history,
            rx.el.ul(rx.foreach(RewardsState.history, _line), aria_label="Rewards", class_name="border-t border-line"),
            rx.el.p("Nothing yet. Claim today's reward to begin.", class_name="text-text-2"),
        ),
        class_name="mt-12",
    )


def _line(row: rx.Var[HistoryRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.title, class_name="min-w-0 truncate"),
        rx.cond(row.state != "", rx.el.span(row.state, class_name=f"{theme.SMALL} text-warn"), rx.el.span()),
        rx.el.span(row.tokens, class_name="fact text-text-1 text-right"),
        rx.el.span(row.date, class_name="fact text-right"),
        class_name="grid grid-cols-[minmax(0,1fr)_auto_40px_96px] items-center gap-3 min-h-[44px] border-b border-line",
    )


def _bar(width: rx.Var[str], *, class_name: str = "") -> rx.Component:
    return rx.el.span(
        rx.el.span(class_name="block h-full bg-amber rounded-full", style={"width": width}),
        class_name=f"block h-[4px] rounded-full bg-surface-3 overflow-hidden {class_name}",
        aria_hidden="true",
    )
