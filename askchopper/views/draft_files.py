"""Files of a draft: rows with waveform, measured values and findings."""

from typing import Any

import reflex as rx

from askchopper.components import buttons, theme
from askchopper.components.client import PlayButton, SoundScope, Waveform
from askchopper.schemas.view_models.studio import Choice, DraftRow, FindingRow
from askchopper.states.draft_editor import WizardState

_PLAY = "inline-grid place-items-center size-[44px] md:size-[40px] rounded-ctl text-text-2 hover:text-text-1 data-[playing]:text-amber group-data-[current]:text-amber cursor-pointer shrink-0"
_BONE = "skeleton rounded-[4px] h-[10px] inline-block"
_GRID = "grid items-center gap-x-3 min-h-[76px] md:min-h-[64px] grid-cols-[44px_minmax(0,1fr)_auto_44px] sm:grid-cols-[44px_minmax(0,2fr)_minmax(0,3fr)_76px_44px] md:grid-cols-[40px_248px_minmax(80px,1fr)_72px_84px_48px_112px_40px]"
_TONES = {"bad": "bg-bad-tint text-bad", "warn": "bg-warn-tint text-warn", "note": "bg-surface-3 text-text-2"}


def row(item: rx.Var[DraftRow]) -> rx.Component:
    """Render the row of a draft file."""
    return SoundScope.create(
        rx.el.div(
            PlayButton.create(track=item.sound, size=18, class_name=rx.cond(item.sound.peaks != "", _PLAY, f"{_PLAY} invisible")),
            rx.el.button(
                rx.el.span(item.name, dir="auto", class_name="font-semibold block truncate text-text-1 group-data-[current]:text-amber", title=item.name),
                rx.el.span(
                    item.status,
                    class_name=rx.cond(item.is_blocking | item.is_failed, f"{theme.SMALL} block truncate text-bad", f"{theme.SMALL} block truncate text-text-2"),
                ),
                type="button",
                aria_expanded=WizardState.opened == item.id,
                on_click=WizardState.open_row(item.id),
                class_name="min-w-0 min-h-[44px] text-left cursor-pointer",
            ),
            Waveform.create(track=item.sound, peaks=item.sound.peaks, class_name="hidden sm:block h-[32px] mx-2"),
            rx.el.div(
                _fact(item.bpm, item.bpm_mark, is_waiting=item.is_waiting, said="BPM"),
                class_name="hidden md:block text-right",
            ),
            rx.el.div(_fact(item.key, item.pitch_mark, is_waiting=item.is_waiting, said=""), class_name="hidden md:block text-right"),
            rx.el.span(item.time, class_name="fact text-right hidden md:block"),
            rx.el.div(
                rx.foreach(item.findings, _badge),
                class_name="flex gap-2 justify-end overflow-hidden [&>*:nth-child(n+2)]:hidden max-md:hidden",
            ),
            rx.el.div(
                rx.el.div(_fact(item.bpm, item.bpm_mark, is_waiting=item.is_waiting, said="BPM")),
                rx.el.div(_fact(item.key, item.pitch_mark, is_waiting=item.is_waiting, said="")),
                class_name="md:hidden grid gap-1 text-right",
            ),
            buttons.icon_button("x", rx.Var.create("Remove ") + item.name, on_click=WizardState.remove(item.id), disabled=WizardState.is_locked),
            class_name=_GRID,
        ),
        rx.cond(
            item.sound.peaks != "",
            rx.el.div(Waveform.create(track=item.sound, peaks=item.sound.peaks, class_name="h-[40px]"), class_name="sm:hidden pb-4"),
            rx.fragment(),
        ),
        rx.cond(WizardState.opened == item.id, _detail(item), _loud_findings(item)),
        track=item.sound,
        class_name=f"group relative {theme.HAIRLINE} data-[current]:bg-surface-1 md:-ml-1 md:-mr-2 md:pl-1 md:pr-2",
        custom_attrs={"data-row": "", "data-sound": item.id},
    )  # fmt: skip


