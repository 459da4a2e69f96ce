"""All files of a draft in one table, with bulk editing."""

import reflex as rx

from askchopper.components import theme
from askchopper.components.client import PlayButton, Waveform
from askchopper.musical_key import KEY_NAMES
from askchopper.schemas.view_models.studio import DraftRow
from askchopper.states.draft_editor import WizardState
from askchopper.views import draft_files

_KINDS = (("loop", "Loop"), ("one-shot", "One-shot"), ("track", "Track"))
_PLAY = (
    "inline-grid place-items-center size-[40px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-2"
    " data-[playing]:text-amber cursor-pointer"
)
# The mark is inside its cell: beside it, it would touch the arrow of the select before.
_MARKED = "relative [&>:is(i,svg)]:absolute [&>:is(i,svg)]:left-2 [&>:is(i,svg)]:top-1/2 [&>:is(i,svg)]:-translate-y-1/2 [&>:is(input,select)]:!pl-6"
_CELL = "w-full min-h-[36px] max-md:min-h-[44px] rounded-ctl border border-transparent bg-transparent px-2 text-[14px] hover:border-control focus:border-control focus:bg-surface-2"


def sound_table() -> rx.Component:
    head = "text-[12px] text-text-3 font-normal text-left px-2"
    return rx.el.div(
        rx.el.div(
            rx.el.h3("Sounds", class_name=theme.TITLE_3),
            rx.el.label(
                rx.el.input(type="checkbox", checked=WizardState.is_all_selected, on_change=WizardState.select_all),
                "Select all sounds",
                class_name="inline-flex items-center gap-2.5 min-h-[44px] cursor-pointer",
            ),
            rx.cond(WizardState.selected, _bulk(), rx.fragment()),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-2 min-h-[48px] mt-8",
        ),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(rx.el.span("Play", class_name="sr-only"), class_name="w-[44px]"),
                    rx.el.th(rx.el.span("Selected", class_name="sr-only"), class_name="w-[36px] text-left"),
                    rx.el.th("Title", class_name=head),
                    rx.el.th("Preview", class_name=f"{head} md:w-[180px]"),
                    rx.el.th("Type", class_name=f"{head} md:w-[136px]"),
                    rx.el.th("BPM", class_name=f"{head} md:w-[96px]"),
                    rx.el.th("Key", class_name=f"{head} md:w-[148px]"),
                    rx.el.th("Tokens", class_name=f"{head} md:w-[88px]"),
                    class_name="h-[32px] border-b border-line max-md:sr-only",
                )
            ),
            rx.el.tbody(rx.foreach(WizardState.rows, _row), custom_attrs={"data-queue": ""}),
            class_name="w-full border-collapse max-md:block [&>tbody]:max-md:block",
            aria_label="Sounds and their details",
        ),
    )  # fmt: skip


def _row(item: rx.Var[DraftRow]) -> rx.Component:
    mono = "font-mono"
    off = WizardState.is_locked | item.is_waiting
    cell = "max-md:block"
    return rx.el.tr(
        rx.el.td(
            PlayButton.create(
                track=item.sound, size=16,
                class_name=rx.cond(item.sound.peaks != "", _PLAY, f"{_PLAY} invisible"),
            ),
            class_name=f"{cell} max-md:row-start-2",
        ),
        rx.el.td(rx.el.input(type="checkbox", checked=WizardState.selected.contains(item.id), on_change=WizardState.select(item.id), aria_label=rx.Var.create("Select ") + item.title, class_name="align-middle"), class_name=f"{cell} max-md:row-start-1 max-md:pt-3 max-md:pl-3"),
        rx.el.td(
            rx.el.input(default_value=item.title, dir="auto", max_length=100, on_blur=lambda value: WizardState.save_typed_value(item.id, "title", value), disabled=WizardState.is_locked, aria_label=rx.Var.create("Title of ") + item.name, class_name=f"{_CELL} font-semibold", key=item.title),
            class_name=f"{cell} max-md:col-span-3 max-md:sm:col-span-2",
        ),
        rx.el.td(
            Waveform.create(track=item.sound, peaks=item.sound.peaks, class_name="h-[28px] mx-2"),
            class_name=f"{cell} max-sm:hidden max-md:self-center",
        ),
        rx.el.td(
            draft_files.mark(item.kind_mark),
            rx.el.select(
                rx.cond(item.kind == "", rx.el.option("-", value=""), rx.fragment()),
                *(rx.el.option(label, value=kind) for kind, label in _KINDS),
                value=item.kind, on_change=lambda value: WizardState.set_file_field(item.id, "kind", value), disabled=off,
                aria_label=rx.Var.create("Type of ") + item.title, class_name=_CELL,
            ),
            class_name=rx.cond(item.kind_mark != "", f"{cell} {_MARKED}", cell),
        ),
        rx.el.td(
            draft_files.mark(item.bpm_mark),
            rx.el.input(default_value=item.bpm, placeholder="-", on_blur=lambda value: WizardState.save_typed_value(item.id, "bpm", value), disabled=off, aria_label=rx.Var.create("BPM of ") + item.title, class_name=f"{_CELL} {mono}", custom_attrs={"inputMode": "decimal"}, key=item.bpm),
            class_name=f"{cell} {_MARKED}",
        ),
        rx.el.td(
            draft_files.mark(item.key_mark),
            rx.el.select(
                rx.el.option("-", value=""),
                *(rx.el.option(name, value=name) for name in KEY_NAMES),
                value=item.key_name, on_change=lambda value: WizardState.set_file_field(item.id, "key", value), disabled=off,
                aria_label=rx.Var.create("Key of ") + item.title, class_name=f"{_CELL} {mono}",
            ),
            class_name=f"{cell} {_MARKED}",
        ),
        rx.el.td(
            rx.el.input(default_value=item.price, placeholder=WizardState.form["sound_price_tokens"], on_blur=lambda value: WizardState.save_typed_value(item.id, "price_tokens", value), disabled=WizardState.is_locked, aria_label=rx.Var.create("Price in tokens of ") + item.title, class_name=f"{_CELL} {mono}", custom_attrs={"inputMode": "numeric"}, key=item.price),
            class_name=f"{cell} max-md:hidden",
        ),
        key=item.id,
        class_name="border-b border-line h-[48px] max-md:grid max-md:grid-cols-[44px_1.3fr_.9fr_1.1fr] max-md:h-auto max-md:py-2",
    )  # fmt: skip


def _bulk() -> rx.Component:
    field = "min-h-[40px] max-md:min-h-[44px] rounded-ctl border border-control bg-surface-2 px-2 text-[14px]"
    return rx.fragment(
        rx.el.span(WizardState.selected.length(), " selected", class_name="text-text-2", role="status"),
        rx.el.select(
            rx.el.option("Type", value=""), *(rx.el.option(label, value=kind) for kind, label in _KINDS),
            value="", on_change=lambda value: WizardState.set_selected_field("kind", value), aria_label="Type of all selected", class_name=field,
        ),
        rx.el.select(
            rx.el.option("Key", value=""), rx.el.option("None", value="none"), *(rx.el.option(name, value=name) for name in KEY_NAMES),
            value="", on_change=lambda value: WizardState.set_selected_field("key", value), aria_label="Key of all selected", class_name=field,
        ),
        rx.el.input(placeholder="BPM", on_blur=lambda value: WizardState.set_selected_field("bpm", value), aria_label="BPM of all selected", class_name=f"{field} w-[84px] font-mono", custom_attrs={"inputMode": "decimal"}),
    )  # fmt: skip
