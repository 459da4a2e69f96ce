"""The content of a pack page or of a draft's preview: player, contents, licences and purchase."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import brand, buttons, catalogue, feedback, prerender, reactions, shelves, theme
from askchopper.components.client import ForPath, Go, PlayButton, Waveform
from askchopper.components.community import TOOL
from askchopper.components.plurals import noun
from askchopper.components.purchase import BuyButton, ForLicence, LicenceChoice, LicenceRadio
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.states.catalogue import OfferState, PackState
from askchopper.states.reports import ReportState
from askchopper.views import comments, ratings
from askchopper.views.share import share_button


def content() -> rx.Component:
    """Render the pack in ``PackState``, with a skeleton until it is the one of this page."""
    return ForPath.create(
        rx.cond(
            PackState.is_missing,
            rx.el.div(_missing(), class_name=theme.PAGE),
            rx.cond(PackState.card, _pack(), _loading()),
        ),
        _loading(),
        path=PackState.path,
    )


def _missing() -> rx.Component:
    return feedback.failure(
        rx.cond(PackState.tombstone != "", "This pack was taken down.", "We can't find this pack."),
        rx.cond(
            PackState.tombstone != "", PackState.tombstone, "It may have been withdrawn, or the address is mistyped."
        ),
        buttons.link_button("Browse packs", href=routes.BROWSE),
    )


def _loading() -> rx.Component:
    """Render a skeleton with the page's geometry, to avoid layout shift."""
    return prerender.place(
        rx.el.div(
            rx.el.div(
                feedback.skeleton(f"{prerender.PACK_COVER} {prerender.PACK_COVER_PLACE}"),
                rx.el.div(
                    feedback.skeleton("h-[28px] w-[260px] max-w-full"), feedback.skeleton("h-[16px] w-[180px] mt-4"),
                    feedback.skeleton("h-[60px] w-full max-w-[420px] mt-6"),
                    class_name=f"{prerender.PACK_SUMMARY} pt-2",
                ),
                class_name=prerender.PACK_TOP,
            ),
            feedback.skeleton(f"{prerender.PACK_PREVIEW} h-[64px] w-full sm:!mt-12"),
            class_name=prerender.PACK_MAIN,
        ),
        rx.el.div(feedback.skeleton("h-[280px] w-full"), class_name="max-md:order-last md:pl-7"),
        rx.el.div(*feedback.row_skeletons(12, "h-[60px] md:h-[52px]"), class_name=prerender.PACK_CONTENTS),
        class_name=f"{theme.PAGE} {prerender.PACK_COLUMNS}",
    )  # fmt: skip


def _pack() -> rx.Component:
    return LicenceChoice.create(
        rx.el.div(
            class_name=prerender.PACK_WASH,
            style={"--hue": PackState.hue},
        ),
        rx.el.div(
            rx.el.div(
                rx.el.div(_cover(), _summary(), _about(), class_name=prerender.PACK_TOP),
                _preview(),
                class_name=prerender.PACK_MAIN,
            ),
            _buying(),
            _contents(),
            class_name=f"{theme.PAGE} {prerender.PACK_COLUMNS}",
        ),
        rx.cond(PackState.is_preview, rx.fragment(), _community()),
        _related(),
        _buy_bar(),
        kinds=OfferState.kinds,
    )


def _cover() -> rx.Component:
    return rx.el.div(
        catalogue.cover(PackState.card.cover, size=280, is_eager=True, class_name=prerender.PACK_COVER),
        PlayButton.create(
            track=PackState.card.sound,
            size=20,
            class_name="absolute bottom-3 right-3 size-[44px] rounded-full bg-base/[.88] grid place-items-center cursor-pointer data-[playing]:text-amber",
        ),
        class_name=prerender.PACK_COVER_PLACE,
        custom_attrs={"data-queue": ""},
    )


def _summary() -> rx.Component:
    def fact(value: rx.Var[str], word: str) -> rx.Component:
        return rx.el.span(
            rx.el.span(value, class_name="fact text-text-1"), rx.el.span(word, class_name=f"{theme.SMALL} text-text-2"),
            class_name="inline-flex items-baseline gap-1 whitespace-nowrap",
        )  # fmt: skip

    return rx.el.div(
        rx.el.h1(PackState.title, dir="auto", class_name=f"{theme.TITLE_1} text-balance"),
        rx.el.p(
            rx.el.a(
                PackState.card.creator, href=PackState.card.creator_href, class_name="font-semibold hover:underline"
            ),
            rx.el.span(PackState.place, class_name="text-text-3"),
            class_name="flex gap-2 mt-2",
        ),
        rx.el.div(
            fact(PackState.card.bpm, "BPM"),
            rx.el.span(
                catalogue.key_fact(PackState.card.key, PackState.card.key_spoken, class_name="text-text-1"),
                rx.el.span(PackState.facts["camelot"], class_name="fact"),
                class_name="inline-flex gap-2",
            ),
            rx.cond(
                PackState.facts["rating"] != "",
                rx.el.a(
                    rx.icon("star", size=14, aria_hidden="true", class_name="text-amber fill-current"),
                    rx.el.span("Rated ", class_name="sr-only"),
                    rx.el.span(PackState.facts["rating"], class_name="fact text-text-1"),
                    href="#reviews",
                    class_name="inline-flex items-center gap-1",
                ),
                rx.fragment(),
            ),
            fact(PackState.facts["count"], "sounds"),
            rx.el.span(PackState.facts["time"], class_name="fact text-text-1"),
            rx.el.span(PackState.facts["size"], class_name="fact text-text-1"),
            class_name=prerender.PACK_FACTS,
        ),
        rx.cond(PackState.is_preview, rx.fragment(), _actions()),
        class_name=prerender.PACK_SUMMARY,
    )