def mark(certainty: rx.Var[str]) -> rx.Component | rx.Var:
    """Render the certainty of a value: filled dot if reliable, ring if uncertain, tick if stated by the creator; nothing if unknown."""
    return rx.match(
        certainty,
        ("sure", _dot("bg-ok", "sure")),
        ("check", _dot("shadow-[inset_0_0_0_2px_var(--ok)]", "check this")),
        ("set", rx.fragment(rx.icon("check", size=12, stroke_width=2, class_name="text-ok", aria_hidden="true"), rx.el.span("set by you: ", class_name="sr-only"))),
        rx.fragment(),
    )  # fmt: skip


def _fact(value: rx.Var[str], certainty: rx.Var[str], *, is_waiting: rx.Var[bool], said: str) -> rx.Component:
    """Render a value with its certainty indicator."""
    return rx.cond(
        is_waiting,
        rx.el.span(class_name=f"{_BONE} w-[40px]", aria_hidden="true"),
        rx.el.span(
            mark(certainty),
            rx.cond((value == "") | (value == "-"), "-", value),
            rx.el.span(f" {said}", class_name="sr-only") if said else rx.fragment(),
            class_name="fact text-text-1 inline-flex items-center gap-1.5 whitespace-nowrap",
        ),
    )  # fmt: skip


def _dot(look: str, said: str) -> rx.Component:
    return rx.fragment(
        rx.el.i(class_name=f"size-[7px] rounded-full {look}", aria_hidden="true"),
        rx.el.span(f"{said}: ", class_name="sr-only"),
    )


def _badge(found: rx.Var[FindingRow]) -> rx.Component:
    return rx.cond(
        found.is_kept | (found.tone == "note"),
        rx.fragment(),
        rx.el.span(
            rx.icon("triangle-alert", size=14, stroke_width=1.5, aria_hidden="true"),
            found.short,
            class_name=rx.match(found.tone, *((name, f"{_BADGE} {look}") for name, look in _TONES.items()), _BADGE),
        ),
    )


_BADGE = "inline-flex items-center gap-1.5 h-[24px] px-2 rounded-[4px] text-[12px] leading-[16px] font-semibold whitespace-nowrap"


def _loud_findings(item: rx.Var[DraftRow]) -> rx.Component:
    return rx.fragment(rx.foreach(item.findings, lambda found: rx.cond((found.tone == "note") | found.is_kept, rx.fragment(), _finding(found))))  # fmt: skip


def _finding(found: rx.Var[FindingRow]) -> rx.Component:
    icons = {"bad": "circle-alert", "warn": "triangle-alert", "note": "info"}
    badges = [
        (tone, rx.el.span(rx.icon(icon, size=14, stroke_width=1.5, aria_hidden="true"), found.severity, class_name=f"{_BADGE} {_TONES[tone]} shrink-0"))
        for tone, icon in icons.items()
    ]  # fmt: skip
    return rx.el.div(
        rx.match(found.tone, *badges, rx.fragment()),
        rx.el.p(found.message, class_name="min-w-0 flex-1 basis-[200px] text-text-1"),
        rx.cond(
            found.tone == "bad",
            rx.fragment(),
            rx.cond(
                found.is_kept,
                rx.el.span("Kept as is", class_name="text-text-3"),
                buttons.button(
                    "Keep as is", kind="quiet", on_click=WizardState.dismiss_finding(found.file_id, found.code)
                ),
            ),
        ),
        rx.cond(
            found.tone == "note",
            rx.fragment(),
            buttons.button("Replace file", on_click=WizardState.replace_file(found.file_id)),
        ),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-1 bg-surface-1 border-t border-line py-2.5 px-3 md:pl-[52px] -mx-1",
    )


def _detail(item: rx.Var[DraftRow]) -> rx.Component:
    """Render the details of a file: alternative values, findings, reordering."""
    return rx.el.div(
        rx.el.div(
            _choices("Tempo", "bpm", item.bpm_choices, item),
            _choices("Key", "key", item.key_choices, item),
            rx.cond(item.kind == "one-shot", _root_note(item), rx.fragment()),
            rx.el.p(item.facts, class_name="fact"),
            class_name="grid gap-3 min-w-0",
        ),
        rx.el.div(
            buttons.icon_button(
                "arrow-up", rx.Var.create("Move up ") + item.name, on_click=WizardState.move(item.id, "up")
            ),
            buttons.icon_button(
                "arrow-down", rx.Var.create("Move down ") + item.name, on_click=WizardState.move(item.id, "down")
            ),
            rx.cond(
                item.is_failed, buttons.button("Try again", on_click=WizardState.retry_analysis(item.id)), rx.fragment()
            ),
            class_name="flex items-center gap-1 self-start",
        ),
        rx.el.div(rx.foreach(item.findings, _finding), class_name="col-span-full [&>div]:!pl-0 [&>div]:!mx-0"),
        class_name="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-3 bg-surface-1 border-t border-line py-3 px-3 md:pl-[52px] -mx-1",
    )


