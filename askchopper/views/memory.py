"""The assistant's memory: the list with search, filters and undo, its switches, export and import, the panel beside a chat.

Also the dialog that shows which memories an answer used.
"""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, feedback, theme
from askchopper.components.client import Dialog
from askchopper.components.import_file import ImportFile
from askchopper.components.switches import Switch
from askchopper.states.memory import KIND_LABELS, MemoryEditState, MemoryRow, MemoryState
from askchopper.states.used_memory import EarlierConversation, UsedMemoryState

_SMALL = "!min-h-[44px] md:!min-h-[36px]"
_META = f"{theme.SMALL} text-text-3"
_SOURCE = "text-text-2 underline underline-offset-4 decoration-line-strong hover:text-text-1"


def memory_list(*, is_in_chat: bool = False) -> rx.Component:
    """Render the memories with search, kind filters, and undo."""
    return rx.el.div(
        _undo(),
        rx.cond(
            MemoryState.is_paused,
            rx.el.p(
                "Memory is off: nothing is remembered and answers use none of this. What is here stays until you delete it.",
                role="status",
                class_name=f"{theme.BODY} rounded-ctl bg-surface-2 px-4 py-3 text-text-2",
            ),
            rx.fragment(),
        ),
        _add_form(),
        rx.el.div(
            rx.el.input(
                type="search", dir="auto", placeholder="Search memories", aria_label="Search memories", max_length=100,
                value=MemoryState.text, on_change=MemoryState.search.debounce(200),
                class_name="w-full sm:w-[260px] min-h-[44px] md:min-h-[40px] rounded-ctl bg-surface-2 px-3 text-[14px] placeholder:text-text-3",
            ),
            rx.el.select(
                rx.el.option("All kinds", value=""),
                *(rx.el.option(label, value=kind.value) for kind, label in KIND_LABELS.items()),
                value=MemoryState.kind, on_change=MemoryState.show_kind, aria_label="Kind",
                class_name=f"{theme.FIELD} !w-auto",
            ),
            class_name="flex flex-wrap gap-3",
        ),
        rx.cond(
            MemoryState.rows,
            rx.fragment(
                rx.el.ul(rx.foreach(MemoryState.rows, _row), aria_label="Memories", class_name="border-t border-line"),
                rx.cond(
                    MemoryState.next_cursor != "",
                    buttons.button("Show more", on_click=MemoryState.load_more, class_name="justify-self-start"),
                    rx.fragment(),
                ),
            ),
            rx.cond(MemoryState.is_loaded, _empty(is_in_chat=is_in_chat), rx.fragment(*feedback.row_skeletons(4))),
        ),
        class_name="grid grid-cols-[minmax(0,1fr)] gap-5",
    )  # fmt: skip


def tools() -> rx.Component:
    """Render the switches, export, import and delete all."""
    link = f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']} {_SMALL}"
    return rx.el.div(
        _switch("Memory", "Learn from conversations and use it in answers", ~MemoryState.is_paused, MemoryState.set_used),
        _switch(
            "Pick up where you left off", "New chats offer what you left unfinished", MemoryState.offers_open_points, MemoryState.set_open_points,
        ),
        rx.el.div(
            buttons.file_link("Export", href=routes.MEMORY_EXPORT, class_name=link),
            buttons.file_link("JSON lines", href=f"{routes.MEMORY_EXPORT}?format=lines", class_name=link),
            ImportFile.create(url=routes.MEMORY_IMPORT, label="Import", on_imported=MemoryState.refresh, class_name=link),
            buttons.button("Delete all", kind="danger", on_click=MemoryEditState.delete_all, disabled=MemoryState.total == 0, class_name=_SMALL),
            class_name="flex flex-wrap gap-2 items-start",
        ),
        class_name="grid gap-4",
    )  # fmt: skip


def beside_chat(*, on_open: rx.event.EventSpec) -> rx.Component:
    """Render the latest memories beside a conversation, with a button that opens the full list."""
    return rx.el.section(
        rx.el.h2("What I remember", class_name=theme.TITLE_3),
        _undo(),
        rx.cond(
            MemoryState.is_paused,
            rx.el.p("Memory is off.", class_name=_META),
            rx.cond(
                MemoryState.rows,
                rx.el.ul(
                    rx.foreach(MemoryState.rows[:6], _short_row),
                    aria_label="Latest memories",
                    class_name="grid grid-cols-[minmax(0,1fr)]",
                ),
                rx.el.p("Nothing yet. Tell me what you make, and I'll remember it.", class_name=_META),
            ),
        ),
        rx.el.button(
            "All memories",
            type="button",
            on_click=on_open,
            class_name=f"{theme.SMALL} {_SOURCE} justify-self-start py-1 cursor-pointer",
        ),
        aria_label="What I remember",
        class_name="grid grid-cols-[minmax(0,1fr)] gap-2",
    )


