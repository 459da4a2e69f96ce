"""Public creator page: profile, featured packs, portfolio by year, and similar creators' packs."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, prerender, reactions, shelves, theme
from askchopper.components.client import ForPath, Go
from askchopper.schemas.view_models.catalogue import Card
from askchopper.schemas.view_models.creators import YearGroup
from askchopper.states.creators import CreatorState, PortfolioState
from askchopper.states.follows import FollowState
from askchopper.views.share import share_button
from askchopper.views.shell import frame


def creator() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                CreatorState.is_missing,
                feedback.failure(
                    "We can't find this creator.",
                    "The address may be mistyped.",
                    buttons.link_button("Browse packs", href=routes.BROWSE),
                ),
                ForPath.create(
                    rx.cond(CreatorState.name != "", _creator(), _loading()), _loading(), path=PortfolioState.path
                ),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.BROWSE,
    )


def _creator() -> rx.Component:
    return rx.fragment(
        rx.cond(
            PortfolioState.banner != "",
            rx.el.img(
                src=f"{routes.MEDIA_COVER}/{PortfolioState.banner}/640.webp",
                alt="",
                class_name="w-full h-[120px] md:h-[200px] object-cover rounded-cover mb-6",
            ),
            rx.fragment(),
        ),
        rx.el.div(
            catalogue.avatar(
                CreatorState.picture, CreatorState.initials, size=80, class_name="size-[80px] bg-surface-3 text-[24px]"
            ),
            rx.el.div(
                rx.el.div(
                    rx.el.h1(CreatorState.name, dir="auto", class_name=theme.TITLE_1),
                    rx.el.div(
                        rx.cond(
                            PortfolioState.is_own,
                            buttons.link_button("Edit page", href=f"{routes.SETTINGS}#creator-page"),
                            reactions.FollowButton.create(
                                path=FollowState.path,
                                name=CreatorState.name,
                                is_following=FollowState.is_following,
                                class_name=reactions.FOLLOW,
                            ),
                        ),
                        share_button(CreatorState.name),
                        class_name=prerender.CREATOR_ACTIONS,
                    ),
                    rx.el.p(CreatorState.place, class_name=prerender.CREATOR_PLACE),
                    class_name=prerender.CREATOR_NAME,
                ),
                rx.el.p(CreatorState.bio, dir="auto", class_name=prerender.BIO),
                rx.cond(CreatorState.links, _links(), rx.fragment()),
                _figures(),
                _tags(),
                class_name="min-w-0 flex-1",
            ),
            class_name="flex flex-col sm:flex-row gap-6",
        ),
        _section("Featured", PortfolioState.featured),
        rx.foreach(CreatorState.years, _year),
        _section("Sounds like this, by others", PortfolioState.alike, class_name=shelves.FULL_ROWS),
    )  # fmt: skip


def _links() -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            CreatorState.links,
            lambda link: rx.el.li(
                rx.el.a(
                    link["label"],
                    href=link["href"],
                    target="_blank",
                    rel="nofollow ugc noopener noreferrer",
                    class_name=f"{theme.LINK} block truncate",
                ),
                key=link["href"],
                class_name="min-w-0",
            ),
        ),
        aria_label="Links",
        class_name="flex flex-wrap gap-x-5 gap-y-1 mt-3",
    )


def _figures() -> rx.Component:
    def fact(value: rx.Var[str], word: str) -> rx.Component:
        return rx.el.span(rx.el.span(value, class_name="fact text-text-1"), f" {word}", class_name="text-text-2")

    return rx.el.p(
        fact(CreatorState.facts["packs"], "packs"),
        fact(CreatorState.facts["sounds"], "sounds"),
        rx.foreach(PortfolioState.reach, lambda words: rx.el.span(words, key=words, class_name="text-text-2")),
        rx.el.span("Member since ", CreatorState.facts["since"], class_name="text-text-2"),
        buttons.file_link("RSS", href=PortfolioState.feed, class_name=theme.LINK, target="_blank"),
        class_name="flex flex-wrap gap-x-6 gap-y-1 mt-4",
    )


def _tags() -> rx.Component:
    return rx.cond(
        PortfolioState.tags,
        rx.el.ul(
            rx.foreach(
                PortfolioState.tags,
                lambda tag: rx.el.li(Go.create(tag["label"], to=tag["href"], class_name=theme.CHIP), key=tag["href"]),
            ),
            aria_label="Tags",
            class_name=f"{prerender.TAGS} mt-4",
        ),
        rx.fragment(),
    )


def _year(group: rx.Var[YearGroup]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(group.year, class_name=f"{theme.TITLE_2} font-mono mt-12 mb-4"),
        catalogue.card_grid(group.cards),
        key=group.year,
        aria_label=group.year,
    )


def _section(title: str, cards: rx.Var[list[Card]], *, class_name: str = "") -> rx.Component:
    return rx.cond(
        cards,
        rx.el.section(
            rx.el.h2(title, class_name=f"{theme.TITLE_2} mt-12 mb-4"),
            catalogue.card_grid(cards, class_name=class_name),
            aria_label=title,
        ),
        rx.fragment(),
    )


def _loading() -> rx.Component:
    return prerender.place(
        feedback.skeleton("h-[30px] w-[220px] mb-6"),
        rx.el.div(*feedback.card_skeletons(5), class_name="grid grid-cols-2 md:grid-cols-5 gap-5"),
    )
