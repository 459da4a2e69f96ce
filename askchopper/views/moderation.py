"""The moderation queue: its list with filters, and the open item with sounds, similar sounds, decision and messages."""

from typing import Any

import reflex as rx

from askchopper import policy
from askchopper.components import buttons, forms, theme
from askchopper.components.client import PlayButton, ReviewKeys, SoundScope, Waveform
from askchopper.schemas.view_models.catalogue import SoundRow
from askchopper.schemas.view_models.moderation import MessageRow, QueueRow, TwinRow
from askchopper.schemas.view_models.studio import DraftRow, FindingRow
from askchopper.states.moderation import ModerationState, QueueItemState, SelectionState, TakenDownState

_NOTE = "reason"
_SMALL = f"{theme.SMALL} text-text-2"
_STATES = (("", "All"), ("overdue", "Overdue"), ("mine", "Claimed by me"), ("free", "Unclaimed"))
_LEVELS = (("", "As earned"), ("watched", "Watched"), ("trusted", "Trusted"))
_LADDER = (
    "Watched: every pack is reviewed. New: the first pack is reviewed. Known: packs with a near duplicate are reviewed. Trusted: packs are"
    f" published at once. A creator with {policy.TRUSTED_AFTER_PACKS} published packs is trusted, unless a decision went against them in"
    f" the last {policy.TRUST_CLEAN_DAYS} days. Each change here is in the audit log."
)


def filters() -> rx.Component:
    """Render the filters, and counts of waiting items and of items claimed for too long."""
    return rx.el.div(
        rx.el.select(
            rx.foreach(ModerationState.kinds, lambda one: rx.el.option(one["label"], value=one["value"])),
            value=ModerationState.kind, on_change=ModerationState.show_kind, aria_label="Kind", class_name=f"{theme.FIELD} !w-auto",
        ),
        rx.el.select(
            *(rx.el.option(label, value=value) for value, label in _STATES),
            value=ModerationState.state, on_change=ModerationState.show_state, aria_label="Which", class_name=f"{theme.FIELD} !w-auto",
        ),
        rx.cond(ModerationState.lists["overdue"] != "", rx.el.p(ModerationState.lists["overdue"], class_name=f"{theme.SMALL} text-warn"), rx.fragment()),
        rx.cond(ModerationState.lists["held"] != "", rx.el.p(ModerationState.lists["held"], class_name=f"{theme.SMALL} text-warn"), rx.fragment()),
        class_name="flex flex-wrap items-center gap-3 mb-5",
    )  # fmt: skip


def queue() -> rx.Component:
    """Render the list and the open item."""
    return rx.el.div(
        ReviewKeys.create(
            open_id=QueueItemState.open_id, open_title=QueueItemState.facts["title"], reason_id=_NOTE,
            class_name=f"{_SMALL} max-md:hidden md:col-span-2",
        ),
        rx.el.div(
            rx.el.ul(rx.foreach(ModerationState.queue, _entry), aria_label="Waiting", class_name="border-t border-line"),
            rx.cond(ModerationState.next_cursor != "", buttons.button("Show more", on_click=ModerationState.load_more, class_name="mt-4"), rx.fragment()),
            rx.cond(SelectionState.selected, _bulk(), rx.fragment()),
            class_name="min-w-0 self-start",
        ),
        rx.cond(QueueItemState.open_id != "", _item(), rx.fragment()),
        class_name="grid gap-8 md:grid-cols-[300px_minmax(0,1fr)]",
    )  # fmt: skip


def results() -> rx.Component:
    """Render the result for each item of a bulk decision."""
    return rx.el.div(
        rx.cond(
            SelectionState.results,
            rx.el.ul(
                rx.foreach(
                    SelectionState.results,
                    lambda one: rx.el.li(
                        rx.el.span(one["title"], dir="auto", class_name="font-semibold"), ": ",
                        rx.el.span(one["outcome"], class_name=rx.cond(one["tone"] == "bad", "text-warn", "text-text-2")), key=one["item"],
                    ),
                ),
                aria_label="Results", class_name="mb-5 rounded-cover bg-surface-1 p-4 grid gap-1",
            ),
            rx.fragment(),
        ),
        role="status",
    )  # fmt: skip