def _about() -> rx.Component:
    return rx.el.div(
        rx.el.p(PackState.description, dir="auto", class_name=prerender.PACK_DESCRIPTION),
        rx.el.ul(
            rx.el.li(Go.create(PackState.facts["genre"], to=PackState.facts["genre_href"], class_name=theme.CHIP)),
            rx.foreach(
                PackState.tags,
                lambda tag: rx.el.li(Go.create(tag["label"], to=tag["href"], class_name=theme.CHIP), key=tag["href"]),
            ),
            class_name=f"{prerender.TAGS} mt-5",
        ),
        class_name=prerender.PACK_ABOUT,
    )


def _actions() -> rx.Component:
    return rx.el.div(
        reactions.LikeButton.create(
            track=PackState.card.sound, count=PackState.card.likes, class_name=reactions.LIKE_WITH_COUNT
        ),
        reactions.CollectButton.create(
            rx.el.span("Add to collection", class_name=prerender.PACK_COLLECT_LABEL),
            track=PackState.card.sound,
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
        ),
        share_button(PackState.title, url=PackState.facts["share"]),
        rx.cond(
            PackState.is_own,
            rx.fragment(),
            rx.el.button(
                "Report",
                type="button",
                on_click=ReportState.open("pack", PackState.card.slug, PackState.title),
                class_name=f"{TOOL} !mx-1",
            ),
        ),
        custom_attrs={"data-page-like": ""},
        class_name=prerender.PACK_ACTIONS,
    )


def _preview() -> rx.Component:
    return rx.el.div(
        rx.el.p("Pack preview", class_name=f"{theme.LABEL} text-text-2 mb-2"),
        rx.el.div(
            Waveform.create(track=PackState.card.sound, peaks=PackState.card.sound.peaks, class_name="h-[64px]"),
            comments.marks(PackState.card.sound),
            class_name="relative",
        ),
        class_name=prerender.PACK_PREVIEW,
    )


def _buying() -> rx.Component:
    return rx.el.aside(
        rx.cond(
            PackState.is_own & ~PackState.is_preview,
            rx.el.p("This is your pack. Buyers see the licences and prices here.", class_name="text-text-2"),
            rx.fragment(
                rx.el.fieldset(
                    rx.el.legend("Licence", class_name=f"{theme.LABEL} text-text-2"),
                    rx.foreach(OfferState.offers, _offer),
                    class_name="grid",
                ),
                # Phones and upright tablets have the button in the bar at the bottom.
                _for_chosen(_buying_of),
            ),
        ),
        aria_label="Buy",
        custom_attrs={"inert": PackState.is_preview},
        class_name=prerender.PACK_BUYING,
    )  # fmt: skip


def _offer(offer: Any) -> rx.Component:
    return rx.el.label(
        LicenceRadio.create(kind=offer["kind"], class_name="mt-0.5"),
        rx.el.span(
            rx.el.span(offer["title"], class_name="font-semibold block"),
            rx.el.span(offer["sentence"], class_name=f"{theme.SMALL} text-text-2 block"),
            rx.cond(
                offer["paid"] != "",
                rx.el.span(
                    "You've already paid ", offer["paid"], " towards this", class_name=f"{theme.SMALL} text-ok block"
                ),
                rx.fragment(),
            ),
        ),
        rx.el.span(
            rx.cond(
                offer["missing"].to(int) == 0,
                "In library",
                rx.cond(offer["price_now"].to(int) == 0, "Free", offer["price_now"].to_string()),
            ),
            class_name="fact text-text-1",
        ),
        key=offer["kind"],
        class_name="grid grid-cols-[auto_1fr_auto] gap-3 py-4 border-b border-line cursor-pointer",
    )


def _for_chosen(draw: Callable[[Any], rx.Component]) -> rx.Component:
    """Render a component for each offer; only that of the selected offer is visible."""
    return rx.foreach(
        OfferState.offers, lambda offer: ForLicence.create(draw(offer), kind=offer["kind"], key=offer["kind"])
    )


def _buying_of(offer: Any) -> rx.Component:
    return rx.fragment(
        # Phones and upright tablets have the button in the bar at the bottom.
        rx.el.div(
            _action(offer, "w-full min-h-[48px]", is_shortcut=True),
            class_name="mt-3 max-md:hidden",
        ),
        rx.cond(
            offer["can_buy"],
            rx.el.p(offer["money"], class_name="fact text-center mt-2 max-md:hidden"),
            buttons.link_button("Go to library", href=routes.LIBRARY, kind="quiet", class_name="w-full mt-2"),
        ),
    )


