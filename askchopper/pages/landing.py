"""Landing page: search, a strip of six playable packs, new packs, and trends."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, catalogue, feedback, prerender, shelves, theme
from askchopper.components.client import (
    Go,
    PlayButton,
    PlayingTrack,
    SearchBox,
    SoundQuery,
    SoundScope,
    Waveform,
)
from askchopper.components.plurals import noun
from askchopper.components.taste import recommended_card
from askchopper.schemas.view_models.catalogue import SHELF_CARDS, Card
from askchopper.states.catalogue import LandingState, ListenState
from askchopper.states.session import SessionState
from askchopper.states.taste import ForYouState
from askchopper.views import spotify_player
from askchopper.views.shell import frame

_STEPS = (
    "Play anything in full. Previews are lower quality, never cut short.",
    "Pay with tokens, for a whole pack or for a single sound.",
    "Download at once and again whenever you like. The licence is dated, numbered and yours.",
)
# On wide screens the button is a field beside the words.
_BESIDE = (
    "lg:absolute lg:mt-0 lg:right-7 lg:top-[104px] lg:bottom-[52px] lg:w-[min(400px,28vw)] lg:!flex-col lg:!justify-center"
    " lg:!rounded-sheet lg:!border-dashed lg:!bg-surface-1 lg:hover:!bg-surface-2 lg:gap-4"
)


def landing() -> rx.Component:
    return frame(
        _hero(),
        spotify_player.corner(),
        _strip(),
        _as_you_listen(),
        _fresh(),
        _yours(),
        _for_you(),
        _buying(),
        _rising(),
        _making(),
        active=routes.HOME,
        has_own_remote=True,
    )


def _hero() -> rx.Component:
    return rx.el.section(
        rx.el.h1("Find the sound you can hear in your head.", class_name=f"{theme.DISPLAY} max-w-[12em] text-balance"),
        rx.el.p(
            rx.cond(_is_new_member(), _greeting(), _claim()),
            class_name=f"{theme.BODY} text-text-2 mt-6 max-w-[44ch] min-h-[72px] sm:min-h-[48px]",
        ),
        SearchBox.create(
            buttons.button(
                rx.el.span("Find sounds", class_name="hidden sm:inline"),
                rx.icon("arrow-right", size=20, class_name="sm:hidden", aria_hidden="true"),
                rx.el.span("Find sounds", class_name="sr-only sm:hidden"),
                kind="primary",
                type="submit",
                class_name="absolute right-1 top-1 bottom-1 !min-h-0",
            ),
            is_member=SessionState.is_signed_in,
            placeholder="Describe a sound",
            class_name="relative mt-8 max-w-[680px]",
            input_class_name="w-full h-[56px] rounded-cover border border-control bg-surface-2 pl-5 pr-[140px] text-[16px] placeholder:text-text-3 hover:border-text-3",
        ),
        SoundQuery.create(
            rx.icon("mic", size=18, stroke_width=1.5, class_name="lg:size-[40px]", aria_hidden="true"),
            rx.el.span("Search with a sound", class_name="lg:text-[20px] lg:leading-[26px]"),
            rx.el.span("Drop a file, or hum", class_name="text-text-3 font-normal max-sm:hidden"),
            class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} mt-3 gap-2.5 {_BESIDE}",
            button_class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} w-full min-h-[48px] justify-center",
        ),
        rx.el.div(
            rx.el.span("Try", class_name="text-text-3 hidden sm:inline"),
            rx.foreach(
                LandingState.examples,
                lambda example: rx.el.a(
                    example["label"], href=example["href"], key=example["label"],
                    class_name="inline-flex items-center min-h-[44px] text-text-2 hover:text-text-1 underline decoration-line-strong underline-offset-4 whitespace-nowrap",
                ),
            ),
            # Wide enough for all on a desktop; on a phone they wrap, so that none is cut.
            class_name=rx.cond(
                LandingState.examples,
                f"{theme.SMALL} flex flex-wrap items-center gap-x-6 mt-2 min-h-[88px] sm:min-h-[44px]",
                f"{theme.SMALL} flex flex-wrap items-center gap-x-6 mt-2 min-h-[88px] sm:min-h-[44px] invisible",
            ),
        ),
        class_name=f"{theme.PAGE} relative pt-12 md:pt-[88px] pb-8 md:pb-10",
    )  # fmt: skip


def _is_new_member() -> rx.Var[bool]:
    has_nothing = (LandingState.owned.length() == 0) & (SessionState.creator_href == "")
    return SessionState.is_signed_in & (LandingState.files != "") & has_nothing


def _greeting() -> rx.Component:
    free = rx.el.a(
        "Start with a free pack",
        href=routes.browse(price_max="0", view="grid"),
        class_name="text-text-1 underline decoration-line-strong underline-offset-4",
    )
    return rx.fragment(
        "Welcome. You have ", rx.el.span(SessionState.balance, class_name="text-text-1"), noun(SessionState.balance, "token"), ". ",
        free, ", or say what you need.",
    )  # fmt: skip


def _claim() -> rx.Component:
    return rx.fragment(
        rx.cond(
            LandingState.files != "",
            rx.fragment(
                LandingState.files, " loops and one-shots in ", LandingState.packs, noun(LandingState.packs, "pack"), " from ",
                LandingState.creators, noun(LandingState.creators, "independent creator"), ". ",
            ),
            "Loops and one-shots from independent creators. ",
        ),
        "Say what you need. Hear it before you pay.",
    )  # fmt: skip


def _slice(card: rx.Var[Card]) -> rx.Component:
    return rx.el.li(
        SoundScope.create(
            Waveform.create(track=card.sound, peaks=card.sound.peaks, bar=3, gap=3, class_name="h-[96px] md:h-[128px]"),
            rx.el.div(
                rx.el.div(
                    catalogue.cover(card.cover, size=44, class_name="size-[44px] rounded-ctl"),
                    PlayButton.create(
                        track=card.sound, size=14,
                        class_name="absolute inset-0 m-auto size-[28px] rounded-full bg-base/[.88] grid place-items-center cursor-pointer data-[playing]:text-amber after:absolute after:-inset-2",
                    ),
                    class_name="relative shrink-0",
                ),
                rx.el.div(
                    rx.el.a(card.title, href=card.href, dir="auto", class_name="font-semibold block truncate group-data-[current]:text-amber hover:underline"),
                    rx.el.p(rx.el.span(card.bpm), catalogue.key_fact(card.key, card.key_spoken), class_name="fact flex gap-3 whitespace-nowrap"),
                    class_name="min-w-0",
                ),
                class_name="flex items-center gap-3 mt-4",
            ),
            track=card.sound,
            class_name="group",
        ),
        key=card.id,
        class_name="relative min-w-[220px] lg:min-w-0 flex-1 pr-6 last:pr-0 [&:not(:last-child)]:after:content-[''] [&:not(:last-child)]:after:absolute [&:not(:last-child)]:after:right-[11px] [&:not(:last-child)]:after:top-0 [&:not(:last-child)]:after:h-[96px] md:[&:not(:last-child)]:after:h-[128px] [&:not(:last-child)]:after:w-px [&:not(:last-child)]:after:bg-text-3 [&:not(:last-child)]:after:rotate-[12deg]",
    )  # fmt: skip


def _strip() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Six packs, side by side", class_name="sr-only"),
        rx.el.ul(
            rx.cond(
                LandingState.strip,
                rx.foreach(LandingState.strip, _slice),
                rx.fragment(*(
                    rx.el.li(feedback.skeleton("h-[96px] md:h-[128px] w-full"), class_name="min-w-[220px] lg:min-w-0 flex-1 pr-6", aria_hidden="true")
                    for _ in range(6)
                )),
            ),
            class_name=f"{theme.PAGE} flex overflow-x-auto min-h-[156px] md:min-h-[188px]",
            custom_attrs={"data-queue": ""},
        ),
        class_name="border-y border-line py-6",
    )  # fmt: skip


def _as_you_listen() -> rx.Component:
    """Render the sounds most similar to the playing one."""
    return rx.fragment(
        PlayingTrack.create(on_play=ListenState.follow),
        rx.cond(
            ListenState.rows,
            rx.el.section(
                rx.el.h2("Sounds like ", ListenState.title, class_name=f"{theme.TITLE_3} pt-6 pb-2"),
                rx.el.ul(
                    rx.foreach(ListenState.rows, lambda row: rx.el.li(catalogue.sound_row(row), key=row.sound.id)),
                    class_name="@container",
                    custom_attrs={"data-queue": ""},
                ),
                aria_label="Results as you listen",
                class_name=theme.PAGE,
            ),
            rx.fragment(),
        ),
    )


def _yours() -> rx.Component:
    """Render the member's saved searches and newest library packs."""
    return rx.fragment(
        rx.cond(
            LandingState.searches,
            rx.el.section(
                rx.el.h2("Saved searches", class_name=f"{theme.TITLE_2} mb-4"),
                rx.el.nav(
                    rx.foreach(
                        LandingState.searches,
                        lambda one: Go.create(
                            rx.icon("bookmark", size=14, stroke_width=1.5, aria_hidden="true"), rx.el.span(one["name"], class_name="truncate"),
                            rx.cond(one["news"] != "", rx.el.span(one["news"], " new", class_name="fact text-amber"), rx.fragment()),
                            to=one["href"], class_name=f"{theme.CHIP} gap-2 max-w-full",
                        ),
                    ),
                    aria_label="Saved searches",
                    class_name="flex flex-wrap gap-2",
                ),
                class_name=f"{theme.PAGE} pt-14 md:pt-[72px]",
            ),
            rx.fragment(),
        ),
        rx.cond(
            LandingState.owned,
            rx.el.section(
                _heading("Your library", more="All of it", href=routes.LIBRARY),
                catalogue.card_grid(LandingState.owned, class_name=shelves.SIX),
                class_name=f"{theme.PAGE} pt-14 md:pt-[72px]",
            ),
            rx.fragment(),
        ),
    )  # fmt: skip