def taken_down() -> rx.Component:
    """Render the packs that were taken down."""

    def line(row: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.p(row["title"], dir="auto", class_name="font-semibold"),
                rx.el.p(row["facts"], dir="auto", class_name=_SMALL),
                class_name="min-w-0",
            ),
            buttons.button("Put on sale again", on_click=TakenDownState.lift(row["slug"])),
            key=row["slug"],
            class_name="flex flex-wrap items-center justify-between gap-4 py-3 border-b border-line",
        )

    return rx.cond(
        TakenDownState.rows,
        rx.fragment(
            rx.el.h2("Taken down", class_name=f"{theme.TITLE_2} mt-10 mb-2"),
            rx.el.ul(rx.foreach(TakenDownState.rows, line), aria_label="Taken down", class_name="border-t border-line"),
        ),
        rx.fragment(),
    )


def _entry(row: rx.Var[QueueRow]) -> rx.Component:
    is_open = QueueItemState.open_id == row.item
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox", checked=SelectionState.selected.contains(row.item), on_change=lambda _: SelectionState.toggle(row.item),
                aria_label=rx.Var.create("Select ") + row.title, custom_attrs={"data-review-select": ""},
            ),
            class_name="grid place-items-center w-[44px] min-h-[44px] cursor-pointer",
        ),
        rx.el.button(
            rx.el.span(row.title, dir="auto", title=row.title, class_name="font-semibold block truncate"),
            rx.el.span(row.facts, class_name=f"{_SMALL} block truncate"),
            rx.el.span(
                row.since,
                rx.cond(row.is_overdue, rx.el.span("Overdue", class_name=f"{theme.BADGE} !bg-warn-tint !text-warn ml-2"), rx.fragment()),
                rx.cond(row.holder != "", rx.el.span(row.holder, class_name="ml-2"), rx.fragment()),
                class_name="fact block mt-1",
            ),
            type="button",
            on_click=QueueItemState.open(row.item),
            aria_current=rx.cond(is_open, "true", "false"),
            custom_attrs={"data-review-entry": ""},
            class_name="min-w-0 w-full text-left py-3 pr-3 cursor-pointer",
        ),
        key=row.item,
        class_name=rx.cond(is_open, "flex items-start border-b border-line bg-surface-2", "flex items-start border-b border-line hover:bg-surface-1"),
    )  # fmt: skip


