"""Public creator page: profile and published packs."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, theme
from askchopper.components.client import ForPath
from askchopper.states.catalogue import CreatorState
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
                    rx.cond(CreatorState.name != "", _creator(), _loading()), _loading(), path=CreatorState.path
                ),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.BROWSE,
    )


def _creator() -> rx.Component:
    def fact(value: rx.Var[str], word: str) -> rx.Component:
        return rx.el.span(rx.el.span(value, class_name="fact text-text-1"), f" {word}", class_name="text-text-2")

    return rx.fragment(
        rx.el.div(
            catalogue.avatar(
                CreatorState.picture, CreatorState.initials, size=80, class_name="size-[80px] bg-surface-3 text-[24px]"
            ),
            rx.el.div(
                rx.el.h1(CreatorState.name, dir="auto", class_name=theme.TITLE_1),
                rx.el.p(CreatorState.place, class_name="text-text-3"),
                rx.el.p(
                    CreatorState.bio,
                    dir="auto",
                    class_name=f"{theme.BODY} text-text-2 mt-3 max-w-[68ch] whitespace-pre-line",
                ),
                rx.cond(
                    CreatorState.links,
                    rx.el.ul(
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
                    ),
                    rx.fragment(),
                ),
                rx.el.p(
                    fact(CreatorState.facts["packs"], "packs"),
                    fact(CreatorState.facts["sounds"], "sounds"),
                    rx.el.span("Member since ", CreatorState.facts["since"], class_name="text-text-2"),
                    class_name="flex flex-wrap gap-x-6 gap-y-1 mt-4",
                ),
            ),
            class_name="flex flex-col sm:flex-row gap-6",
        ),
        rx.el.h2("Packs", class_name=f"{theme.TITLE_2} mt-12 mb-4"),
        catalogue.card_grid(CreatorState.cards),
    )


def _loading() -> rx.Component:
    return rx.el.div(
        feedback.skeleton("h-[30px] w-[220px] mb-6"),
        rx.el.div(*feedback.card_skeletons(5), class_name="grid grid-cols-2 md:grid-cols-5 gap-5"),
        aria_busy="true",
    )
