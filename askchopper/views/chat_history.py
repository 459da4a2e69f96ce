"""Sidebars of the chat: history on the left, documents and allowance on the right."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, theme
from askchopper.components.client import Go
from askchopper.schemas.view_models.chat import ConversationRow, DocumentView
from askchopper.states.assistant import ChatState
from askchopper.states.chat_history import HistoryState
from askchopper.states.knowledge import DocumentsState

_ANSWER = "!min-h-[36px] !px-2 whitespace-nowrap"
_SMALL_ACTION = "inline-grid place-items-center size-[44px] md:size-[32px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-4 cursor-pointer shrink-0"
_REVEALED = (
    "hover-only opacity-0 group-hover:opacity-100 group-focus-within:opacity-100 flex shrink-0"
    " md:absolute md:right-1 md:inset-y-0 md:items-center md:bg-surface-2 md:rounded-ctl"
)


def history() -> rx.Component:
    """Render the list of conversations with search, rename, pin and delete."""
    return rx.el.div(
        buttons.button(
            rx.icon("plus", size=18, stroke_width=1.5, aria_hidden="true"),
            "New chat",
            on_click=ChatState.new,
            class_name="w-full",
            custom_attrs={"data-dismiss": ""},
        ),
        rx.el.input(
            type="search", dir="auto", placeholder="Search conversations", aria_label="Search conversations", max_length=100,
            on_change=HistoryState.search.debounce(300), on_mount=HistoryState.reset_search,
            class_name="w-full min-h-[44px] md:min-h-[36px] rounded-ctl bg-surface-2 px-3 text-[14px] placeholder:text-text-3",
        ),
        rx.cond(
            HistoryState.removed_id != "",
            rx.el.p(
                rx.el.span("Deleted.", class_name="text-text-2"),
                buttons.button("Undo", kind="quiet", on_click=HistoryState.restore, class_name="!min-h-[36px] !px-2 !text-text-1"),
                buttons.icon_button("x", "Close", on_click=HistoryState.forget_removed, class_name="ml-auto !size-[36px]"),
                role="status",
                class_name="flex items-center gap-2 rounded-ctl bg-surface-2 pl-3",
            ),
            rx.fragment(),
        ),
        rx.cond(
            HistoryState.lines,
            rx.el.ul(rx.foreach(HistoryState.lines, _line), class_name="grid grid-cols-[minmax(0,1fr)]", aria_label="Conversations"),
            rx.el.p(
                rx.cond(HistoryState.text != "", "No conversation matches.", "Your conversations will appear here."),
                class_name=f"{theme.SMALL} text-text-3 px-3",
            ),
        ),
        rx.cond(
            HistoryState.has_more, buttons.button("Older", kind="quiet", on_click=HistoryState.load_more), rx.fragment()
        ),
        class_name="grid grid-cols-[minmax(0,1fr)] gap-3 content-start",
    )  # fmt: skip


def _line(line: rx.Var[ConversationRow]) -> rx.Component:
    current = ChatState.conversation_id == line.id
    return rx.el.li(
        rx.cond(
            line.heading != "",
            rx.el.h3(line.heading, class_name=f"{theme.LABEL} text-text-3 px-3 pt-3 pb-1"),
            rx.fragment(),
        ),
        rx.cond(
            HistoryState.renaming_id == line.id,
            rx.el.form(
                rx.el.input(
                    name="title", dir="auto", default_value=line.title, aria_label="Title", max_length=100, auto_focus=True,
                    class_name=f"{theme.FIELD} !min-h-[36px]",
                ),
                buttons.button("Save", type="submit", class_name="!min-h-[36px] !px-3"),
                buttons.icon_button("x", "Cancel", on_click=HistoryState.begin_rename(line.id), class_name="!size-[36px] -ml-1", custom_attrs={"data-escape": ""}),
                on_submit=[HistoryState.rename, ChatState.refresh],
                class_name="flex gap-2",
            ),
            rx.el.div(
                Go.create(
                    rx.el.span(line.title, dir="auto", class_name="truncate block"),
                    rx.cond(
                        line.found != "",
                        rx.el.span(line.found, dir="auto", class_name=f"{theme.SMALL} text-text-3 truncate block"),
                        rx.fragment(),
                    ),
                    to=rx.Var.create(f"{routes.CHAT}/") + line.id,
                    custom_attrs={"aria-current": rx.cond(current, "page", "false"), "data-dismiss": ""},
                    class_name="flex-1 min-w-0 py-2 pl-3",
                ),
                rx.el.div(
                    rx.el.button(
                        rx.icon("pin", size=16, stroke_width=1.5, aria_hidden="true"),
                        type="button",
                        aria_label=rx.cond(line.is_pinned, "Unpin ", "Pin ") + line.title,
                        on_click=HistoryState.pin(line.id, ~line.is_pinned),
                        class_name=_SMALL_ACTION,
                    ),
                    rx.el.button(
                        rx.icon("pencil", size=16, stroke_width=1.5, aria_hidden="true"),
                        type="button", aria_label=rx.Var.create("Rename ") + line.title,
                        on_click=HistoryState.begin_rename(line.id), class_name=_SMALL_ACTION,
                    ),
                    rx.el.button(
                        rx.icon("trash-2", size=16, stroke_width=1.5, aria_hidden="true"),
                        type="button", aria_label=rx.Var.create("Delete ") + line.title,
                        on_click=[HistoryState.remove(line.id), ChatState.leave(line.id)], class_name=_SMALL_ACTION,
                    ),
                    class_name=_REVEALED,
                ),
                class_name=rx.cond(
                    current,
                    "group relative flex items-center rounded-ctl bg-surface-2 text-text-1 font-semibold min-h-[44px] md:min-h-[36px]",
                    "group relative flex items-center rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-1 min-h-[44px] md:min-h-[36px]",
                ),
            ),
        ),
        key=line.id,
    )  # fmt: skip


def documents() -> rx.Component:
    """Render the list of the member's documents with their status."""
    return rx.el.section(
        rx.el.h2("My documents", class_name=theme.TITLE_3),
        rx.el.p("Attach one to ask about it. Only you and the assistant read them.", class_name=f"{theme.SMALL} text-text-2"),
        rx.cond(
            DocumentsState.lines,
            rx.el.ul(rx.foreach(DocumentsState.lines, _document), class_name="grid grid-cols-[minmax(0,1fr)]", aria_label="My documents"),
            rx.el.p("None yet. Attach a PDF, document, image or sound to ask about it.", class_name=f"{theme.SMALL} text-text-3"),
        ),
        rx.cond(
            DocumentsState.has_more, buttons.button("Older documents", kind="quiet", on_click=DocumentsState.load_more), rx.fragment()
        ),
        class_name="grid grid-cols-[minmax(0,1fr)] gap-2 content-start",
    )  # fmt: skip


