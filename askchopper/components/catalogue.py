"""Pack cards and sound rows."""

from collections.abc import Callable

import reflex as rx

from askchopper import routes
from askchopper.components import brand, buttons, reactions, theme
from askchopper.components.client import AddToQueue, Go, PlayButton, PlayTogether, SoundScope, Waveform
from askchopper.components.purchase import PriceButton
from askchopper.schemas.view_models.catalogue import UNKNOWN, Card, Sound, SoundRow

TITLE = "font-semibold text-text-1 group-data-[current]:text-amber truncate"
CARD_GRID = "grid grid-cols-2 sm:grid-cols-3 md:grid-cols-4 lg:grid-cols-5 gap-x-4 gap-y-8 md:gap-x-5"
CARD_COVER = "w-full h-auto aspect-square rounded-cover"
CARD_TITLE = f"{TITLE} block leading-[24px] mt-2.5 group-hover:underline underline-offset-2"
CARD_CREATOR = f"{theme.SMALL} !leading-[24px] text-text-2 hover:text-text-1 block truncate"
CARD_FACTS = "flex items-center gap-3 mt-0.5"
_DISC = (
    "absolute bottom-3 right-3 size-[44px] rounded-full bg-base/[.88] text-text-1 grid place-items-center cursor-pointer"
    " data-[playing]:text-amber transition-opacity duration-[140ms] hover-only opacity-0 group-hover:opacity-100"
    " group-focus-within:opacity-100 group-data-[current]:opacity-100 group-data-[current]:text-amber"
)


_SAID_ELSEWHERE = {"tabIndex": -1, "aria-hidden": "true"}
THUMBNAIL = 96
# Dense phone layouts use the medium cover: sharp enough for two columns, a third of the bytes.
CARD_SIZES = "(max-width: 899px) 120px, 280px"


