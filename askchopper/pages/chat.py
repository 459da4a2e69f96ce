"""Chat page: the conversation with history and documents."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, theme
from askchopper.components.client import Dialog
from askchopper.components.switches import Switch
from askchopper.states.assistant import ChatState
from askchopper.states.session import SessionState
from askchopper.states.used_memory import UsedMemoryState
from askchopper.views import chat as views
from askchopper.views import chat_history, memory, spotify_player
from askchopper.views.shell import frame

# The frame leaves room below a page; this one scrolls inside instead.
_HEIGHT = "-mb-20 mt-[var(--banner-h)] h-[calc(100dvh-56px-var(--banner-h)-var(--player-h)-var(--tabs-h))]"
_SIDE = "hidden overflow-y-auto overscroll-contain p-3"


def chat() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                SessionState.is_signed_in,
                rx.el.nav(chat_history.history(), aria_label="History", class_name=f"{_SIDE} md:block border-r border-line"),
                rx.el.div(class_name="hidden md:block border-r border-line"),
            ),
            rx.el.section(
                _head(),
                spotify_player.chat_line(),
                views.conversation(),
                aria_label="Ask Chopper",
                class_name="@container/thread flex flex-col min-h-0 min-w-0",
            ),
            rx.cond(
                SessionState.is_signed_in,
                rx.el.aside(_beside(), aria_label="Memory and documents", class_name=f"{_SIDE} lg:block border-l border-line !p-5"),
                rx.el.div(class_name="hidden lg:block border-l border-line"),
            ),
            class_name=f"{_HEIGHT} grid grid-rows-[minmax(0,1fr)] md:grid-cols-[260px_minmax(0,1fr)] lg:grid-cols-[260px_minmax(0,1fr)_272px]",
        ),
        _sheet("chat-history", "History", chat_history.history()),
        _sheet("chat-documents", "Documents", _documents()),
        _sheet("chat-memory", "What I remember", rx.el.div(_memory_switch(), memory.memory_list(is_in_chat=True), memory.tools(), class_name="grid gap-5")),
        views.source_dialog(),
        memory.used_dialog(),
        active=routes.CHAT,
        is_bare=True,
        has_own_remote=True,
    )  # fmt: skip


def _head() -> rx.Component:
    return rx.el.div(
        rx.cond(
            SessionState.is_signed_in,
            buttons.icon_button("panel-left", "History", on_click=_open("chat-history"), class_name="md:!hidden -ml-2"),
            rx.fragment(),
        ),
        rx.el.h1(rx.cond(ChatState.title != "", ChatState.title, "Ask Chopper"), dir="auto", class_name=f"{theme.TITLE_3} truncate flex-1"),
        rx.cond(
            ChatState.is_loaded & ~ChatState.is_connected,
            rx.el.span("Basic mode", title="Answers come from search, glossary, library and documents.", class_name=f"{theme.BADGE} max-sm:hidden"),
            rx.fragment(),
        ),
        rx.cond(
            ChatState.conversation_id != "",
            rx.fragment(
                rx.cond(
                    ChatState.is_temporary,
                    rx.fragment(
                        rx.el.span("Temporary", class_name=f"{theme.SMALL} text-text-2"),
                        buttons.button("Keep", kind="quiet", on_click=ChatState.keep, title="Save it to your history"),
                    ),
                    rx.el.div(_memory_switch(), class_name="hidden md:block"),
                ),
                _export_menu(),
            ),
            rx.cond(
                SessionState.is_signed_in,
                buttons.button(
                    rx.icon("ghost", size=18, stroke_width=1.5, aria_hidden="true"),
                    rx.el.span("Temporary chat", class_name="max-sm:sr-only"),
                    kind="quiet",
                    on_click=ChatState.set_temporary(~ChatState.is_temporary),
                    aria_pressed=ChatState.is_temporary,
                    title=f"Uses no memory, stays out of your history and is deleted after {policy.TEMPORARY_CONVERSATION_HOURS} hours",
                    class_name=rx.cond(ChatState.is_temporary, "!text-amber !bg-amber-tint", ""),
                ),
                rx.fragment(),
            ),
        ),
        rx.cond(
            SessionState.is_signed_in,
            buttons.icon_button("brain", "What I remember", on_click=_open("chat-memory"), class_name="lg:!hidden"),
            rx.fragment(),
        ),
        rx.cond(
            SessionState.is_signed_in,
            buttons.icon_button("files", "Documents", on_click=_open("chat-documents"), class_name="lg:!hidden -mr-2"),
            rx.fragment(),
        ),
        class_name="h-[52px] shrink-0 flex items-center gap-2 px-4 md:px-8 border-b border-line",
    )  # fmt: skip


def _memory_switch() -> rx.Component:
    return rx.el.label(
        rx.el.span("Use memory", class_name=f"{theme.SMALL} text-text-2"),
        Switch.create(is_on=ChatState.uses_memory, label="Use memory", on_switch=lambda is_on: UsedMemoryState.set_conversation(ChatState.conversation_id, is_on)),
        title="Whether this conversation learns from what you say and uses what I remember",
        class_name="inline-flex items-center gap-2 min-h-[44px] cursor-pointer",
    )  # fmt: skip


def _export_menu() -> rx.Component:
    item = "flex items-center w-full rounded-ctl px-3 min-h-[44px] hover:bg-surface-4"
    address = rx.Var.create(f"{routes.API}/conversations/") + ChatState.conversation_id + "/export?format="
    return rx.fragment(
        rx.el.button(
            rx.icon("download", size=20, stroke_width=1.5, aria_hidden="true"),
            type="button", aria_label="Export", title="Export", class_name=theme.ICON_BUTTON,
            custom_attrs={"popoverTarget": "chat-export"},
        ),
        rx.el.div(
            rx.el.a("Markdown", href=address + "md", custom_attrs={"reloadDocument": True, "download": True}, class_name=item),
            rx.el.a("JSON", href=address + "json", custom_attrs={"reloadDocument": True, "download": True}, class_name=item),
            id="chat-export",
            class_name=f"{theme.FLOATING} rounded-sheet p-2 w-[180px] fixed top-[108px] right-4 lg:right-[300px] left-auto",
            custom_attrs={"popover": "auto"},
        ),
    )  # fmt: skip


def _beside() -> rx.Component:
    return rx.el.div(
        memory.beside_chat(on_open=_open("chat-memory")),
        _documents(),
        class_name="grid grid-cols-[minmax(0,1fr)] gap-6 content-start",
    )


def _documents() -> rx.Component:
    return rx.el.div(
        chat_history.documents(),
        rx.el.p(
            rx.el.a("Assistant usage", href=routes.USAGE, class_name="text-text-2 underline underline-offset-4 decoration-line-strong hover:text-text-1"),
            class_name=f"{theme.SMALL} pt-4",
        ),
        class_name="grid grid-cols-[minmax(0,1fr)] gap-6 content-start",
    )  # fmt: skip


def _sheet(sheet_id: str, label: str, content: rx.Component) -> rx.Component:
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2(label, class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center mb-3",
            ),
            content,
            class_name="p-4 max-h-[80dvh] overflow-y-auto",
            custom_attrs={"data-scrolls": ""},
        ),
        id=sheet_id,
        label=label,
        class_name=f"{theme.FLOATING} rounded-sheet w-[min(520px,100vw)]",
    )


def _open(sheet_id: str) -> rx.event.EventSpec:
    return rx.call_script(f"document.getElementById('{sheet_id}').showModal()")
