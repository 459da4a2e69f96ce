"""Artist page: biography with sources, works, style as glossary terms, matching packs, similar artists."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, catalogue, feedback, forms, theme
from askchopper.components.client import ForPath, Go
from askchopper.schemas.view_models.catalogue import Card
from askchopper.states.artists import ArtistState
from askchopper.states.session import SessionState
from askchopper.views.share import share_button
from askchopper.views.shell import frame

_HEADING = f"{theme.TITLE_2} mt-10 mb-3"


def artist() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                ArtistState.is_missing,
                feedback.failure(
                    "We have no page on this artist.",
                    "It may not be written yet, or we are checking it.",
                    buttons.link_button("Browse packs", href=routes.BROWSE),
                ),
                ForPath.create(
                    rx.cond(ArtistState.facts.length() > 0, _artist(), _loading()), _loading(), path=ArtistState.path
                ),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
    )


def _artist() -> rx.Component:
    facts = ArtistState.facts
    return rx.el.article(
        rx.el.p("Artist", class_name=f"{theme.SMALL} text-text-3"),
        rx.el.div(
            rx.el.h1(facts["name"], class_name=theme.TITLE_1),
            share_button(facts["name"]),
            class_name="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 max-w-[960px]",
        ),
        rx.cond(ArtistState.others, _others(), rx.fragment()),
        rx.el.div(
            rx.el.div(
                rx.el.p(rx.foreach(ArtistState.sentences, _sentence), class_name=f"{theme.BODY} max-w-prose"),
                _sources(),
                _links("Genres", ArtistState.genres),
                _links("Style", ArtistState.style),
            ),
            rx.cond(ArtistState.works, _works(), rx.fragment()),
            class_name="grid md:grid-cols-[minmax(0,1fr)_280px] gap-x-12 gap-y-6 mt-4 max-w-[960px]",
        ),
        _packs(),
        rx.cond(ArtistState.similar, _similar(), rx.fragment()),
        _report(),
    )  # fmt: skip


def _sentence(one: rx.Var[dict[str, str]]) -> rx.Component:
    return rx.el.span(one["text"], _number(one["source"]), " ", key=one["text"])


def _number(source: rx.Var[str]) -> rx.Component:
    """Render a citation number that refers to the list of sources."""
    return rx.cond(source != "", rx.el.sup(source, class_name="fact text-text-3 ml-0.5"), rx.fragment())


def _sources() -> rx.Component:
    return rx.el.div(
        rx.cond(ArtistState.facts["note"] != "", rx.el.p(ArtistState.facts["note"], class_name="mt-2"), rx.fragment()),
        rx.el.ul(
            rx.foreach(
                ArtistState.sources,
                lambda one: rx.el.li(
                    rx.cond(ArtistState.facts["note"] != "", rx.el.span(one["number"], class_name="fact mr-2"), "Source: "),
                    rx.el.a(one["title"], href=one["href"], target="_blank", rel="noopener noreferrer nofollow ugc", class_name=f"{theme.LINK} inline-flex items-center min-h-[44px]"),
                    rx.el.span(one["facts"], class_name="block text-text-3 -mt-2 pb-1"),
                    key=one["number"],
                ),
            ),
            aria_label="Sources",
        ),
        class_name=f"{theme.SMALL} text-text-2 mt-1",
    )  # fmt: skip


def _others() -> rx.Component:
    return rx.el.p(
        "Looking for something else by this name? ",
        rx.foreach(
            ArtistState.others,
            lambda one: rx.el.span(
                Go.create(
                    one["label"], to=one["href"], class_name=f"{theme.LINK} inline-flex items-center min-h-[44px]"
                ),
                rx.el.span(", the ", one["kind"]),
                key=one["href"],
                class_name="mr-4",
            ),
        ),
        class_name=f"{theme.SMALL} text-text-2 mt-1",
    )


def _links(title: str, links: rx.Var[list[dict[str, str]]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name=f"{theme.TITLE_3} mt-5 mb-2"),
        rx.el.nav(
            rx.foreach(
                links, lambda one: Go.create(one["label"], to=one["href"], key=one["href"], class_name=theme.CHIP)
            ),
            aria_label=title,
            class_name="flex flex-wrap gap-2",
        ),
    )


def _works() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Notable works", class_name=f"{theme.TITLE_3} mb-1"),
        rx.el.ul(
            rx.foreach(
                ArtistState.works,
                lambda work: rx.el.li(
                    rx.el.span(work["title"], _number(work["source"]), class_name="min-w-0 break-words"),
                    rx.el.span(work["year"], class_name="fact text-text-2 ml-auto"),
                    key=work["title"],
                    class_name=f"flex items-baseline gap-4 py-2.5 {theme.HAIRLINE}",
                ),
            ),
            aria_label="Notable works",
        ),
    )


def _packs() -> rx.Component:
    return rx.el.section(
        rx.el.h2(ArtistState.facts["heading"], class_name=_HEADING),
        rx.el.p(ArtistState.facts["disclaimer"], class_name=f"{theme.SMALL} text-text-2 -mt-2 mb-4"),
        rx.cond(
            ArtistState.packs,
            rx.el.ul(
                rx.foreach(ArtistState.packs, _pack), class_name=catalogue.CARD_GRID, custom_attrs={"data-queue": ""}
            ),
            feedback.empty("Nothing on sale fits now.", buttons.link_button("Browse packs", href=routes.BROWSE)),
        ),
    )


def _pack(card: rx.Var[Card]) -> rx.Component:
    return rx.el.li(
        catalogue.pack_card(card),
        rx.el.p(card.why, class_name=f"{theme.SMALL} text-text-2 mt-1.5"),
        key=card.id,
        class_name="min-w-0",
    )


def _similar() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Similar artists", class_name=_HEADING),
        rx.el.ul(
            rx.foreach(
                ArtistState.similar,
                lambda one: rx.el.li(
                    Go.create(
                        one["label"],
                        to=one["href"],
                        class_name=f"{theme.LINK} inline-flex items-center min-h-[44px] font-semibold",
                    ),
                    rx.el.span(one["why"], class_name=f"{theme.SMALL} text-text-2 sm:ml-auto max-sm:pb-2"),
                    key=one["href"],
                    class_name=f"flex max-sm:flex-col sm:items-center gap-x-4 {theme.HAIRLINE}",
                ),
            ),
            aria_label="Similar artists",
            class_name="max-w-[720px]",
        ),
    )


def _report() -> rx.Component:
    return rx.el.section(
        rx.cond(
            ArtistState.is_reporting,
            rx.el.form(
                forms.field(
                    "What is wrong?",
                    rx.el.input(id="artist-report", dir="auto", name="reason", required=True, max_length=policy.MAX_ARTIST_REPORT_CHARACTERS, auto_complete="off", auto_focus=True, class_name=theme.FIELD),
                    for_id="artist-report",
                ),
                rx.el.p("The page is hidden until we have reviewed it.", class_name=f"{theme.SMALL} text-text-2"),
                rx.el.div(
                    buttons.button("Report", type="submit"),
                    buttons.button("Cancel", kind="quiet", on_click=ArtistState.toggle_report, custom_attrs={"data-escape": ""}),
                    class_name="flex gap-2",
                ),
                on_submit=ArtistState.report,
                class_name="grid gap-3 max-w-[480px]",
            ),
            rx.cond(
                SessionState.is_signed_in,
                buttons.button("Report a mistake", kind="quiet", on_click=ArtistState.toggle_report),
                buttons.link_button("Sign in to report a mistake", href=routes.LOGIN, kind="quiet"),
            ),
        ),
        class_name="mt-10 border-t border-line pt-4 max-w-[960px]",
    )  # fmt: skip


def _loading() -> rx.Component:
    return rx.el.div(
        feedback.skeleton("h-[16px] w-[60px] mb-3"),
        feedback.skeleton("h-[30px] w-[240px] mb-5"),
        *(feedback.skeleton("h-[14px] w-full max-w-prose mb-2.5") for _ in range(4)),
        aria_busy="true",
    )