def _choices(label: str, field: str, choices: rx.Var[list[Choice]], item: rx.Var[DraftRow]) -> rx.Component:
    """Render alternative tempos or keys, each with audition and accept buttons."""
    certainty = item.bpm_mark if field == "bpm" else item.key_mark
    return rx.el.div(
        rx.el.span(label, class_name=f"{theme.LABEL} text-text-2 w-[48px]"),
        rx.foreach(choices, lambda choice: _choice(field, choice, item)),
        rx.cond(
            certainty == "set",
            rx.el.button(f"Reset to measured {'tempo' if field == 'bpm' else 'key'}", type="button", on_click=WizardState.clear_override(item.id, field), class_name=f"{theme.SMALL} min-h-[36px] px-2 text-text-2 hover:text-text-1 cursor-pointer underline underline-offset-2"),
            rx.cond(certainty == "", rx.el.span("None", class_name=f"{theme.SMALL} text-text-3"), rx.el.button("None", type="button", on_click=WizardState.set_file_field(item.id, field, ""), class_name=f"{theme.SMALL} min-h-[36px] px-2 text-text-2 hover:text-text-1 cursor-pointer underline underline-offset-2")),
        ),
        class_name="flex flex-wrap items-center gap-2",
    )  # fmt: skip


def _root_note(item: rx.Var[DraftRow]) -> rx.Component:
    """Render the editable root note of a one-shot, from which samplers map the sound to keys."""
    return rx.el.div(
        rx.el.label("Root", html_for=f"root-{item.id}", class_name=f"{theme.LABEL} text-text-2 w-[48px]"),
        rx.el.input(
            id=f"root-{item.id}", dir="auto", default_value=item.note, placeholder="F1", max_length=5, key=item.note,
            on_blur=lambda value: WizardState.save_typed_value(item.id, "note", value), disabled=WizardState.is_locked,
            aria_label=rx.Var.create("Root note of ") + item.title, class_name=f"{theme.FIELD} !min-h-[36px] max-md:!min-h-[44px] !w-[84px] font-mono",
        ),
        rx.el.span(item.note_detail, class_name=f"{theme.SMALL} text-text-2"),
        rx.cond(
            item.note_mark == "set",
            rx.el.button("Reset to measured note", type="button", on_click=WizardState.clear_override(item.id, "note"), class_name=f"{theme.SMALL} min-h-[36px] px-2 text-text-2 hover:text-text-1 cursor-pointer underline underline-offset-2"),
            rx.fragment(),
        ),
        class_name="flex flex-wrap items-center gap-2",
    )  # fmt: skip


def _choice(field: str, choice: rx.Var[Choice], item: rx.Var[DraftRow]) -> rx.Component:
    shown: Any = item.bpm if field == "bpm" else item.key_name
    return rx.el.span(
        rx.el.button(
            rx.icon("headphones", size=16, stroke_width=1.5, aria_hidden="true"),
            rx.el.span("Hear it with a " + ("click at " if field == "bpm" else "drone in "), choice.label, class_name="sr-only"),
            type="button",
            on_click=WizardState.audition(item.id, field, choice.value),
            class_name=f"{theme.CHIP} !rounded-r-none !px-2",
        ),
        rx.el.button(
            choice.label,
            type="button",
            on_click=WizardState.set_file_field(item.id, field, choice.value),
            aria_pressed=shown == choice.value,
            class_name=rx.cond(shown == choice.value, f"{theme.CHIP} {theme.CHIP_ON} !rounded-l-none", f"{theme.CHIP} !rounded-l-none"),
        ),
        class_name="inline-flex gap-px",
    )  # fmt: skip