def _heading(title: str, *, more: str, href: str) -> rx.Component:
    return rx.el.div(
        rx.el.h2(title, class_name=theme.TITLE_2),
        rx.el.a(
            more, rx.icon("arrow-right", size=16, stroke_width=1.5, aria_hidden="true"), href=href,
            class_name="inline-flex items-center gap-2 min-h-[44px] font-semibold text-text-2 hover:text-text-1",
        ),
        class_name="flex justify-between items-center mb-4",
    )  # fmt: skip


def _fresh() -> rx.Component:
    return rx.el.section(
        _heading("New packs", more="All packs", href=routes.browse(view="grid", sort="newest")),
        rx.cond(
            LandingState.fresh,
            catalogue.card_grid(LandingState.fresh, class_name=shelves.SIX),
            prerender.place(*feedback.card_skeletons(SHELF_CARDS), class_name=f"{catalogue.CARD_GRID} {shelves.SIX}"),
        ),
        class_name=f"{theme.PAGE} pt-14 md:pt-[72px]",
    )  # fmt: skip


def _rising() -> rx.Component:
    """Render packs whose activity rises this week, with a link to the trends."""
    return rx.cond(
        LandingState.rising,
        rx.el.section(
            _heading("Rising this week", more="Trends", href=routes.TRENDS),
            catalogue.card_grid(LandingState.rising, class_name=shelves.SIX),
            class_name=f"{theme.PAGE} pt-14 md:pt-[72px]",
        ),
        rx.fragment(),
    )