def used_dialog() -> rx.Component:
    """Render the dialog that lists an answer's context."""
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Used for this answer", class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center gap-4 mb-3",
            ),
            rx.cond(
                UsedMemoryState.memories,
                rx.fragment(
                    rx.el.h3("Memories", class_name=f"{theme.LABEL} text-text-2"),
                    rx.el.ul(rx.foreach(UsedMemoryState.memories, _used_row), aria_label="Used memories", class_name="border-t border-line mt-2"),
                ),
                rx.fragment(),
            ),
            rx.cond(
                UsedMemoryState.conversations,
                rx.fragment(
                    rx.el.h3("Earlier conversations", class_name=f"{theme.LABEL} text-text-2 mt-5"),
                    rx.el.ul(rx.foreach(UsedMemoryState.conversations, _used_conversation), class_name="border-t border-line mt-2"),
                ),
                rx.fragment(),
            ),
            rx.cond(
                UsedMemoryState.has_taste,
                rx.el.p(
                    rx.el.a("Your taste", href=routes.TASTE, class_name=f"{_SOURCE} inline-block py-1", custom_attrs={"data-dismiss": ""}),
                    rx.el.span(": what you play, search and buy.", class_name="text-text-2"),
                    class_name="mt-5",
                ),
                rx.fragment(),
            ),
            rx.cond(
                UsedMemoryState.others,
                rx.fragment(
                    rx.el.h3("Also used", class_name=f"{theme.LABEL} text-text-2 mt-5"),
                    rx.el.ul(
                        rx.foreach(UsedMemoryState.others, lambda one: rx.el.li(one, key=one, class_name="py-1 first-letter:uppercase")),
                        class_name="mt-2",
                    ),
                ),
                rx.fragment(),
            ),
            rx.cond(
                UsedMemoryState.deleted > 0,
                rx.el.p(UsedMemoryState.deleted, " more, deleted or replaced since.", class_name=f"{_META} mt-3"),
                rx.fragment(),
            ),
            rx.cond(
                UsedMemoryState.left_out != "",
                rx.el.p("Left out to save space: ", UsedMemoryState.left_out, ".", class_name=f"{_META} mt-3"),
                rx.fragment(),
            ),
            rx.el.a("Manage memory", href=routes.MEMORY, class_name=f"{theme.SMALL} {_SOURCE} inline-block mt-5", custom_attrs={"data-dismiss": ""}),
            class_name="p-6 max-h-[80dvh] overflow-y-auto",
            custom_attrs={"data-scrolls": ""},
        ),
        is_open=UsedMemoryState.is_open,
        on_dismiss=UsedMemoryState.close,
        label="Used for this answer",
        class_name=f"{theme.FLOATING} rounded-sheet w-[min(520px,100vw)]",
    )  # fmt: skip


def _switch(label: str, hint: str, is_on: rx.Var[bool], on_change: object) -> rx.Component:
    return rx.el.label(
        Switch.create(is_on=is_on, label=label, on_switch=on_change),
        rx.el.span(
            rx.el.span(label, class_name="block font-semibold"),
            rx.el.span(hint, class_name=f"block {theme.SMALL} text-text-2"),
        ),
        class_name="flex items-start gap-3 min-h-[44px] cursor-pointer max-w-[520px]",
    )


def _add_form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            rx.el.input(
                name="text", id="new-memory", dir="auto", aria_label="Add a memory", placeholder="Add something, such as “I use Ableton Live”",
                max_length=policy.MAX_MEMORY_CHARACTERS, class_name=theme.FIELD, auto_complete="off",
            ),
            buttons.button("Add", type="submit"),
            class_name="grid grid-cols-[minmax(0,1fr)_auto] gap-2",
        ),
        rx.cond(
            (MemoryEditState.problem != "") & (MemoryEditState.editing_id == ""),
            rx.el.p(MemoryEditState.problem, role="alert", class_name=f"{theme.SMALL} text-bad mt-1"),
            rx.fragment(),
        ),
        on_submit=MemoryEditState.add,
    )  # fmt: skip


def _undo() -> rx.Component:
    return rx.cond(
        MemoryEditState.removed != "",
        rx.el.p(
            rx.el.span(MemoryEditState.removed, class_name="text-text-2"),
            buttons.button("Undo", kind="quiet", on_click=MemoryEditState.undo, class_name="!min-h-[36px] !px-2 !text-text-1"),
            buttons.icon_button("x", "Close", on_click=MemoryEditState.close_undo, class_name="ml-auto !size-[36px]"),
            role="status",
            class_name="flex items-center gap-2 rounded-ctl bg-surface-2 pl-4",
        ),
        rx.fragment(),
    )  # fmt: skip


