"""Side panel with the chat on any page, opened with "/" and then "a", or from the header."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, theme
from askchopper.components.client import Go
from askchopper.states.assistant import ChatState, PanelState
from askchopper.views import chat, memory


@rx.memo
def chat_panel_content() -> rx.Component:
    """Render the open panel. Compiled to a separate chunk that the browser loads when the panel is first opened."""
    return rx.el.aside(
        rx.el.div(
            rx.el.h2(
                rx.cond(ChatState.title != "", ChatState.title, "Ask Chopper"), dir="auto", class_name=f"{theme.TITLE_3} truncate flex-1"
            ),
            buttons.icon_button("plus", "New chat", on_click=ChatState.new),
            Go.create(
                rx.icon("maximize-2", size=18, stroke_width=1.5, aria_hidden="true"),
                to=rx.cond(
                    ChatState.conversation_id != "",
                    rx.Var.create(f"{routes.CHAT}/") + ChatState.conversation_id,
                    routes.CHAT,
                ),
                custom_attrs={"aria-label": "Open on its page", "title": "Open on its page"},
                class_name=theme.ICON_BUTTON,
            ),
            buttons.icon_button("x", "Close", on_click=PanelState.close),
            class_name="h-[52px] shrink-0 flex items-center gap-1 pl-4 pr-2 border-b border-line",
        ),
        chat.conversation(is_panel=True),
        chat.source_dialog(),
        memory.used_dialog(),
        aria_label="Ask Chopper",
        class_name="@container/thread fixed z-20 right-0 top-[calc(56px+var(--banner-h))] bottom-[calc(var(--player-h)+var(--tabs-h))] w-[min(400px,100vw)]"
        " flex flex-col bg-base border-l border-line",
        custom_attrs={"data-chat-panel": ""},
    )  # fmt: skip


class ChatPanelContent(rx.NoSSRComponent):
    """The compiled ``chat_panel_content``, imported by the browser when it is first shown."""

    library = chat_panel_content().library
    tag = chat_panel_content().tag


def chat_panel() -> rx.Component:
    return rx.cond(PanelState.is_open, ChatPanelContent.create(), rx.fragment())