def _for_you() -> rx.Component:
    """Render recommended packs with reasons, and the sound of the day."""
    return rx.fragment(
        rx.cond(
            ForYouState.cards,
            rx.el.section(
                _heading("For you", more="Your taste", href=routes.TASTE),
                rx.el.ul(
                    rx.foreach(
                        ForYouState.cards,
                        lambda one: rx.el.li(
                            recommended_card(one, ForYouState.dismiss), key=one.id, class_name="min-w-0"
                        ),
                    ),
                    aria_label="For you",
                    class_name=f"{catalogue.CARD_GRID} {shelves.FIVE}",
                    custom_attrs={"data-queue": ""},
                ),
                aria_label="For you",
                class_name=f"{theme.PAGE} pt-14 md:pt-[72px]",
            ),
            rx.fragment(),
        ),
        rx.cond(
            LandingState.daily,
            rx.el.section(
                rx.el.h2("Sound of the day", class_name=f"{theme.TITLE_2} mb-2"),
                rx.el.ul(
                    rx.foreach(LandingState.daily, lambda row: rx.el.li(catalogue.sound_row(row), key=row.sound.id)),
                    custom_attrs={"data-queue": ""},
                ),
                class_name=f"{theme.PAGE} pt-14 md:pt-[72px]",
            ),
            rx.fragment(),
        ),
    )


