"""Component gallery: every component in every state, for developers; not served in production."""

import reflex as rx

from askchopper.components import brand, buttons, catalogue, feedback, forms, theme
from askchopper.components.client import TempoFilter, Uploader
from askchopper.schemas.view_models.catalogue import Card, Sound, SoundRow
from askchopper.views.shell import frame

_WAVE = "".join(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[(i * i * 7 + 11) % 60] for i in range(200)
)


def gallery() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Components", class_name=theme.TITLE_1),
            _part("Type", *_type()),
            _part("Buttons", *_buttons()),
            _part("Chips and tags", *_chips()),
            _part("Fields", *_fields()),
            _part("Tokens", brand.tokens("240", is_own=True), brand.tokens("9,999,999"), brand.tokens("60")),
            _part("Tempo", rx.el.div(TempoFilter.create(field_class_name=theme.FIELD), class_name="w-[232px]")),
            _block("Waveform rows: idle, long, free, owned, loading", *(catalogue.sound_row(row) for row in _rows()), *feedback.row_skeletons(1)),
            _block(
                "Pack cards: idle, long, free, owned, loading",
                rx.el.div(
                    *(catalogue.pack_card(card) for card in _cards()), *feedback.card_skeletons(1),
                    class_name="grid grid-cols-2 md:grid-cols-5 gap-5", custom_attrs={"data-queue": ""},
                ),
            ),
            _block("Uploader", Uploader.create(brand.chop_drawing(), pack="", on_stored=lambda _id, name: rx.toast.success(name))),
            _part(
                "Empty and error",
                feedback.empty("No packs at 174 BPM in Eb min.", buttons.button("Widen to 168-180 (32 packs)")),
                feedback.failure("The list did not arrive.", "Your filters are kept. Try again, and tell us the reference if the problem persists.", buttons.button("Try again"), reference="E-7F3A-204"),
            ),
            _part(
                "Toasts",
                buttons.button("Success", on_click=rx.toast.success("Salt Road Nights is yours.")),
                buttons.button("Error", on_click=rx.toast.error("Payment was not taken. Your balance is the same.", duration=100000)),
            ),
            class_name=f"{theme.PAGE} pt-8",
        )
    )  # fmt: skip


def _part(title: str, *examples: rx.Component) -> rx.Component:
    return _block(title, rx.el.div(*examples, class_name="flex flex-wrap items-center gap-4"))


def _block(title: str, *examples: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name="text-text-2 mb-4"),
        *examples,
        class_name="border-t border-line pt-5 pb-8 mt-8",
        custom_attrs={"data-queue": ""},
    )


def _type() -> list[rx.Component]:
    roles = (
        ("Display", theme.DISPLAY), ("Title 1", theme.TITLE_1), ("Title 2", theme.TITLE_2), ("Title 3", theme.TITLE_3),
        ("Body", theme.BODY), ("Interface", theme.UI), ("Small", theme.SMALL), ("Label", theme.LABEL),
        ("128 F# min", theme.FACT), ("61,320", "fact-lg"),
    )  # fmt: skip
    return [rx.el.span(name, class_name=classes) for name, classes in roles]


def _buttons() -> list[rx.Component]:
    kinds = ("primary", "secondary", "quiet", "danger", "danger-filled")
    plain = [buttons.button(kind.capitalize(), kind=kind) for kind in kinds]
    busy = rx.Var.create(True)  # noqa: FBT003 - a Var has no keyword form
    return [
        *plain,
        buttons.button("Working", is_busy=busy, kind="primary"),
        buttons.button("Disabled", disabled=True),
        buttons.icon_button("heart", "Like"),
        buttons.meter(),
    ]


def _chips() -> list[rx.Component]:
    return [
        rx.el.span("Techno", class_name=theme.CHIP),
        rx.el.span("Loop", class_name=f"{theme.CHIP} {theme.CHIP_ON}"),
        *(
            rx.el.span(word, class_name=f"rounded-[4px] px-2 py-1 text-[12px] bg-{tone}-tint text-{tone}")
            for word, tone in (("Published", "ok"), ("In review", "info"), ("Clips", "warn"), ("Failed", "bad"))
        ),
    ]


def _fields() -> list[rx.Component]:
    return [
        forms.text_field("Pack title", "title", hint="Up to 60 characters."),
        forms.text_field("Price in tokens", "price", aria_invalid="true", default_value="4000"),
        forms.text_field("Disabled", "off", disabled=True, default_value="Not now"),
        forms.password_field("Password", "password", auto_complete="off"),
    ]


def _sound(number: int, title: str, price: str) -> Sound:
    return Sound(
        id=f"gallery-{number}", title=title, subtitle="Salt Road Nights, Ines Okafor", href="#", cover="",
        seconds=31, peaks=_WAVE, lufs=-18.0, isLoop=True, price=price, bpm="124", key="A min",
    )  # fmt: skip


_TITLES = (
    ("Salt Road Nights", "60"),
    ("Undertow loops from the old ferry terminal, second recording", "9,999"),
    ("Peak tool 14", "0"),
    ("Night Ferry", "45"),
)


def _rows() -> list[rx.Var[SoundRow]]:
    return [
        rx.Var.create(
            SoundRow(
                sound=_sound(number, title, price), type="Loop",
                key_spoken="A minor", time="0:31", is_owned=number == len(_TITLES) - 1,
            )
        )
        for number, (title, price) in enumerate(_TITLES)
    ]  # fmt: skip


def _cards() -> list[rx.Var[Card]]:
    return [
        rx.Var.create(
            Card(
                id=str(number), slug="x", title=title, href="#", creator="Ines Okafor", creator_href="#", cover="", bpm="124",
                key="A min", key_spoken="A minor", price=price, is_owned=number == len(_TITLES) - 1,
                sound=_sound(100 + number, title, price),
            )
        )
        for number, (title, price) in enumerate(_TITLES)
    ]  # fmt: skip