def _bulk() -> rx.Component:
    return rx.el.div(
        rx.el.p(SelectionState.selected.length(), f" selected, up to {policy.MAX_BULK_DECISIONS}. The note goes to all.", class_name=_SMALL),
        rx.el.div(
            buttons.button("Approve selected", on_click=SelectionState.decide("approved")),
            buttons.button("Return selected", on_click=SelectionState.decide("returned")),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="grid gap-2 mt-4",
    )  # fmt: skip


def _item() -> rx.Component:
    facts = QueueItemState.facts
    return rx.el.article(
        rx.el.div(
            rx.el.h2(facts["title"], dir="auto", class_name=theme.TITLE_2),
            rx.cond(
                facts["is_mine"] != "",
                buttons.button("Release", kind="quiet", on_click=QueueItemState.release),
                rx.cond(facts["holder"] != "", rx.el.span("Claimed by ", facts["holder"], class_name=_SMALL), buttons.button("Claim", kind="quiet", on_click=QueueItemState.take)),
            ),
            class_name="flex items-start justify-between gap-4",
        ),
        rx.el.p(
            facts["kind"], rx.cond(facts["owner"] != "", rx.fragment(" · ", facts["owner"]), rx.fragment()), " · ", facts["since"],
            rx.cond(facts["href"] != "", rx.fragment(" · ", rx.el.a("Open", href=facts["href"], target="_blank", class_name="inline-block py-1.5 -my-1.5 underline underline-offset-2")), rx.fragment()),
            class_name=_SMALL,
        ),
        rx.el.dl(rx.foreach(QueueItemState.fields, _field), class_name="grid gap-3 mt-4 max-w-[68ch]"),
        rx.cond(QueueItemState.twins, _twins(), rx.fragment()),
        rx.el.ul(
            rx.foreach(QueueItemState.rows, _draft_sound), rx.foreach(QueueItemState.sounds, _sound), aria_label="Sounds",
            class_name="mt-5 border-t border-line empty:hidden", custom_attrs={"data-queue": "", "data-review-sounds": ""},
        ),
        _decision(),
        rx.cond(QueueItemState.trust["level"] != "", trust_section(QueueItemState.trust, QueueItemState.set_trust), rx.fragment()),
        _messages(),
        class_name="min-w-0",
    )  # fmt: skip


def _field(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(one["label"], class_name=theme.LABEL),
        rx.el.dd(one["text"], dir="auto", class_name="text-text-2 whitespace-pre-line break-words"),
    )


def _decision() -> rx.Component:
    facts = QueueItemState.facts
    return rx.el.div(
        rx.el.select(
            rx.el.option("Insert a template", value=""),
            rx.foreach(QueueItemState.templates, lambda one: rx.el.option(one["title"], value=one["id"])),
            value="", on_change=QueueItemState.insert_template, aria_label="Template", class_name=f"{theme.FIELD} !w-auto justify-self-start",
        ),
        forms.field(
            "Note to creator",
            # Saved on blur: the server's echo of each keystroke would overwrite later ones. The buttons follow it, so that
            # one press of Tab leads to where single keys work again.
            rx.el.textarea(id=_NOTE, dir="auto", key=QueueItemState.note_key, default_value=QueueItemState.note, on_blur=QueueItemState.set_note, rows="2", max_length=policy.MAX_MODERATION_CHARACTERS, class_name=f"{theme.FIELD} py-2.5"),
            for_id=_NOTE,
        ),
        rx.el.p(facts["note_hint"], class_name=f"{theme.SMALL} text-text-2 empty:hidden"),
        rx.el.div(
            buttons.button(facts["approve"], kind="primary", on_click=QueueItemState.decide("approved", QueueItemState.open_id), custom_attrs={"data-review-approve": "", "aria-keyshortcuts": "A"}),
            buttons.button(facts["reject"], on_click=QueueItemState.decide("returned", QueueItemState.open_id), custom_attrs={"data-review-send-back": "", "data-needs-note": facts["note_required"], "aria-keyshortcuts": "R"}),
            class_name="flex gap-3",
        ),
        class_name="grid gap-4 mt-6 max-w-[560px]",
    )  # fmt: skip


def trust_section(trust: Any, on_choose: Any) -> rx.Component:
    """Render a creator's position on the trust ladder, with the select of a level and the rules."""
    return rx.el.section(
        rx.el.h3("Trust", class_name=theme.TITLE_3),
        rx.el.p(trust["level"], class_name="mt-1"),
        rx.el.p(trust["facts"], class_name=_SMALL),
        rx.el.select(
            *(rx.el.option(label, value=value) for value, label in _LEVELS),
            value=trust["chosen"], on_change=on_choose, aria_label="Trust level", class_name=f"{theme.FIELD} !w-auto mt-3",
        ),
        rx.el.p(_LADDER, class_name=f"{theme.SMALL} text-text-3 mt-2 max-w-[68ch]"),
        class_name="mt-8",
    )  # fmt: skip


def _messages() -> rx.Component:
    def line(row: rx.Var[MessageRow]) -> rx.Component:
        return rx.el.li(
            rx.el.p(
                rx.el.span(row.author, dir="auto", class_name="font-semibold"), rx.el.span(row.when, class_name="fact ml-2"),
                rx.cond(row.is_private, rx.el.span("Moderators only", class_name=f"{theme.BADGE} ml-2"), rx.fragment()),
            ),
            rx.el.p(row.text, dir="auto", class_name="text-text-2 whitespace-pre-line break-words"),
            key=row.id,
            class_name="py-3 border-b border-line",
        )  # fmt: skip

    return rx.el.section(
        rx.el.h3("Messages", class_name=theme.TITLE_3),
        rx.el.ul(rx.foreach(QueueItemState.messages, line), aria_label="Messages", class_name="max-w-[68ch]"),
        rx.el.form(
            forms.field(
                "Message",
                rx.el.textarea(id="item-message", name="text", dir="auto", rows="2", required=True, max_length=policy.MAX_MODERATION_CHARACTERS, class_name=f"{theme.FIELD} py-2.5"),
                for_id="item-message",
            ),
            forms.checkbox("Only moderators see it", "private", id="item-private"),
            buttons.button("Send message", type="submit"),
            on_submit=QueueItemState.send_message,
            reset_on_submit=True,
            key=QueueItemState.open_id,
            class_name="grid gap-3 justify-items-start [&>*:first-child]:w-full mt-3 max-w-[560px]",
        ),
        class_name="mt-8",
    )  # fmt: skip


def _twins() -> rx.Component:
    def one(label: str, sound: Any, width: Any) -> rx.Component:
        return SoundScope.create(
            rx.el.div(
                PlayButton.create(track=sound, size=18, class_name=f"{theme.ICON_BUTTON} data-[playing]:text-amber"),
                rx.el.div(
                    rx.el.p(label, ": ", sound.title, dir="auto", title=sound.title, class_name="font-semibold truncate"),
                    rx.el.p(sound.subtitle, dir="auto", title=sound.subtitle, class_name="fact truncate"),
                    class_name="min-w-0",
                ),
                rx.el.div(
                    rx.el.div(Waveform.create(track=sound, peaks=sound.peaks, class_name="h-[36px]"), style={"width": width}),
                    class_name="col-span-2 md:col-span-1 min-w-0",
                ),
                class_name="grid items-center gap-3 grid-cols-[44px_minmax(0,1fr)] md:grid-cols-[44px_220px_minmax(0,1fr)]",
            ),
            track=sound,
            class_name="group py-1",
        )  # fmt: skip

    def pair(row: rx.Var[TwinRow]) -> rx.Component:
        return rx.el.li(
            rx.el.p(row.likeness, class_name="fact"),
            one("This pack", row.mine, row.my_width),
            one("Known", row.theirs, row.their_width),
            key=row.id,
            class_name="py-3 border-b border-line",
        )

    return rx.el.section(
        rx.el.h3("Near duplicates", class_name=theme.TITLE_3),
        rx.el.p("Both waveforms begin at the same place and use the same time scale.", class_name=_SMALL),
        rx.el.ul(rx.foreach(QueueItemState.twins, pair), aria_label="Near duplicates", class_name="border-t border-line mt-2"),
        class_name="mt-5",
    )  # fmt: skip


def _draft_sound(item: rx.Var[DraftRow]) -> rx.Component:
    return _line(item.sound, item.title, item.facts, item.bpm, item.key, rx.foreach(item.findings, _finding))


def _finding(found: rx.Var[FindingRow]) -> rx.Component:
    """Render a finding; those that need a decision are marked by an icon and a word."""

    def loud(icon: str, colour: str) -> rx.Component:
        return rx.el.span(
            rx.icon(icon, size=14, stroke_width=1.5, aria_hidden="true"), found.severity,
            class_name=f"inline-flex items-center gap-1 font-semibold mr-2 {colour}",
        )  # fmt: skip

    return rx.el.p(
        rx.match(
            found.tone,
            ("bad", loud("circle-alert", "text-bad")),
            ("warn", loud("triangle-alert", "text-warn")),
            rx.fragment(),
        ),
        found.message,
        class_name=f"{_SMALL} pl-[52px] pb-1.5",
    )


def _sound(row: rx.Var[SoundRow]) -> rx.Component:
    return _line(row.sound, row.sound.title, row.sound.subtitle, row.sound.bpm, row.sound.key, rx.fragment())


def _line(sound: Any, title: Any, facts: Any, bpm: Any, key: Any, below: rx.Component) -> rx.Component:
    return rx.el.li(
        SoundScope.create(
            rx.el.div(
                PlayButton.create(track=sound, size=18, class_name=f"{theme.ICON_BUTTON} data-[playing]:text-amber"),
                rx.el.div(
                    rx.el.p(title, dir="auto", title=title, class_name="font-semibold truncate"),
                    rx.el.p(facts, dir="auto", class_name="fact break-words"),
                    class_name="min-w-0",
                ),
                Waveform.create(track=sound, peaks=sound.peaks, class_name="h-[28px] max-md:hidden"),
                rx.el.span(bpm, class_name="fact text-right"),
                rx.el.span(key, class_name="fact text-right"),
                class_name="grid items-center gap-3 grid-cols-[44px_minmax(0,1fr)_48px_56px] md:grid-cols-[40px_260px_minmax(80px,1fr)_48px_64px] min-h-[52px]",
            ),
            below,
            track=sound,
            class_name="group py-1",
        ),
        key=sound.id,
        class_name="border-b border-line",
    )  # fmt: skip