def _document(line: rx.Var[DocumentView]) -> rx.Component:
    tone = rx.match(line.state, ("failed", "text-bad"), ("ready", "text-text-3"), "text-text-2")
    return rx.el.li(
        rx.el.div(
            rx.el.p(line.title, dir="auto", class_name="truncate", title=line.title),
            rx.el.p(
                rx.el.span(line.word, class_name=tone),
                rx.el.span(line.size, class_name="fact"),
                rx.cond(line.pages != "", rx.el.span(line.pages), rx.fragment()),
                class_name=f"{theme.SMALL} text-text-3 flex flex-wrap gap-x-2",
            ),
            rx.cond(
                line.problem != "", rx.el.p(line.problem, class_name=f"{theme.SMALL} text-text-2"), rx.fragment()
            ),
            class_name="min-w-[120px] flex-1",
        ),
        rx.cond(
            DocumentsState.removing_id == line.id,
            rx.fragment(
                buttons.button("Delete for good", kind="quiet", on_click=DocumentsState.remove(line.id), class_name=f"{_ANSWER} !text-bad"),
                # Last, where "Delete" was: a double click keeps the conversation.
                buttons.button("Keep", kind="quiet", auto_focus=True, on_click=DocumentsState.ask_to_remove(""), class_name=_ANSWER),
            ),
            rx.fragment(
                rx.el.button(
                    rx.icon("paperclip", size=16, stroke_width=1.5, aria_hidden="true"),
                    type="button", aria_label=rx.Var.create("Attach ") + line.title, title="Attach to the next question",
                    on_click=DocumentsState.attach(line.id), class_name=_SMALL_ACTION,
                ),
                rx.el.button(
                    rx.icon("trash-2", size=16, stroke_width=1.5, aria_hidden="true"),
                    type="button", aria_label=rx.Var.create("Delete ") + line.title, title="Delete",
                    on_click=DocumentsState.ask_to_remove(line.id), class_name=_SMALL_ACTION,
                ),
            ),
        ),
        key=line.id,
        class_name="flex flex-wrap items-center justify-end gap-1 border-b border-line py-2",
    )  # fmt: skip
