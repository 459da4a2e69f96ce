"""Glossary page: all terms from A to Z with search and topics, and the reference cards."""

from itertools import groupby

import reflex as rx

from askchopper.components import buttons, feedback, learning, theme
from askchopper.components.client import Go
from askchopper.states.learning import TERM_LIST, TOPICS, GlossaryState
from askchopper.views.shell import frame

_TERM = "inline-flex items-center min-h-[44px] md:min-h-[36px] text-text-1 hover:underline underline-offset-2"


def learn() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Learn", class_name=theme.TITLE_1),
            rx.el.p(
                f"{len(TERM_LIST)} terms in plain words, with sounds that play. And cards for keys, chords and tempo.",
                class_name="text-text-2 mt-1 max-w-[60ch]",
            ),
            _cards(),
            _search(),
            rx.cond(GlossaryState.query != "", _results(), _all_terms()),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active="/learn",
    )


def _cards() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Reference cards", class_name=f"{theme.TITLE_2} mt-8 mb-3"),
        rx.el.ul(
            *(
                rx.el.li(
                    Go.create(
                        rx.icon(card.icon, size=20, stroke_width=1.5, class_name="text-text-2 shrink-0", aria_hidden="true"),
                        rx.el.span(card.title, class_name="font-semibold"),
                        to=card.href,
                        class_name=f"flex items-center gap-3 min-h-[48px] {theme.HAIRLINE} hover:bg-surface-1",
                    )
                )
                for card in learning.CARDS
            ),
            class_name="grid sm:grid-cols-2 lg:grid-cols-3 gap-x-7",
        ),
    )  # fmt: skip


def _search() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Glossary", class_name=f"{theme.TITLE_2} mt-10 mb-3"),
        rx.el.div(
            rx.el.label("Search terms", html_for="term-search", class_name=theme.LABEL),
            rx.el.input(
                id="term-search", type="search", placeholder="Such as sidechain or 808", auto_complete="off", dir="auto",
                max_length=400, on_change=GlossaryState.search.debounce(200), class_name=theme.FIELD,
            ),
            class_name="grid gap-1.5 max-w-[440px]",
        ),
        rx.el.div(
            *(
                rx.el.button(
                    topic[:1].upper() + topic[1:], type="button", aria_pressed=GlossaryState.topic == topic,
                    on_click=GlossaryState.choose_topic(topic),
                    class_name=rx.cond(GlossaryState.topic == topic, f"{theme.CHIP} {theme.CHIP_ON}", theme.CHIP),
                )
                for topic in TOPICS
            ),
            role="group",
            aria_label="Topics",
            class_name=rx.cond(GlossaryState.query != "", "hidden", "flex flex-wrap gap-2 mt-4"),
        ),
    )  # fmt: skip


def _results() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Results", class_name="sr-only"),
        rx.el.p(
            GlossaryState.found.length(), rx.cond(GlossaryState.found.length() == 1, " term", " terms"),
            role="status", class_name=f"{theme.SMALL} text-text-3 mt-4",
        ),
        rx.cond(
            GlossaryState.found,
            rx.el.ul(
                rx.foreach(
                    GlossaryState.found,
                    lambda hit: rx.el.li(
                        Go.create(
                            rx.el.span(hit["label"], class_name=f"{theme.TITLE_3} block"),
                            rx.el.span(hit["summary"], class_name="text-text-2 block max-w-prose"),
                            to=hit["href"],
                            class_name=f"block py-3 {theme.HAIRLINE} hover:bg-surface-1",
                        ),
                        key=hit["href"],
                    ),
                ),
                aria_label="Found terms",
            ),
            feedback.empty(
                "No term matches that.",
                buttons.link_button("Ask Chopper", href="/chat"),
            ),
        ),
    )  # fmt: skip


def _all_terms() -> rx.Component:
    groups = groupby(TERM_LIST, key=lambda term: term[0][0].upper() if term[0][0].isalpha() else "0-9")
    return rx.el.div(
        rx.cond((GlossaryState.topic == "") & (GlossaryState.added.length() > 0), _added_terms(), rx.fragment()),
        *(
            rx.el.section(
                rx.el.h3(letter, class_name=f"{theme.TITLE_3} text-text-3 mt-6 mb-1"),
                rx.el.ul(
                    *(
                        rx.el.li(
                            Go.create(title, to=href, class_name=_TERM),
                            class_name=rx.cond(
                                (GlossaryState.topic == "") | (GlossaryState.topic == topic), "", "hidden"
                            ),
                        )
                        for title, href, topic in terms
                    ),
                    class_name="grid grid-cols-2 md:grid-cols-3 lg:grid-cols-4 gap-x-7",
                ),
                custom_attrs={"data-letter": letter},
                class_name="has-[li:not(.hidden)]:block hidden",
            )
            for letter, terms in groups
        ),
        class_name="mt-2",
    )


def _added_terms() -> rx.Component:
    return rx.el.section(
        rx.el.h3("New", class_name=f"{theme.TITLE_3} text-text-3 mt-6 mb-1"),
        rx.el.ul(
            rx.foreach(
                GlossaryState.added,
                lambda term: rx.el.li(Go.create(term["label"], to=term["href"], class_name=_TERM), key=term["href"]),
            ),
            class_name="grid grid-cols-2 md:grid-cols-3 lg:grid-cols-4 gap-x-7",
        ),
    )
