"""Feed page: news from followed creators, tags and collections, and from saved searches."""

import reflex as rx

from askchopper import routes
from askchopper.components import brand, buttons, catalogue, feedback, reactions, theme
from askchopper.components.client import Go, PlayButton, SoundScope
from askchopper.schemas.view_models.feed import FeedRow
from askchopper.states.follows import FeedState
from askchopper.views.shell import frame

_ACTION = "inline-grid place-items-center size-[44px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-3 cursor-pointer"


def feed() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Feed", class_name=theme.TITLE_1),
            rx.el.p("New from what you follow.", class_name="text-text-2 mt-1"),
            rx.cond(
                FeedState.is_loaded,
                rx.el.div(
                    rx.el.div(_replies(), _entries(), class_name="min-w-0"),
                    _followed(),
                    class_name="grid gap-10 lg:grid-cols-[minmax(0,1fr)_280px] mt-6",
                ),
                rx.el.div(*feedback.row_skeletons(6), class_name="mt-6", aria_busy="true"),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.FEED,
    )


def _entries() -> rx.Component:
    return rx.cond(
        FeedState.rows,
        rx.fragment(
            rx.el.ul(
                rx.foreach(FeedState.rows, lambda row: rx.el.li(_entry(row), key=row.id)),
                aria_label="Feed",
                class_name="border-t border-line",
                custom_attrs={"data-queue": ""},
            ),
            rx.cond(
                FeedState.has_more,
                buttons.button("Load more", on_click=FeedState.load_more, class_name="mt-6"),
                rx.fragment(),
            ),
        ),
        feedback.empty(
            "Nothing new. Follow creators, tags and collections, and their packs will appear here.",
            buttons.link_button("See the most-played creators", href=routes.TRENDS, kind="primary"),
            buttons.link_button("Browse packs", href=routes.browse(view="grid")),
        ),
    )


def _replies() -> rx.Component:
    return rx.cond(
        FeedState.replies,
        rx.el.section(
            rx.el.h2("Replies to you", class_name=f"{theme.TITLE_3} mb-1"),
            rx.el.ul(
                rx.foreach(
                    FeedState.replies,
                    lambda one: rx.el.li(
                        rx.el.a(one["sentence"], href=one["href"], dir="auto", class_name="min-w-0 py-2 wrap-anywhere hover:underline"),
                        rx.el.span(one["date"], class_name="fact ml-auto shrink-0"),
                        key=one["id"],
                        class_name=f"flex items-center gap-4 min-h-[44px] {theme.HAIRLINE}",
                    ),
                ),
                class_name="border-t border-line",
            ),
            aria_label="Replies to you",
            class_name="mb-8",
        ),
        rx.fragment(),
    )  # fmt: skip


def _entry(row: rx.Var[FeedRow]) -> rx.Component:
    return rx.el.div(
        rx.cond(row.card, _cover(row), rx.el.span(brand.logo(22), class_name="grid place-items-center size-[64px] rounded-ctl bg-surface-2 text-wave-idle")),
        rx.el.div(
            rx.el.p(
                rx.cond(row.is_new, rx.el.span(rx.el.span("New: ", class_name="sr-only"), class_name="inline-block size-[8px] rounded-full bg-amber mr-2 align-middle"), rx.fragment()),
                rx.cond(row.who != "", rx.fragment(Go.create(row.who, to=row.who_href, class_name="font-semibold hover:underline"), " "), rx.fragment()),
                row.what,
                class_name="text-text-2",
            ),
            Go.create(row.title, to=row.href, class_name=f"{theme.TITLE_3} block truncate hover:underline underline-offset-2"),
            rx.el.p(row.date, class_name="fact mt-0.5"),
            class_name="min-w-0 flex-1",
        ),
        rx.cond(row.card, _actions(row), rx.fragment()),
        class_name=f"flex items-center gap-4 py-3 min-h-[88px] {theme.HAIRLINE}",
    )  # fmt: skip


def _cover(row: rx.Var[FeedRow]) -> rx.Component:
    return Go.create(
        catalogue.cover(row.card.cover, size=64, class_name="size-[64px] rounded-ctl"),
        to=row.href,
        custom_attrs={"tabIndex": -1, "aria-hidden": "true"},
    )


def _actions(row: rx.Var[FeedRow]) -> rx.Component:
    return SoundScope.create(
        PlayButton.create(track=row.card.sound, size=18, class_name=f"{_ACTION} data-[playing]:text-amber"),
        reactions.LikeButton.create(track=row.card.sound, class_name=f"{_ACTION} {reactions.LIKED}"),
        rx.el.span(
            reactions.CollectButton.create(track=row.card.sound, class_name=_ACTION), class_name="hidden sm:inline"
        ),
        rx.el.span(
            catalogue.price_tag(row.card.price, row.card.is_owned),
            class_name="hidden sm:inline-flex justify-end w-[84px]",
        ),
        track=row.card.sound,
        class_name="group flex items-center",
        custom_attrs={"data-row": ""},
    )


def _followed() -> rx.Component:
    return rx.cond(
        FeedState.followed,
        rx.el.aside(
            rx.el.h2("You follow", class_name=f"{theme.TITLE_3} mb-3"),
            rx.el.ul(
                rx.foreach(
                    FeedState.followed,
                    lambda one: rx.el.li(
                        Go.create(one["label"], to=one["href"], class_name=theme.CHIP), key=one["href"]
                    ),
                ),
                class_name="flex flex-wrap gap-2",
            ),
            rx.el.p(
                "Saved searches are under ",
                rx.el.a("Browse", href=routes.BROWSE, class_name=f"{theme.LINK} underline"),
                "; a weekly email is under ",
                rx.el.a("Settings", href=routes.MAILS, class_name=f"{theme.LINK} underline"),
                ".",
                class_name=f"{theme.SMALL} text-text-2 mt-4",
            ),
            aria_label="You follow",
        ),
        rx.fragment(),
    )