def _action(offer: Any, class_name: str, *, is_shortcut: bool = False) -> rx.Component:
    shortcut = {"custom_attrs": {"data-buy": ""}} if is_shortcut else {}
    return rx.cond(
        offer["can_buy"],
        BuyButton.create(
            rx.cond(
                offer["price_now"].to(int) == 0,
                "Get for free",
                rx.fragment("Buy for ", offer["price_now"].to_string(), noun(offer["price_now"].to(int), "token")),
            ),
            item=PackState.facts["ref"],
            licence=offer["kind"],
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['primary']} {class_name}",
            **shortcut,
        ),
        buttons.file_link(
            rx.icon("download", size=18, stroke_width=1.5, aria_hidden="true"),
            "Download, ",
            PackState.facts["size"],
            href=PackState.facts["download"],
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['primary']} {class_name}",
        ),
    )


def _contents() -> rx.Component:
    count = PackState.facts["count"]
    return rx.el.section(
        rx.el.div(
            rx.el.h2(rx.el.span(count, class_name="font-mono"), noun(count, "sound"), class_name=theme.TITLE_2),
            PlayButton.create(
                rx.el.span("Play all"),
                track=PackState.card.sound,
                size=14,
                label="Play all",
                is_queue_item=False,
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
            ),
            class_name="flex justify-between items-center mb-3",
        ),
        rx.el.ul(
            rx.foreach(
                PackState.rows,
                lambda row: rx.el.li(
                    catalogue.content_row(row, action=_row_action(row), marks=comments.marks(row.sound)),
                    key=row.sound.id,
                ),
            ),
            # Sounds of a draft cannot be liked.
            class_name=rx.cond(PackState.is_preview, "@container [&_[data-like]]:invisible", "@container"),
        ),
        class_name=prerender.PACK_CONTENTS,
        custom_attrs={"data-queue": ""},
    )


def _row_action(row: rx.Var[SoundRow]) -> rx.Component:
    return rx.cond(
        row.is_owned,
        buttons.file_link(
            rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"),
            rx.el.span("Get", class_name="font-ui font-semibold text-[14px]"),
            href=catalogue.download_of(row),
            aria_label=rx.Var.create("Download ") + row.sound.title,
            class_name=f"{theme.PLATE} !bg-transparent !text-ok hover:!bg-ok-tint",
        ),
        rx.cond(
            PackState.is_own,
            rx.el.span(row.sound.price, class_name="fact text-right"),
            catalogue.price_button(
                row.sound, class_name=f"{theme.PLATE} hover:bg-surface-3 group-data-[current]:bg-surface-3"
            ),
        ),
    )


def _community() -> rx.Component:
    return rx.el.div(
        comments.comments(),
        ratings.ratings(),
        class_name=f"{theme.PAGE} pt-12 md:pt-14 grid gap-x-8 gap-y-12 lg:grid-cols-[minmax(0,1fr)_340px]",
    )


def _related() -> rx.Component:
    return rx.fragment(
        _more("Sounds like this pack", PackState.alike), _more("Similar key and tempo", PackState.related)
    )


def _more(title: str, cards: rx.Var[list[Card]]) -> rx.Component:
    return rx.cond(
        cards,
        rx.el.section(
            rx.el.h2(title, class_name=f"{theme.TITLE_2} mb-4"),
            catalogue.card_grid(cards, class_name=shelves.FULL_ROWS),
            class_name=f"{theme.PAGE} pt-12 md:pt-14",
        ),
        rx.fragment(),
    )


def _buy_bar() -> rx.Component:
    """Render the bar with price and buy or download button above the player, on phones and tablets in portrait."""
    return _for_chosen(_buy_bar_of)


def _buy_bar_of(offer: Any) -> rx.Component:
    return rx.cond(
        PackState.is_own & ~PackState.is_preview,
        rx.fragment(),
        rx.el.div(
            rx.el.div(
                rx.el.p(offer["title"], class_name=f"{theme.SMALL} text-text-2"),
                rx.cond(
                    offer["can_buy"],
                    rx.cond(
                        offer["price_now"].to(int) == 0,
                        rx.el.p("Free", class_name="font-semibold"),
                        rx.el.p(
                            brand.tokens(offer["price_now"].to_string()),
                            rx.el.span(offer["money"], class_name="fact ml-3"),
                        ),
                    ),
                    rx.el.p("In library", class_name=f"{theme.SMALL} text-ok font-semibold"),
                ),
            ),
            _action(offer, "min-w-[160px]"),
            custom_attrs={"inert": PackState.is_preview},
            class_name="no-print md:hidden fixed inset-x-0 bottom-[calc(var(--player-h)+var(--tabs-h))] z-30 h-[68px] px-4 sm:px-6 bg-base border-t border-line flex items-center justify-between",
        ),
    )