def cover(key: rx.Var[str], *, size: int, class_name: str, is_eager: bool = False) -> rx.Component:
    """Render a cover at the best stored width, or the placeholder. Hidden from screen readers, since the title is next to it."""
    # As attributes: Reflex would turn the props into styles, and the classes could not win against those.
    attributes: dict[str, str | int] = {
        "width": size, "height": size, "fetchPriority": "high" if is_eager else "auto",
    }  # fmt: skip
    path = f"/media/covers/{key}"
    if size > THUMBNAIL:
        attributes |= {"srcSet": f"{path}/320.webp 320w, {path}/640.webp 640w", "sizes": CARD_SIZES}
    image = rx.el.img(
        src=f"{path}/{96 if size <= THUMBNAIL else 320}.webp",
        custom_attrs=attributes,
        alt="",
        loading="eager" if is_eager else "lazy",
        class_name=f"object-cover bg-surface-2 {class_name}",
    )
    placeholder = rx.el.span(
        brand.logo(size // 3), class_name=f"grid place-items-center bg-surface-2 text-wave-idle {class_name}"
    )
    return rx.cond(key != "", image, placeholder)


def portrait(picture: rx.Var[str], *, size: int, class_name: str = "") -> rx.Component:
    """Render a member's picture."""
    return rx.el.img(
        src=f"/media/covers/{picture}/{96 if size <= THUMBNAIL // 2 else 320}.webp",
        custom_attrs={"width": size, "height": size},
        alt="",
        class_name=f"size-full rounded-full object-cover {class_name}",
    )


def avatar(picture: rx.Var[str], initials: rx.Var[str], *, size: int, class_name: str) -> rx.Component:
    """Render a member's picture, or initials. Hidden from screen readers, since the name is next to it."""
    return rx.el.span(
        rx.cond(picture != "", portrait(picture, size=size), rx.el.span(initials)),
        class_name=f"grid place-items-center rounded-full shrink-0 font-semibold {class_name}",
        aria_hidden="true",
    )


def key_fact(short: rx.Var[str], spoken: rx.Var[str], *, class_name: str = "") -> rx.Component:
    """Render a musical key, spelled out for screen readers."""
    return rx.el.span(
        rx.el.span(short, aria_hidden="true"),
        rx.el.span(spoken, class_name="sr-only"),
        class_name=f"fact {class_name}",
    )


def price_tag(price: rx.Var[str], is_owned: rx.Var[bool]) -> rx.Component:
    """Render the price of a card: glyph and number, "Free", or "In library"."""
    return rx.cond(
        is_owned,
        rx.el.span("In library", class_name="text-ok text-[12px] leading-[16px] font-semibold"),
        rx.cond(
            price == "0",
            rx.el.span("Free", class_name="text-[12px] leading-[16px] font-semibold text-text-1"),
            brand.tokens(price),
        ),
    )


def pack_card(card: rx.Var[Card], *, is_eager: bool = False) -> rx.Component:
    """Render a pack card. The card links to the pack; the play button is a separate target."""
    return SoundScope.create(
        rx.el.div(
            Go.create(
                cover(card.cover, size=280, class_name=CARD_COVER, is_eager=is_eager),
                to=card.href,
                custom_attrs=_SAID_ELSEWHERE,
            ),
            reactions.LikeButton.create(track=card.sound, class_name=reactions.CARD_LIKE),
            reactions.CollectButton.create(track=card.sound, class_name=reactions.CARD_COLLECT),
            PlayButton.create(track=card.sound, size=20, class_name=_DISC),
            class_name="relative",
        ),
        Go.create(card.title, to=card.href, class_name=CARD_TITLE),
        Go.create(card.creator, to=card.creator_href, class_name=CARD_CREATOR),
        rx.el.div(
            rx.el.span(card.bpm, class_name=theme.FACT),
            key_fact(card.key, card.key_spoken),
            rx.el.span(price_tag(card.price, card.is_owned), class_name="ml-auto"),
            class_name=CARD_FACTS,
        ),
        track=card.sound,
        class_name="group min-w-0",
        custom_attrs={"data-row": ""},
    )


def card_grid(
    cards: rx.Var[list[Card]],
    *,
    class_name: str = "",
    is_eager: bool = False,
    draw: Callable[[rx.Var[Card]], rx.Component] | None = None,
) -> rx.Component:
    """Render pack cards, or the component that ``draw`` returns for each, in a grid of two to five columns."""
    drawn = draw or (lambda card: pack_card(card, is_eager=is_eager))
    return rx.el.ul(
        rx.foreach(cards, lambda card: rx.el.li(drawn(card), key=card.id, class_name="min-w-0")),
        class_name=f"{CARD_GRID} {class_name}",
        custom_attrs={"data-queue": ""},
    )


_ROW_PLAY = "inline-grid place-items-center size-[44px] md:size-[40px] rounded-ctl text-text-2 hover:text-text-1 data-[playing]:text-amber group-data-[current]:text-amber cursor-pointer shrink-0"
ROW = (
    f"group relative {theme.HAIRLINE} data-[current]:bg-surface-1 data-[current]:border-transparent hover:bg-surface-1"
    " data-[current]:rounded-ctl transition-colors duration-[140ms] md:-ml-1 md:-mr-2 md:pl-1 md:pr-2"
)
FACT_CELL = "fact text-right hidden md:block"
# In a list on a tablet or beside an open panel, hide what the sound's own page shows: the name and the waveform need the room.
SPARE = "md:@max-[860px]:hidden"
_TIME = "md:@max-[660px]:hidden"
_WIDE_COLUMNS = "md:grid-cols-[40px_44px_minmax(140px,240px)_minmax(80px,1fr)_48px_56px_48px_72px_36px_36px_92px]"
_COLUMNS = (
    f"{_WIDE_COLUMNS} md:@max-[860px]:grid-cols-[40px_44px_minmax(0,3fr)_minmax(0,2fr)_48px_56px_48px_36px_92px]"
    " md:@max-[660px]:grid-cols-[40px_44px_minmax(0,3fr)_minmax(0,2fr)_48px_56px_36px_92px]"
)
# Sounds found for a reference have the button to hear both in place of "Find similar", with its words where there is room.
_MATCH_COLUMNS = (
    f"{_WIDE_COLUMNS} md:@max-[860px]:grid-cols-[40px_44px_minmax(0,3fr)_minmax(0,2fr)_48px_56px_48px_36px_36px_92px]"
    " md:@max-[660px]:grid-cols-[40px_44px_minmax(0,3fr)_minmax(0,2fr)_48px_56px_36px_36px_92px]"
    " lg:@min-[900px]:grid-cols-[40px_44px_minmax(140px,240px)_minmax(80px,1fr)_48px_56px_48px_72px_36px_136px_92px]"
)
# How near a sound is to the reference, and why: a column of its own from these widths of the list on, else beside the name of the pack.
_NEAR_AT, _MATCH_AT = "md:@min-[900px]", "md:@min-[1060px]"
_NEAR_COLUMNS = f"{_COLUMNS} {_NEAR_AT}:grid-cols-[40px_44px_minmax(140px,240px)_minmax(120px,190px)_minmax(80px,1fr)_48px_56px_48px_72px_36px_36px_92px]"
_NEAR_MATCH_COLUMNS = f"{_MATCH_COLUMNS} lg:@min-[1060px]:grid-cols-[40px_44px_minmax(140px,240px)_minmax(120px,190px)_minmax(80px,1fr)_48px_56px_48px_72px_36px_136px_92px]"
_ROW_LAYOUT = (
    "min-h-[76px] md:min-h-[64px] py-1.5 md:py-0 gap-y-0 sm:gap-y-0.5 grid-cols-[48px_minmax(0,1fr)_auto_44px]"
    " sm:grid-cols-[48px_minmax(0,2fr)_minmax(0,3fr)_auto_44px]"
)
# On a phone a row has two lines: cover, title and play; facts and actions. On a tablet all but the facts are beside both.
_IN_LINE = "md:col-auto md:row-auto"
_ROW_ACTION = "place-items-center size-[44px] md:size-[36px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-3 cursor-pointer"
CONTENT_ROW = (
    "grid items-center gap-3 min-h-[60px] md:min-h-[52px] grid-cols-[44px_minmax(0,1fr)_44px_auto]"
    " sm:grid-cols-[44px_minmax(0,2fr)_minmax(0,3fr)_88px_44px_auto]"
    " md:grid-cols-[40px_minmax(140px,260px)_80px_minmax(80px,1fr)_48px_56px_48px_72px_36px_36px_104px]"
    " md:@max-[860px]:grid-cols-[40px_minmax(0,3fr)_minmax(0,2fr)_48px_56px_48px_36px_104px]"
    " md:@max-[660px]:grid-cols-[40px_minmax(0,3fr)_minmax(0,2fr)_48px_56px_36px_104px]"
)


def _row(row: rx.Var[SoundRow], *cells: rx.Component, columns: str | rx.Var[str]) -> rx.Component:
    return SoundScope.create(
        rx.el.div(*cells, class_name=columns),
        rx.el.div(
            Waveform.create(track=row.sound, peaks=row.sound.peaks, class_name="h-[40px]"),
            class_name="hidden group-data-[current]:block sm:!hidden pb-4",
        ),
        track=row.sound,
        class_name=ROW,
        custom_attrs={"data-row": ""},
    )


def _figures(row: rx.Var[SoundRow]) -> tuple[rx.Component, ...]:
    return (
        rx.el.span(row.sound.bpm, class_name=FACT_CELL),
        key_fact(row.sound.key, row.key_spoken, class_name="text-right hidden md:block"),
        rx.el.span(row.time, class_name=f"{FACT_CELL} {_TIME}"),
    )


def _nearness(row: rx.Var[SoundRow], at: str) -> rx.Component:
    """Render the column with the similarity score and reason of a search result; nothing without a score."""
    return rx.cond(
        row.score != "",
        rx.el.div(
            rx.el.span(row.score, class_name="fact text-text-1 text-right"),
            rx.el.span(row.why, class_name="text-text-3 line-clamp-2", custom_attrs={"title": row.why}),
            class_name=f"hidden {at}:grid grid-cols-[30px_minmax(0,1fr)] items-baseline gap-3 {theme.SMALL}",
        ),
        rx.fragment(),
    )


def _short_figures(row: rx.Var[SoundRow]) -> tuple[rx.Component, ...]:
    """Render tempo, key and length for the second line on phones; unknown values are left out."""
    known = (row.sound.bpm, row.sound.key)
    return (*(rx.cond(figure != UNKNOWN, rx.el.span(figure), rx.fragment()) for figure in known), rx.el.span(row.time))


def sound_row(row: rx.Var[SoundRow], *, reference: rx.Var[SoundRow | None] | None = None) -> rx.Component:
    """Render a sound row with its waveform, 64 pixels high; on a phone two lines, with a waveform only under the playing sound.

    Args:
        row: the sound.
        reference: the sound for which this one was found, to hear both together.
    """
    layout, is_match = f"grid items-center gap-3 {_ROW_LAYOUT}", False if reference is None else row.match & reference
    beside = rx.cond(row.score == "", "", rx.cond(is_match, f"{_MATCH_AT}:hidden", f"{_NEAR_AT}:hidden"))
    return _row(
        row,
        PlayButton.create(track=row.sound, size=18, class_name=f"{_ROW_PLAY} col-start-4 row-start-1 sm:col-start-5 sm:row-start-1 sm:row-span-2 {_IN_LINE}"),
        Go.create(
            cover(row.sound.cover, size=48, class_name="size-[48px] md:size-[44px] rounded-ctl"),
            to=row.sound.href, custom_attrs=_SAID_ELSEWHERE, class_name=f"col-start-1 row-start-1 sm:row-start-1 sm:row-span-2 {_IN_LINE}",
        ),
        rx.el.div(
            Go.create(row.sound.title, to=row.sound.href, class_name=f"{TITLE} block hover:underline underline-offset-2", custom_attrs={"title": row.sound.title}),
            rx.el.p(
                rx.cond(row.score != "", rx.el.span(row.score, class_name=f"fact mr-2 {beside}"), rx.fragment()),
                rx.el.span(row.sound.subtitle),
                rx.cond(row.why != "", rx.el.span(" · ", row.why, class_name=f"text-text-3 {beside}"), rx.fragment()),
                class_name=f"{theme.SMALL} text-text-2 truncate",
            ),
            class_name=f"min-w-0 col-start-2 col-span-2 sm:col-start-2 sm:col-span-1 row-start-1 {_IN_LINE}",
        ),
        rx.el.p(
            *_short_figures(row),
            class_name="fact col-start-2 row-start-2 -mt-1.5 sm:mt-0 flex gap-3 md:hidden whitespace-nowrap overflow-hidden", aria_hidden="true",
        ),
        rx.cond(is_match, _nearness(row, _MATCH_AT), _nearness(row, _NEAR_AT)),
        Waveform.create(track=row.sound, peaks=row.sound.peaks, class_name=f"hidden sm:block h-[32px] mx-2 md:@max-[860px]:mx-0 col-start-3 row-start-1 row-span-2 {_IN_LINE}"),
        *_figures(row),
        rx.el.div(
            _marks(row),
            add_to_queue(row, class_name=f"inline-grid {SPARE}"),
            find_similar(row, class_name=f"hidden md:inline-grid {SPARE}")
            if reference is None
            else rx.cond(
                row.match & reference,
                _play_together(row, reference),
                find_similar(row, class_name=f"hidden md:inline-grid {SPARE}"),
            ),
            rx.el.div(row_price(row), class_name="w-[64px] sm:w-[88px] md:w-auto"),
            class_name="col-start-2 col-span-3 row-start-2 -mt-1.5 justify-self-end flex items-center gap-1 sm:col-start-4 sm:col-span-1 sm:row-start-1 sm:row-span-2 sm:mt-0 md:contents",
        ),
        columns=rx.cond(
            is_match,
            f"{layout} {_NEAR_MATCH_COLUMNS}",
            rx.cond(row.score != "", f"{layout} {_NEAR_COLUMNS}", f"{layout} {_COLUMNS}"),
        ),
    )  # fmt: skip


def _play_together(row: rx.Var[SoundRow], reference: rx.Var[SoundRow | None]) -> rx.Component:
    """Render the button that plays a sound stretched and transposed together with the reference."""
    return PlayTogether.create(
        track=row.sound,
        reference=rx.cond(reference, reference.sound, None),
        match=row.match,
        class_name=f"inline-grid {_ROW_ACTION} aria-pressed:text-amber lg:@min-[900px]:!flex lg:@min-[900px]:w-full"
        " lg:@min-[900px]:items-center lg:@min-[900px]:justify-center lg:@min-[900px]:gap-2 text-[13px] font-semibold"
        " lg:@min-[900px]:border lg:@min-[900px]:border-control lg:@min-[900px]:text-text-1",
    )


def _marks(row: rx.Var[SoundRow]) -> rx.Component:
    """Render the like button of a sound and, from tablet width on, the button that adds it to a collection."""
    return rx.el.div(
        reactions.LikeButton.create(track=row.sound, class_name=f"inline-grid {_ROW_ACTION} {reactions.LIKED}"),
        reactions.CollectButton.create(track=row.sound, class_name=f"hidden sm:inline-grid {_ROW_ACTION} {SPARE}"),
        class_name="flex",
    )


def add_to_queue(row: rx.Var[SoundRow], *, class_name: str = "") -> rx.Component:
    """Render the button that adds a sound to the player's queue."""
    return AddToQueue.create(track=row.sound, class_name=f"{_ROW_ACTION} {class_name}")


def find_similar(row: rx.Var[SoundRow], *, class_name: str = "") -> rx.Component:
    """Render a link to sounds similar to the one in this row."""
    return Go.create(
        rx.icon("audio-lines", size=18, stroke_width=1.5, aria_hidden="true"),
        to=rx.Var.create("/browse?like=") + row.sound.id,
        custom_attrs={
            "aria-label": rx.Var.create("Find similar to ") + row.sound.title,
            "title": "Find similar",
        },
        class_name=f"{_ROW_ACTION} {class_name}",
    )


def download_of(row: rx.Var[SoundRow]) -> rx.Var[str]:
    """Return the download URL of an owned sound. Computed in the browser, to keep it out of the rows' state updates."""
    before, after = routes.file_download("*").split("*")
    return rx.Var.create(before) + row.sound.id + after


def row_price(row: rx.Var[SoundRow]) -> rx.Component:
    """Render the price of a sound as a buy button, or a download button if the viewer owns it."""
    plate = f"{theme.PLATE} w-full px-1 md:px-3 group-data-[current]:bg-surface-3 hover:bg-surface-3"
    return rx.cond(
        row.is_owned,
        buttons.file_link(
            rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true"),
            rx.el.span("Get", class_name="font-ui font-semibold text-[14px]"),
            rx.el.span(" ", row.sound.title, class_name="sr-only"),
            href=download_of(row),
            class_name=f"{plate} !bg-transparent !text-ok hover:!bg-ok-tint",
        ),
        price_button(row.sound, class_name=plate),
    )


def price_button(sound: rx.Var[Sound], *, class_name: str) -> rx.Component:
    """Render the price of a sound or pack as a button that opens the purchase dialog."""
    return PriceButton.create(id=sound.id, title=sound.title, price=sound.price, class_name=class_name)


def row_heads(*, has_scores: rx.Var[bool] | bool = False, has_matches: rx.Var[bool] | bool = False) -> rx.Component:
    """Render the column headings of sound rows; hidden on a phone.

    Args:
        has_scores: whether the rows show their similarity to a reference.
        has_matches: whether the rows have a button that plays them together with the reference.
    """
    grid = "hidden md:grid items-center gap-3 h-[32px] border-b border-line"
    cell = f"{theme.LABEL} font-normal text-text-3"
    return rx.el.div(
        rx.el.span(),
        rx.el.span(),
        rx.el.span("Sound", class_name=cell),
        rx.cond(
            has_scores,
            rx.el.span(
                rx.cond(has_matches, "Fit", "Similarity"),
                class_name=rx.cond(has_matches, f"{cell} hidden {_MATCH_AT}:block", f"{cell} hidden {_NEAR_AT}:block"),
            ),
            rx.fragment(),
        ),
        rx.el.span("Preview", class_name=f"{cell} mx-2"),
        rx.el.span("BPM", class_name=f"{cell} text-right"),
        rx.el.span("Key", class_name=f"{cell} text-right"),
        rx.el.span("Time", class_name=f"{cell} text-right {_TIME}"),
        rx.el.span(),
        rx.el.span(class_name=SPARE),
        rx.el.span(class_name=rx.cond(has_matches, "", SPARE)),
        rx.el.span("Tokens", class_name=f"{cell} text-center"),
        class_name=rx.cond(
            has_matches,
            f"{grid} {_NEAR_MATCH_COLUMNS}",
            rx.cond(has_scores, f"{grid} {_NEAR_COLUMNS}", f"{grid} {_COLUMNS}"),
        ),
        aria_hidden="true",
    )


def content_row(row: rx.Var[SoundRow], *, action: rx.Component, marks: rx.Component | None = None) -> rx.Component:
    """Render a sound row on a pack page: 52 pixels high, without a thumbnail."""
    return _row(
        row,
        PlayButton.create(track=row.sound, size=18, class_name=_ROW_PLAY),
        rx.el.div(
            rx.el.p(row.sound.title, dir="auto", class_name=TITLE, title=row.sound.title),
            rx.el.p(
                rx.el.span(row.type, class_name="font-ui text-[13px]"),
                *_short_figures(row),
                class_name="fact flex items-center gap-3 md:hidden whitespace-nowrap overflow-hidden", aria_hidden="true",
            ),
            class_name="min-w-0",
        ),
        rx.el.span(row.type, class_name=f"{theme.SMALL} text-text-2 hidden md:block {SPARE}"),
        rx.el.div(Waveform.create(track=row.sound, peaks=row.sound.peaks, class_name="h-[28px]"), marks or rx.fragment(), class_name="hidden sm:block relative mx-2"),
        *_figures(row),
        _marks(row),
        add_to_queue(row, class_name=f"hidden sm:inline-grid {SPARE}"),
        find_similar(row, class_name=f"hidden md:inline-grid {SPARE}"),
        action,
        columns=CONTENT_ROW,
    )  # fmt: skip
