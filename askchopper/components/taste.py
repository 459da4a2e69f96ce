"""Charts of a taste profile: tempo curve, Camelot wheel, bars and creators, each with a text alternative."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.components.component import Component

from askchopper.components import catalogue, theme
from askchopper.components.client import Go, PlayButton, SoundScope
from askchopper.schemas.taste import Reason
from askchopper.schemas.view_models.catalogue import Card
from askchopper.schemas.view_models.taste import (
    HEIGHT,
    WHEEL,
    WIDTH,
    CreatorValue,
    TempoCurve,
    Value,
    Wedge,
)

Correct = Callable[[rx.Var[str], rx.Var[str], str], Any]
_CHOICES = (("more", "More of this"), ("less", "Less of this"), ("never", "Not my taste"))
_ITEM = "flex items-center w-full text-left rounded-ctl px-3 min-h-[44px] text-text-1 hover:bg-surface-4 cursor-pointer aria-pressed:text-amber"
_CLOSE = "const menu = document.activeElement?.closest('details'); menu?.removeAttribute('open'); menu?.querySelector('summary').focus()"
_SUMMARY = "inline-flex items-center min-h-[44px] md:min-h-[40px] font-semibold text-text-2 hover:text-text-1 cursor-pointer list-none"


class TasteImport(Component):
    """A button that imports a taste profile from a file, after a preview of its contents."""

    library = "$/public/src/shared/taste_import.jsx"
    tag = "TasteImport"
    label: rx.Var[str]
    primary_class_name: rx.Var[str]
    quiet_class_name: rx.Var[str]
    on_stored: rx.EventHandler[rx.event.no_args_event_spec]


def tempo_figure(curve: rx.Var[TempoCurve]) -> rx.Component:
    """Draw the density of tempi on a logarithmic axis."""
    return rx.el.figure(
        rx.el.div(
            rx.el.i(class_name="absolute inset-x-0 bottom-0 border-t border-line"),
            rx.el.i(class_name="absolute inset-x-0 top-1/2 border-t border-line"),
            rx.el.svg(
                rx.el.svg.polygon(points=curve.area, fill="var(--amber-tint)", opacity="0.6"),
                rx.el.svg.polyline(
                    points=curve.line, fill="none", stroke="var(--amber)", stroke_width="2", stroke_linejoin="round",
                    custom_attrs={"vectorEffect": "non-scaling-stroke"},
                ),
                view_box=f"0 0 {WIDTH} {HEIGHT}",
                role="img",
                aria_label=curve.text,
                custom_attrs={"preserveAspectRatio": "none"},
                class_name="absolute inset-0 size-full overflow-visible",
            ),
            class_name="relative h-[120px] md:h-[160px]",
        ),
        rx.el.div(
            rx.foreach(
                curve.ticks,
                lambda tick: rx.el.span(tick.label, key=tick.label, class_name="fact absolute -translate-x-1/2", style={"left": tick.left}),
            ),
            rx.el.span("BPM", class_name="fact absolute right-0"),
            aria_hidden="true",
            class_name="relative h-[16px] mt-2",
        ),
        rx.el.figcaption("Because of ", curve.because, class_name=f"{theme.SMALL} text-text-2 mt-3"),
    )  # fmt: skip


def wheel_figure(wedges: rx.Var[list[Wedge]]) -> rx.Component:
    """Draw the Camelot wheel; a list beside it has the same values."""
    return rx.el.svg(
        rx.foreach(wedges, _wedge),
        view_box=f"0 0 {WHEEL} {WHEEL}",
        role="img",
        aria_label="Camelot wheel, filled by how much you like each key. The list names them.",
        class_name="w-full max-w-[360px] mx-auto",
    )


def _wedge(wedge: rx.Var[Wedge]) -> rx.Component:
    return rx.el.svg.g(
        rx.el.svg.path(d=wedge.path, fill="var(--surface-2)"),
        rx.el.svg.path(d=wedge.path, fill="var(--amber)", custom_attrs={"fillOpacity": wedge.opacity}),
        rx.el.svg.text(
            wedge.camelot,
            x=wedge.x,
            y=wedge.y,
            fill=rx.cond(wedge.is_strong, "var(--on-amber)", "var(--text-2)"),
            custom_attrs={"textAnchor": "middle", "dominantBaseline": "central", "fontSize": "13"},
            class_name="font-mono",
        ),
        rx.el.svg.title(wedge.title),
        key=wedge.camelot,
    )


def bars(values: rx.Var[list[Value]], label: str, correct: Correct | None) -> rx.Component:
    """Render values as bars with reasons and, for the member, correction menus."""
    return rx.el.ul(rx.foreach(values, lambda value: bar(value, correct)), aria_label=label)


def bar(value: rx.Var[Value], correct: Correct | None) -> rx.Component:
    """Render one value as a bar in a list item."""
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                Go.create(value.label, to=value.href, class_name="py-2 -my-2 font-semibold truncate hover:underline underline-offset-2"),
                rx.cond(value.choice_text != "", rx.el.span(value.choice_text, class_name=theme.BADGE), rx.fragment()),
                rx.el.span(value.percent, class_name="fact text-text-1 ml-auto"),
                class_name="flex items-center gap-3 min-w-0",
            ),
            rx.el.div(
                rx.el.div(class_name="h-full rounded-[2px] bg-text-2", style={"width": value.width}),
                aria_hidden="true",
                class_name="h-[6px] rounded-[2px] bg-surface-2 my-1.5",
            ),
            rx.cond(value.because != "", rx.el.p("Because of ", value.because, class_name=f"{theme.SMALL} text-text-2"), rx.fragment()),
            class_name="min-w-0 flex-1 py-2.5",
        ),
        _menu(value, correct),
        key=value.value,
        class_name="flex items-center gap-2 border-b border-line",
    )  # fmt: skip


def creator_rows(creators: rx.Var[list[CreatorValue]], correct: Correct | None) -> rx.Component:
    """Render liked creators, each with a play button for their most played pack."""
    return rx.el.ul(
        rx.foreach(creators, lambda one: _creator(one, correct)),
        aria_label="Favourite creators",
        custom_attrs={"data-queue": ""},
    )


def _creator(one: rx.Var[CreatorValue], correct: Correct | None) -> rx.Component:
    words = rx.el.div(
        rx.el.div(
            Go.create(one.value.label, to=one.value.href, class_name=f"{catalogue.TITLE} hover:underline underline-offset-2"),
            rx.cond(one.value.choice_text != "", rx.el.span(one.value.choice_text, class_name=theme.BADGE), rx.fragment()),
            class_name="flex items-center gap-3 min-w-0",
        ),
        rx.cond(one.value.because != "", rx.el.p("Because of ", one.value.because, class_name=f"{theme.SMALL} text-text-2 truncate"), rx.fragment()),
        class_name="min-w-0 flex-1",
    )  # fmt: skip
    cover = catalogue.cover(one.cover, size=44, class_name="size-[44px] rounded-ctl shrink-0")
    return rx.el.li(
        rx.cond(
            one.sound,
            SoundScope.create(
                PlayButton.create(track=one.sound, size=18, class_name=f"{theme.ICON_BUTTON} data-[playing]:text-amber"),
                cover,
                words,
                track=one.sound,
                class_name="group flex items-center gap-3 min-w-0 flex-1",
            ),
            rx.el.div(cover, words, class_name="flex items-center gap-3 min-w-0 flex-1"),
        ),
        rx.el.span(one.value.percent, class_name="fact text-text-1"),
        _menu(one.value, correct),
        key=one.value.value,
        class_name="flex items-center gap-2 min-h-[64px] border-b border-line",
    )  # fmt: skip


def _menu(value: rx.Var[Value], correct: Correct | None) -> rx.Component:
    """Render the correction menu of a value; nothing if it is read-only."""
    if correct is None:
        return rx.fragment()
    return rx.el.details(
        rx.el.summary(
            rx.icon("sliders-horizontal", size=18, stroke_width=1.5, aria_hidden="true"),
            rx.el.span("Correct ", value.label, class_name="sr-only"),
            class_name=f"{theme.ICON_BUTTON} list-none",
            custom_attrs={"title": "Correct this"},
        ),
        rx.el.div(
            *(
                rx.el.button(
                    label, type="button", class_name=_ITEM, aria_pressed=value.choice == choice,
                    on_click=[rx.call_script(_CLOSE), correct(value.facet, value.value, choice)],
                )
                for choice, label in _CHOICES
            ),
            rx.cond(
                value.choice != "",
                rx.el.button("Remove correction", type="button", class_name=_ITEM, on_click=[rx.call_script(_CLOSE), correct(value.facet, value.value, "")]),
                rx.fragment(),
            ),
            class_name=f"{theme.FLOATING} absolute right-0 top-full z-20 rounded-sheet p-2 w-[200px]",
        ),
        custom_attrs={"name": "taste-correction"},  # one is open at a time
        class_name="relative shrink-0",
    )  # fmt: skip


def values_table(values: rx.Var[list[Value]], caption: str, heading: str) -> rx.Component:
    """Render the values of a chart as a collapsible table."""
    head = "text-left pr-6 text-[12px] text-text-3 font-normal"
    return rx.el.details(
        rx.el.summary("Show as table", class_name=_SUMMARY),
        rx.el.table(
            rx.el.caption(caption, class_name="sr-only"),
            rx.el.thead(rx.el.tr(*(rx.el.th(word, scope="col", class_name=head) for word in (heading, "Share", "Because of")))),
            rx.el.tbody(
                rx.foreach(
                    values,
                    lambda value: rx.el.tr(
                        rx.el.th(value.label, scope="row", class_name="text-left font-normal pr-6 py-1.5"),
                        rx.el.td(value.percent, class_name="fact pr-6"),
                        rx.el.td(value.because, class_name="text-text-2"),
                        key=value.value,
                        class_name="border-b border-line",
                    ),
                )
            ),
            class_name="w-full",
        ),
        class_name="mt-2",
    )  # fmt: skip


def recommended_card(card: rx.Var[Card], dismiss: Callable[[rx.Var[str]], Any]) -> rx.Component:
    """Render a recommended pack with its reason and the button that dismisses it."""
    return rx.el.div(
        catalogue.pack_card(card),
        rx.el.p(card.why, class_name=f"{theme.SMALL} text-text-2 mt-1.5"),
        _dismiss_button(card.title, dismiss(card.id)),
        class_name="min-w-0",
    )


def reason_line(reason: rx.Var[Reason], pack: rx.Var[str], dismiss: Callable[[rx.Var[str]], Any]) -> rx.Component:
    """Render the reason and the dismiss button above the first sound of a recommended pack; nothing without a reason."""
    return rx.cond(
        reason,
        rx.el.div(
            rx.el.span(reason.why, class_name="min-w-0"),
            _dismiss_button(pack, dismiss(reason.pack_id)),
            class_name=f"{theme.SMALL} text-text-2 flex items-center justify-between gap-3 pt-2 md:pt-4",
        ),
        rx.fragment(),
    )


def _dismiss_button(pack: rx.Var[str], on_click: Any) -> rx.Component:
    return rx.el.button(
        "Not my thing",
        type="button",
        aria_label=f"Not my thing: {pack}",
        on_click=on_click,
        class_name="inline-flex items-center shrink-0 min-h-[44px] md:min-h-[32px] font-semibold text-[13px] text-text-3 hover:text-text-1 cursor-pointer",
    )


def who_read(looked: rx.Var[list[dict[str, str]]]) -> rx.Component:
    """Render when and why administrators read the member's profile."""
    return rx.cond(
        looked,
        rx.el.section(
            rx.el.h2("Who read this", class_name=f"{theme.TITLE_2} mb-2"),
            rx.el.ul(
                rx.foreach(
                    looked,
                    lambda one: rx.el.li(
                        "An administrator looked at this on ", one["at"], ": ", rx.el.span(one["reason"], dir="auto"),
                        key=one["at"], class_name="text-text-2 py-2 border-b border-line",
                    ),
                )
            ),
            aria_label="Who read this",
            class_name="mt-12",
        ),
        rx.fragment(),
    )  # fmt: skip
