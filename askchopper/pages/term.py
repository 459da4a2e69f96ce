"""Page of a glossary term: text, before and after sounds, playable examples, and related terms."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, theme
from askchopper.components.client import ForPath, Go, PlayButton, SoundScope
from askchopper.schemas.view_models.catalogue import Sound
from askchopper.schemas.view_models.learning import DemoRow
from askchopper.states.learning import ResourcesState, TermState
from askchopper.views.share import share_button
from askchopper.views.shell import frame


def term() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                TermState.is_missing,
                feedback.failure(
                    "This term is not in our glossary.",
                    "It may be spelled another way.",
                    buttons.link_button("Browse the glossary", href=routes.LEARN),
                ),
                ForPath.create(rx.cond(TermState.title != "", _term(), _loading()), _loading(), path=TermState.path),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.LEARN,
    )


def _term() -> rx.Component:
    return rx.el.article(
        rx.el.nav(
            Go.create("Learn", to=routes.LEARN, class_name=f"{theme.LINK} inline-flex items-center min-h-[44px]"),
            rx.el.span(TermState.topic, class_name="text-text-3"),
            aria_label="Breadcrumb",
            class_name=f"{theme.SMALL} flex items-center gap-3",
        ),
        rx.el.div(
            rx.el.h1(TermState.title, class_name=theme.TITLE_1),
            share_button(TermState.title),
            class_name="flex flex-wrap items-center justify-between gap-x-6 gap-y-2",
        ),
        rx.cond(
            TermState.also != "",
            rx.el.p("Also: ", TermState.also, class_name=f"{theme.SMALL} text-text-3 mt-1"),
            rx.fragment(),
        ),
        rx.el.p(TermState.text, class_name=f"{theme.BODY} mt-4 max-w-prose"),
        rx.cond(TermState.demos, _demos(), rx.fragment()),
        rx.cond(
            TermState.rows,
            rx.el.section(
                rx.el.h2(TermState.heading, class_name=f"{theme.TITLE_2} mt-10 mb-2"),
                rx.el.ul(
                    rx.foreach(TermState.rows, lambda row: rx.el.li(catalogue.sound_row(row), key=row.sound.id)),
                    aria_label="Examples",
                    class_name="@container",
                    custom_attrs={"data-queue": ""},
                ),
            ),
            rx.fragment(),
        ),
        rx.el.section(
            rx.el.h2("Related terms", class_name=f"{theme.TITLE_2} mt-10 mb-3"),
            rx.el.nav(
                rx.foreach(TermState.related, lambda one: Go.create(one["label"], to=one["href"], class_name=theme.CHIP)),
                aria_label="Related terms",
                class_name="flex flex-wrap gap-2",
            ),
        ),
        _pages(),
        rx.el.nav(
            Go.create(
                rx.icon("arrow-left", size=16, aria_hidden="true"), rx.el.span("Previous: ", class_name="sr-only"), TermState.around[0]["label"],
                to=TermState.around[0]["href"], class_name=f"{theme.LINK} inline-flex items-center gap-2 min-h-[44px]",
            ),
            Go.create(
                rx.el.span("Next: ", class_name="sr-only"), TermState.around[1]["label"], rx.icon("arrow-right", size=16, aria_hidden="true"),
                to=TermState.around[1]["href"], class_name=f"{theme.LINK} inline-flex items-center gap-2 min-h-[44px] ml-auto",
            ),
            aria_label="Previous and next term",
            class_name="flex gap-4 mt-10 border-t border-line pt-3",
        ),
    )  # fmt: skip


def _pages() -> rx.Component:
    return rx.cond(
        ResourcesState.pages,
        rx.el.section(
            rx.el.h2("Learn more elsewhere", class_name=f"{theme.TITLE_2} mt-10 mb-2"),
            rx.el.ul(rx.foreach(ResourcesState.pages, _page), aria_label="Learning pages"),
        ),
        rx.fragment(),
    )


def _page(one: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.a(
                one["title"], href=one["href"], target="_blank", rel="noopener noreferrer",
                class_name=f"{theme.LINK} inline-flex items-center min-h-[36px]",
            ),
            rx.el.span(one["facts"], class_name=f"{theme.SMALL} text-text-2 block"),
            class_name="min-w-0",
        ),
        rx.el.button(
            rx.icon("thumbs-up", size=16, stroke_width=1.5, aria_hidden="true"),
            rx.el.span("Helpful"),
            rx.cond(one["count"] != "0", rx.el.span(one["count"], class_name="fact"), rx.fragment()),
            rx.el.span(": ", one["title"], class_name="sr-only"),
            type="button",
            aria_pressed=one["mark"] == "on",
            on_click=ResourcesState.toggle_helpful(one["slug"]),
            class_name=rx.cond(one["mark"] == "on", f"{theme.CHIP} {theme.CHIP_ON} ml-auto", f"{theme.CHIP} ml-auto"),
        ),
        key=one["slug"],
        class_name=f"flex items-center gap-4 py-2 {theme.HAIRLINE}",
    )  # fmt: skip


def _demos() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Before and after", class_name=f"{theme.TITLE_2} mt-10 mb-1"),
        rx.el.p("The same loop twice, equally loud.", class_name=f"{theme.SMALL} text-text-3 mb-2"),
        rx.el.ul(rx.foreach(TermState.demos, _demo), aria_label="Before and after"),
    )


def _demo(row: rx.Var[DemoRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            _side("Before", row.before),
            _side("After", row.after),
            class_name="flex gap-2",
            custom_attrs={"data-queue": ""},
        ),
        rx.el.p(
            rx.el.span(row.label, class_name="font-semibold"),
            rx.el.span(row.listen, class_name="text-text-2 block"),
            class_name="max-w-[56ch]",
        ),
        key=row.label,
        class_name=f"grid sm:grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2 py-3 {theme.HAIRLINE}",
    )


def _side(label: str, sound: rx.Var[Sound]) -> rx.Component:
    return SoundScope.create(
        PlayButton.create(
            rx.el.span(label),
            track=sound,
            size=16,
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} data-[playing]:text-amber",
        ),
        track=sound,
    )


def _loading() -> rx.Component:
    return rx.el.div(
        feedback.skeleton("h-[16px] w-[120px] mt-3.5 mb-3.5"),
        feedback.skeleton("h-[30px] w-[240px] mb-4"),
        *(feedback.skeleton("h-[14px] w-full max-w-prose mb-2.5") for _ in range(5)),
        aria_busy="true",
    )
