"""Moderation page: pending packs, their sounds with findings, and the buttons to approve or return."""

import reflex as rx

from askchopper.components import buttons, feedback, forms, theme
from askchopper.components.client import PlayButton, ReviewKeys, SoundScope, Waveform
from askchopper.schemas.view_models.studio import DraftRow
from askchopper.states.studio import ModerationState
from askchopper.views import reports
from askchopper.views.shell import frame

_REASON = "reason"


def moderation() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Review queue", class_name=f"{theme.TITLE_1} pt-8 pb-5"),
            rx.cond(
                ModerationState.is_loaded,
                rx.cond(ModerationState.queue, _queue(), feedback.empty("Queue is empty.")),
                rx.el.div(*feedback.row_skeletons(3)),
            ),
            reports.reports(),
            reports.held_rewards(),
            class_name=theme.PAGE,
        ),
    )


def _queue() -> rx.Component:
    return rx.el.div(
        ReviewKeys.create(
            open_id=ModerationState.open_id, open_title=ModerationState.title, reason_id=_REASON,
            class_name=f"{theme.SMALL} text-text-2 max-md:hidden md:col-span-2",
        ),
        rx.el.ul(rx.foreach(ModerationState.queue, _entry), aria_label="Waiting", class_name="border-t border-line self-start"),
        rx.el.article(
            rx.el.h2(ModerationState.title, dir="auto", class_name=theme.TITLE_2),
            rx.el.p(ModerationState.facts, class_name="fact mt-1"),
            rx.el.p(ModerationState.reason, class_name="inline-block bg-info-tint text-info rounded-ctl px-3 py-1.5 mt-3"),
            rx.el.p(ModerationState.description, dir="auto", class_name="text-text-2 whitespace-pre-line mt-3 max-w-[68ch]"),
            rx.el.ul(rx.foreach(ModerationState.rows, _sound), aria_label="Sounds", class_name="mt-5 border-t border-line", custom_attrs={"data-queue": "", "data-review-sounds": ""}),
            rx.el.div(
                forms.field(
                    "Note to creator",
                    # Saved on blur: the server's echo of each keystroke would overwrite later ones.
                    rx.el.textarea(id=_REASON, dir="auto", key=ModerationState.open_id, on_blur=ModerationState.set_note, rows="2", max_length=1000, class_name=f"{theme.FIELD} py-2.5"),
                    for_id=_REASON,
                ),
                rx.el.div(
                    buttons.button("Approve", kind="primary", on_click=ModerationState.approve, custom_attrs={"data-review-approve": "", "aria-keyshortcuts": "A"}),
                    buttons.button("Send back", on_click=ModerationState.send_back, custom_attrs={"data-review-send-back": "", "aria-keyshortcuts": "R"}),
                    class_name="flex gap-3",
                ),
                class_name="grid gap-4 mt-6 max-w-[560px]",
            ),
            class_name="min-w-0",
        ),
        class_name="grid gap-8 md:grid-cols-[280px_minmax(0,1fr)]",
    )  # fmt: skip


def _entry(entry: rx.Var[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        rx.el.button(
            rx.el.span(entry["title"], class_name="font-semibold block truncate"),
            rx.el.span(entry["creator"], ", ", entry["files"], class_name=f"{theme.SMALL} text-text-2 block truncate"),
            rx.el.span(entry["since"], class_name="fact block mt-1"),
            type="button",
            on_click=ModerationState.open(entry["id"]),
            aria_current=rx.cond(ModerationState.open_id == entry["id"], "true", "false"),
            custom_attrs={"data-review-entry": ""},
            class_name=rx.cond(ModerationState.open_id == entry["id"], "w-full text-left py-3 px-3 bg-surface-2 cursor-pointer", "w-full text-left py-3 px-3 hover:bg-surface-1 cursor-pointer"),
        ),
        key=entry["id"],
        class_name="border-b border-line",
    )  # fmt: skip


def _sound(item: rx.Var[DraftRow]) -> rx.Component:
    return rx.el.li(
        SoundScope.create(
            rx.el.div(
                PlayButton.create(track=item.sound, size=18, class_name=f"{theme.ICON_BUTTON} data-[playing]:text-amber"),
                rx.el.div(
                    rx.el.p(item.title, dir="auto", class_name="font-semibold truncate"),
                    rx.el.p(item.facts, class_name="fact truncate"),
                    class_name="min-w-0",
                ),
                Waveform.create(track=item.sound, peaks=item.sound.peaks, class_name="h-[28px] max-md:hidden"),
                rx.el.span(item.bpm, class_name="fact text-right"),
                rx.el.span(item.key, class_name="fact text-right"),
                class_name="grid items-center gap-3 grid-cols-[44px_minmax(0,1fr)_48px_56px] md:grid-cols-[40px_220px_minmax(80px,1fr)_48px_64px] min-h-[52px]",
            ),
            rx.foreach(item.findings, lambda found: rx.el.p(found.message, class_name=f"{theme.SMALL} text-text-2 pl-[52px] pb-1.5")),
            track=item.sound,
            class_name="group py-1",
        ),
        key=item.id,
        class_name="border-b border-line",
    )  # fmt: skip
