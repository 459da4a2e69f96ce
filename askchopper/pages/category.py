"""Genre and tag pages: the most played packs and sounds of a category."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, prerender, reactions, shelves, theme
from askchopper.components.client import ForPath, Go
from askchopper.states.categories import CategoryState
from askchopper.states.follows import FollowState
from askchopper.views.share import share_button
from askchopper.views.shell import frame


def category() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                CategoryState.is_missing,
                feedback.failure(
                    "We can't find this category.",
                    "The address may be mistyped, or its packs are gone.",
                    buttons.link_button("Browse packs", href=routes.BROWSE),
                ),
                ForPath.create(
                    rx.cond(CategoryState.name != "", _category(), _loading()), _loading(), path=CategoryState.path
                ),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.BROWSE,
    )


def _category() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.h1(CategoryState.name, class_name=theme.TITLE_1),
            rx.cond(
                FollowState.path != "",
                reactions.FollowButton.create(
                    path=FollowState.path,
                    name=CategoryState.name,
                    is_following=FollowState.is_following,
                    class_name=reactions.FOLLOW,
                ),
                rx.fragment(),
            ),
            share_button(CategoryState.name),
            class_name="flex flex-wrap items-center gap-4",
        ),
        rx.el.p(CategoryState.sentence, class_name="text-text-2 mt-1"),
        rx.cond(
            CategoryState.neighbours,
            rx.el.nav(
                rx.foreach(CategoryState.neighbours, lambda one: Go.create(one["label"], to=one["href"], class_name=theme.CHIP)),
                aria_label=CategoryState.neighbours_label,
                class_name="flex flex-wrap gap-2 mt-4",
            ),
            rx.fragment(),
        ),
        rx.cond(
            CategoryState.cards,
            rx.fragment(
                _heading("Packs", "All packs", CategoryState.packs_href),
                catalogue.card_grid(CategoryState.cards, class_name=shelves.FULL_ROWS, is_eager=True),
                _heading("Most played sounds", "All sounds", CategoryState.sounds_href),
                rx.el.ul(
                    rx.foreach(CategoryState.rows, lambda row: rx.el.li(catalogue.sound_row(row), key=row.sound.id)),
                    aria_label="Sounds",
                ),
            ),
            feedback.empty("No packs here yet.", buttons.link_button("Browse all packs", href=routes.BROWSE)),
        ),
    )  # fmt: skip


def _heading(title: str, link: str, href: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        rx.el.h2(title, class_name=theme.TITLE_2),
        Go.create(link, to=href, class_name=f"{theme.LINK} ml-auto py-2"),
        class_name="flex items-baseline mt-10 mb-4",
    )


def _loading() -> rx.Component:
    return prerender.place(
        feedback.skeleton("h-[30px] w-[220px] mb-3"),
        feedback.skeleton("h-[14px] w-[260px] mb-10"),
        rx.el.div(*feedback.card_skeletons(5), class_name="grid grid-cols-2 md:grid-cols-5 gap-5"),
    )