def _row(row: rx.Var[MemoryRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(MemoryEditState.editing_id == row.id, _edit_form(row), _shown_row(row)),
        key=row.id,
        class_name="border-b border-line",
    )


def _shown_row(row: rx.Var[MemoryRow]) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(
                rx.cond(row.about != "", rx.el.span(row.about, ": ", dir="auto", class_name="text-text-2"), rx.fragment()),
                rx.el.span(row.text, dir="auto"),
                class_name=f"{theme.BODY} [overflow-wrap:anywhere]",
            ),
            rx.el.p(
                row.kind, " · ", row.date, " · ",
                rx.cond(row.href != "", rx.el.a("Source", href=row.href, class_name=f"{_SOURCE} inline-block py-1"), row.origin),
                class_name=_META,
            ),
            rx.cond(row.earlier != "", rx.el.p("Earlier: ", row.earlier, dir="auto", class_name=f"{_META} [overflow-wrap:anywhere]"), rx.fragment()),
            class_name="min-w-0 flex-1 py-3",
        ),
        buttons.icon_button("pencil", "Edit", on_click=MemoryEditState.edit(row.id)),
        buttons.icon_button("trash-2", "Delete", on_click=MemoryEditState.delete(row.id)),
        class_name="flex items-center gap-1",
    )  # fmt: skip


def _edit_form(row: rx.Var[MemoryRow]) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="id", value=row.id),
        rx.el.input(type="hidden", name="version", value=row.version.to_string()),
        rx.el.textarea(
            name="text", dir="auto", default_value=row.text, aria_label="Memory", rows="2", auto_focus=True,
            max_length=policy.MAX_MEMORY_CHARACTERS, class_name=f"{theme.FIELD} py-2.5 leading-[24px]",
        ),
        rx.cond(MemoryEditState.problem != "", rx.el.p(MemoryEditState.problem, role="alert", class_name=f"{theme.SMALL} text-bad"), rx.fragment()),
        rx.el.div(
            buttons.button("Cancel", kind="quiet", on_click=MemoryEditState.edit(row.id), custom_attrs={"data-escape": ""}),
            buttons.button("Save", type="submit"),
            class_name="flex justify-end gap-2",
        ),
        on_submit=MemoryEditState.save,
        class_name="grid gap-2 py-3",
    )  # fmt: skip


def _short_row(row: rx.Var[MemoryRow]) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.text, dir="auto", class_name=f"{theme.SMALL} min-w-0 flex-1 [overflow-wrap:anywhere] py-2"),
        rx.el.button(
            rx.icon("x", size=16, stroke_width=1.5, aria_hidden="true"),
            type="button", aria_label=rx.Var.create("Forget: ") + row.text, title="Forget", on_click=MemoryEditState.delete(row.id),
            class_name="inline-grid place-items-center size-[44px] md:size-[32px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-2 cursor-pointer shrink-0",
        ),
        key=row.id,
        class_name="flex items-center gap-1 border-b border-line last:border-0",
    )  # fmt: skip


def _used_row(row: rx.Var[MemoryRow]) -> rx.Component:
    return rx.el.li(
        rx.el.p(row.text, dir="auto", class_name="[overflow-wrap:anywhere]"),
        rx.el.p(
            row.kind, " · ", row.date, " · ",
            rx.cond(
                row.href != "",
                rx.el.a("Source", href=row.href, class_name=f"{_SOURCE} inline-block py-1", custom_attrs={"data-dismiss": ""}),
                row.origin,
            ),
            class_name=_META,
        ),
        key=row.id,
        class_name="border-b border-line py-2",
    )  # fmt: skip


def _used_conversation(one: rx.Var[EarlierConversation]) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            one.title,
            href=one.href,
            dir="auto",
            class_name=f"{_SOURCE} inline-block py-1",
            custom_attrs={"data-dismiss": ""},
        ),
        rx.el.p(one.date, " · ", rx.el.span(one.gist, dir="auto"), class_name=f"{_META} [overflow-wrap:anywhere]"),
        key=one.id,
        class_name="border-b border-line py-2",
    )


def _empty(*, is_in_chat: bool) -> rx.Component:
    return rx.cond(
        (MemoryState.text != "") | (MemoryState.kind != ""),
        feedback.empty("No memory matches."),
        feedback.empty(
            "Nothing yet. Tell Chopper what you make, for example “I mostly make lo-fi around 80 BPM”.",
            *(() if is_in_chat else (buttons.link_button("Open chat", href=routes.CHAT),)),
        ),
    )
