"""The content of a collection's page: entries to play, reorder and buy."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, catalogue, feedback, reactions, theme
from askchopper.components.client import ForPath, Go, PlayButton, SoundScope, Waveform
from askchopper.components.community import TOOL
from askchopper.components.plurals import noun
from askchopper.schemas.view_models.collections import EntryRow
from askchopper.states.collections import CollectionPurchaseState, CollectionState
from askchopper.states.follows import FollowState
from askchopper.states.reports import ReportState
from askchopper.views.collection_dialogs import SETTINGS_DIALOG
from askchopper.views.share import share_button

_COLUMNS = (
    "grid items-center gap-x-2 md:gap-x-3 min-h-[72px] md:min-h-[64px] grid-cols-[auto_44px_minmax(0,1fr)_44px_auto]"
    " md:grid-cols-[36px_40px_44px_minmax(140px,1fr)_minmax(80px,1fr)_48px_56px_48px_36px_96px_36px]"
)
_WIDE = "hidden md:block"
_ACTION = "inline-grid place-items-center size-[44px] md:size-[36px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-3 cursor-pointer"


def content() -> rx.Component:
    """Render the collection in ``CollectionState``, with a skeleton until it is the one of this page."""
    return rx.el.div(
        ForPath.create(
            rx.cond(CollectionState.is_missing, _missing(), rx.cond(CollectionState.card, _collection(), _loading())),
            _loading(),
            path=CollectionState.path,
        ),
        class_name=f"{theme.PAGE} pt-8",
    )


def _missing() -> rx.Component:
    return rx.cond(
        CollectionState.is_invited,
        feedback.empty(
            "You are invited to a private collection.",
            buttons.button("Join as collaborator", kind="primary", on_click=CollectionState.join),
        ),
        feedback.failure(
            "We can't find this collection.",
            "It may be private or deleted, or the address is mistyped.",
            buttons.link_button("See collections", href=routes.COLLECTIONS),
        ),
    )


def _loading() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            feedback.skeleton("size-[160px] md:size-[200px] !rounded-cover shrink-0"),
            rx.el.div(feedback.skeleton("h-[28px] w-[240px]"), feedback.skeleton("h-[16px] w-[160px] mt-4")),
            class_name="flex flex-col sm:flex-row gap-6",
        ),
        rx.el.div(*feedback.row_skeletons(6), class_name="pt-8"),
        aria_busy="true",
    )


def _collection() -> rx.Component:
    card = CollectionState.card
    return rx.fragment(
        rx.cond(CollectionState.is_invited, _invitation(), rx.fragment()),
        rx.el.div(
            reactions.mosaic(card.covers, class_name="w-[160px] md:w-[200px] shrink-0"),
            rx.el.div(
                rx.el.h1(card.title, dir="auto", class_name=f"{theme.TITLE_1} text-balance wrap-anywhere"),
                rx.el.p(
                    "By ", rx.el.span(card.owner, dir="auto", class_name="font-semibold text-text-1"), ", ", card.count, ", ",
                    card.visibility.lower(), class_name="text-text-2 mt-1",
                ),
                rx.cond(
                    CollectionState.description != "",
                    rx.el.p(CollectionState.description, dir="auto", class_name=f"{theme.BODY} text-text-2 mt-3 max-w-[68ch] whitespace-pre-line"),
                    rx.fragment(),
                ),
                _collaborators(),
                _actions(),
                class_name="min-w-0 flex-1",
            ),
            class_name="flex flex-col sm:flex-row gap-6 md:gap-8",
        ),
        rx.cond(
            CollectionState.entries,
            rx.el.ol(
                rx.foreach(CollectionState.entries, _entry),
                aria_label="Items",
                class_name="mt-8 border-t border-line",
                custom_attrs={"data-queue": ""},
            ),
            feedback.empty(
                "Nothing in it yet. Every sound and pack has the button “Add to collection”.",
                buttons.link_button("Browse sounds", href=routes.browse(view="list")),
            ),
        ),
        rx.cond(
            CollectionState.has_more,
            buttons.button("Load more", on_click=CollectionState.load_more, class_name="mt-6"),
            rx.fragment(),
        ),
    )  # fmt: skip


def _invitation() -> rx.Component:
    return rx.el.div(
        rx.el.p("You are invited to add to this collection.", class_name="mr-auto"),
        buttons.button("Join as collaborator", on_click=CollectionState.join),
        class_name="flex flex-wrap items-center gap-3 rounded-ctl bg-surface-2 px-4 py-2 mb-8",
    )


def _collaborators() -> rx.Component:
    return rx.cond(
        CollectionState.collaborators,
        rx.el.p(
            "With ",
            rx.foreach(
                CollectionState.collaborators,
                lambda one, index: rx.el.span(rx.cond(index > 0, ", ", ""), rx.el.span(one["name"], dir="auto"), key=one["id"]),
            ),
            class_name=f"{theme.SMALL} text-text-2 mt-2",
        ),
        rx.fragment(),
    )  # fmt: skip


def _actions() -> rx.Component:
    return rx.el.div(
        rx.cond(
            CollectionState.facts["missing"].to(int) > 0,
            buttons.button(
                "Buy the rest for ", CollectionState.facts["price"], noun(CollectionState.facts["price"], "token"), kind="primary", on_click=CollectionPurchaseState.open
            ),
            rx.fragment(),
        ),
        rx.cond(
            CollectionState.entries,
            rx.el.button(
                rx.icon("play", size=14, fill="currentColor", aria_hidden="true"),
                "Play all",
                type="button",
                on_click=rx.call_script("document.querySelector('main [data-queue] [data-track]')?.click()"),
                class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
            ),
            rx.fragment(),
        ),
        rx.cond(
            CollectionState.card.visibility != "Private",
            share_button(CollectionState.card.title),
            rx.fragment(),
        ),
        rx.cond(
            CollectionState.card.is_own,
            rx.fragment(),
            rx.fragment(
                reactions.FollowButton.create(
                    path=FollowState.path, name=CollectionState.card.title, is_following=FollowState.is_following, class_name=reactions.FOLLOW
                ),
                rx.el.button(
                    "Report",
                    type="button",
                    on_click=ReportState.open("collection", CollectionState.card.slug, CollectionState.card.title),
                    class_name=f"{TOOL} !mx-1",
                ),
            ),
        ),
        rx.cond(
            CollectionState.card.is_own,
            buttons.button("Edit", on_click=rx.call_script(f"document.getElementById('{SETTINGS_DIALOG}').showModal()")),
            rx.cond(CollectionState.can_edit, buttons.button("Leave", kind="quiet", on_click=CollectionState.leave), rx.fragment()),
        ),
        class_name="flex flex-wrap gap-2 mt-5",
    )  # fmt: skip


def _entry(entry: rx.Var[EntryRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(entry.row, _sound(entry), _gone(entry)),
        key=entry.id,
        class_name=f"{theme.HAIRLINE} data-[drop=before]:border-t-2 data-[drop=before]:border-t-text-1 data-[drop=after]:border-b-2 data-[drop=after]:border-b-text-1",
        custom_attrs={"data-position": entry.position},
    )


def _handle(entry: rx.Var[EntryRow]) -> rx.Component:
    return rx.el.span(
        rx.cond(
            CollectionState.can_edit,
            reactions.ReorderHandle.create(
                id=entry.id, title=entry.title, position=entry.position, count=CollectionState.entries.length(),
                on_move=CollectionState.move, class_name=f"{_ACTION} max-md:!w-[28px] max-md:-ml-2",
            ),
            rx.el.span((entry.position + 1).to_string(), class_name="fact hidden md:grid place-items-center size-[36px]"),
        ),
        class_name="max-md:row-span-2",
    )  # fmt: skip


def _sound(entry: rx.Var[EntryRow]) -> rx.Component:
    row = entry.row
    return SoundScope.create(
        rx.el.div(
            _handle(entry),
            PlayButton.create(track=row.sound, size=18, class_name=f"{_ACTION} data-[playing]:text-amber group-data-[current]:text-amber max-md:col-start-4"),
            Go.create(catalogue.cover(row.sound.cover, size=48, class_name="size-[44px] rounded-ctl"), to=row.sound.href, custom_attrs={"tabIndex": -1, "aria-hidden": "true"}, class_name="max-md:col-start-2 max-md:row-start-1"),
            rx.el.div(
                Go.create(entry.title, to=row.sound.href, class_name=f"{catalogue.TITLE} block hover:underline underline-offset-2"),
                rx.el.p(row.type, ", ", row.sound.subtitle, dir="auto", class_name=f"{theme.SMALL} text-text-2 truncate"),
                _note(entry),
                class_name="min-w-0 max-md:col-start-3 max-md:row-start-1 py-2",
            ),
            Waveform.create(track=row.sound, peaks=row.sound.peaks, class_name=f"{_WIDE} h-[32px] mx-2"),
            rx.el.span(row.sound.bpm, class_name=f"fact text-right {_WIDE}"),
            catalogue.key_fact(row.sound.key, row.key_spoken, class_name=f"text-right {_WIDE}"),
            rx.el.span(row.time, class_name=f"fact text-right {_WIDE}"),
            reactions.LikeButton.create(track=row.sound, class_name=f"{_ACTION} {reactions.LIKED} max-md:!hidden"),
            rx.el.div(_price(entry), class_name=rx.cond(CollectionState.can_edit, "max-md:hidden", "w-[64px] md:w-auto")),
            _remove(entry),
            class_name=_COLUMNS,
        ),
        track=row.sound,
        class_name="group data-[current]:bg-surface-1",
        custom_attrs={"data-row": ""},
    )  # fmt: skip


def _gone(entry: rx.Var[EntryRow]) -> rx.Component:
    return rx.el.div(
        _handle(entry),
        rx.el.span(brand.logo(20), class_name="grid place-items-center size-[44px] rounded-ctl bg-surface-2 text-wave-idle md:col-start-3"),
        rx.el.div(
            rx.el.p(entry.title, dir="auto", class_name="truncate text-text-2"),
            rx.el.p(entry.kind, " not on sale any more", class_name=f"{theme.SMALL} text-text-3"),
            _note(entry),
            class_name="min-w-0 py-2 md:col-start-4 md:col-end-11",
        ),
        rx.el.div(_remove(entry), class_name="max-md:col-start-5 md:col-start-11"),
        class_name=_COLUMNS,
    )  # fmt: skip


def _price(entry: rx.Var[EntryRow]) -> rx.Component:
    plate = f"{theme.PLATE} w-full px-1 md:px-3 hover:bg-surface-3"
    return rx.cond(
        entry.download != "",
        buttons.file_link(
            rx.icon("download", size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0"),
            rx.el.span("Get", class_name="font-ui font-semibold text-[14px]"),
            rx.el.span(" ", entry.title, class_name="sr-only"),
            href=entry.download,
            class_name=f"{plate} !bg-transparent !text-ok hover:!bg-ok-tint",
        ),
        catalogue.price_button(entry.row.sound, class_name=plate),
    )


def _note(entry: rx.Var[EntryRow]) -> rx.Component:
    return rx.cond(
        CollectionState.can_edit,
        rx.el.details(
            rx.el.summary(
                rx.cond(entry.note != "", rx.el.span(entry.note, dir="auto"), "Add a note"),
                class_name=f"{theme.SMALL} text-text-3 hover:text-text-1 cursor-pointer list-none truncate min-h-[24px]",
            ),
            rx.el.form(
                rx.el.input(type="hidden", name="entry", value=entry.id, read_only=True),
                rx.el.input(name="note", default_value=entry.note, max_length=policy.MAX_NOTE_CHARACTERS, aria_label="Note", dir="auto", class_name=f"{theme.FIELD} !min-h-[36px]"),
                buttons.button("Save", type="submit"),
                on_submit=CollectionState.annotate,
                class_name="flex gap-2 py-2",
            ),
            key=entry.id + entry.note,
        ),
        rx.cond(entry.note != "", rx.el.p(entry.note, dir="auto", class_name=f"{theme.SMALL} text-text-3"), rx.fragment()),
    )  # fmt: skip


def _remove(entry: rx.Var[EntryRow]) -> rx.Component:
    return rx.cond(
        CollectionState.can_edit,
        rx.el.button(
            rx.icon("x", size=18, stroke_width=1.5, aria_hidden="true"),
            type="button",
            aria_label=rx.Var.create("Remove ") + entry.title,
            title="Remove",
            on_click=CollectionState.remove_entry(entry.id),
            class_name=f"{_ACTION} max-md:!size-[36px]",
        ),
        rx.fragment(),
    )