def _buying() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("How buying works", class_name=f"{theme.TITLE_2} mb-5"),
            rx.el.ol(
                *(
                    rx.el.li(
                        rx.el.span(str(number), class_name="fact", aria_hidden="true"),
                        sentence,
                        class_name="flex gap-4 items-baseline py-4 border-t border-line last:border-b text-[15px] leading-[22px]",
                    )
                    for number, sentence in enumerate(_STEPS, start=1)
                )
            ),
            rx.cond(
                LandingState.money != "",
                rx.el.p(
                    "10 tokens cost about ",
                    LandingState.money,
                    ", less in larger bundles.",
                    class_name=f"{theme.SMALL} text-text-2 mt-3",
                ),
                rx.fragment(),
            ),
            class_name="flex-1 max-w-[720px]",
        ),
        rx.cond(SessionState.is_signed_in, _own_wallet(), _join()),
        class_name=f"{theme.PAGE} pt-14 md:pt-[72px] flex flex-col md:flex-row gap-10 md:gap-28 justify-between",
    )


def _own_wallet() -> rx.Component:
    return rx.el.a(
        rx.el.span("Your wallet", class_name=theme.LABEL),
        rx.el.span(
            brand.token(is_own=True),
            rx.el.span(SessionState.balance),
            class_name="fact-lg inline-flex items-center gap-3",
        ),
        href=routes.WALLET,
        class_name="md:w-[400px] self-start rounded-sheet bg-surface-2 hover:bg-surface-3 p-6 flex justify-between items-center gap-6",
    )


def _join() -> rx.Component:
    return rx.el.div(
        rx.el.h3("Start with a free pack", class_name=theme.TITLE_3),
        rx.el.p(
            "Free packs come with the same licence, certificate and downloads as any other.",
            class_name=f"{theme.UI} text-text-2 mt-2 mb-5",
        ),
        buttons.link_button("Browse free packs", href=routes.browse(price_max="0", view="grid")),
        class_name="md:w-[400px] self-start rounded-sheet bg-surface-2 p-6",
    )


def _making() -> rx.Component:
    def tile(label: str, value: rx.Var[str]) -> rx.Component:
        return rx.el.div(
            rx.el.dt(label, class_name=f"{theme.LABEL} text-text-2"),
            rx.el.dd(value, class_name="fact-lg"),
            class_name="flex justify-between items-center min-h-[56px] border-t border-line last:border-b",
        )

    return rx.el.section(
        rx.el.div(
            rx.el.h2("For people who make sounds", class_name=theme.TITLE_2),
            rx.el.p(
                f"Set your own prices and keep {policy.SELLER_SHARE_PERCENT}% of every sale.",
                class_name=f"{theme.BODY} text-text-2 mt-3 mb-5 max-w-[56ch]",
            ),
            buttons.link_button("Start selling", href=routes.STUDIO),
            class_name="flex-1",
        ),
        rx.el.dl(
            tile("Creators", LandingState.creators),
            tile("Packs", LandingState.packs),
            tile("Sounds", LandingState.files),
            class_name="md:w-[400px]",
        ),
        class_name=f"{theme.PAGE} pt-14 md:pt-[72px] flex flex-col md:flex-row gap-8 justify-between",
    )
