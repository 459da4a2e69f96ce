"""A conversation: messages with their actions, and the composer. Used on its page and in the side panel."""

import reflex as rx

from askchopper import policy, routes
from askchopper.components import brand, buttons, theme
from askchopper.components.chat_client import (
    PAGE_NOW,
    Answer,
    ChatStream,
    Composer,
    CopyAnswer,
    Suggestion,
    ThreadScroller,
)
from askchopper.components.client import Dialog
from askchopper.schemas.view_models.chat import MessageView
from askchopper.states.assistant import ChatState
from askchopper.states.citations import SourceState
from askchopper.states.knowledge import DocumentsState
from askchopper.states.memory import MemoryState
from askchopper.states.purchase import PurchaseState
from askchopper.states.session import SessionState
from askchopper.states.used_memory import UsedMemoryState

_ACTION = "inline-grid place-items-center size-[44px] md:size-[32px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-2 cursor-pointer aria-pressed:text-text-1"
_ACTIONS = (
    "flex flex-wrap items-center gap-1 min-h-[32px] transition-opacity duration-[140ms] hover-only opacity-0"
    " group-hover:opacity-100 group-focus-within:opacity-100"
)
_FOLLOW_UP = f"{theme.CHIP} !whitespace-normal text-left !min-h-[44px] md:!min-h-[36px]"


def conversation(*, is_panel: bool = False) -> rx.Component:
    """Render the message thread and the composer."""
    inset = "px-4" if is_panel else "px-4 md:px-8"
    width = "" if is_panel else "max-w-[760px] mx-auto w-full"
    return rx.fragment(
        ChatStream.create(
            conversation_id=ChatState.conversation_id,
            known_ids=ChatState.message_ids,
            running_id=ChatState.running_id,
            bought=PurchaseState.receipt_title,
            version=ChatState.version,
            on_refresh=ChatState.refresh,
            on_ended=ChatState.finish_answer,
            on_named=ChatState.show_title,
        ),
        ThreadScroller.create(
            rx.el.div(
                rx.cond(
                    ChatState.has_earlier,
                    buttons.button(
                        "Earlier messages",
                        kind="quiet",
                        on_click=ChatState.show_earlier,
                        class_name="justify-self-center",
                    ),
                    rx.fragment(),
                ),
                rx.cond(
                    ChatState.messages,
                    rx.foreach(ChatState.messages, _message),
                    rx.cond(ChatState.is_loaded, _first_run(), _waiting()),
                ),
                _follow_ups(),
                class_name=f"grid grid-cols-[minmax(0,1fr)] gap-5 py-5 {inset} {width}",
            ),
            label="Conversation",
            thread_id=ChatState.conversation_id,
            running_id=ChatState.running_id,
            class_name="flex-1",
        ),
        rx.el.div(
            rx.cond(
                SessionState.is_signed_in,
                Composer.create(
                    owner=ChatState.owner,
                    conversation_id=ChatState.conversation_id,
                    is_running=ChatState.running_id != "",
                    taken_key=ChatState.taken_key,
                    problem=ChatState.problem,
                    problem_key=ChatState.problem_key,
                    attached=DocumentsState.attached,
                    placeholder="Ask anything" if is_panel else "Ask about sounds or files",
                    on_send=ChatState.send,
                    on_stop=ChatState.stop,
                    on_attach=DocumentsState.attach,
                    on_detach=DocumentsState.detach,
                    on_detach_all=DocumentsState.detach_all,
                    on_poll=DocumentsState.load,
                ),
                rx.cond(SessionState.is_known, _sign_in(), rx.el.div(class_name="h-[56px]")),
            ),
            class_name=f"mt-auto pb-4 pt-1 {inset} {width}",
        ),
    )


def source_dialog() -> rx.Component:
    """Render the dialog that shows a cited passage."""
    source = SourceState.shown
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    rx.el.h2("Source ", source["number"], class_name=theme.TITLE_2),
                    rx.el.p(
                        source["title"],
                        rx.cond(source["place"] != "", rx.el.span(", ", source["place"]), rx.fragment()),
                        class_name=f"{theme.SMALL} text-text-2 break-words",
                    ),
                    class_name="min-w-0",
                ),
                buttons.icon_button("x", "Close", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-start gap-4 mb-4",
            ),
            rx.el.blockquote(
                source["before"],
                rx.cond(
                    source["quote"] != "",
                    rx.el.mark(source["quote"], class_name="bg-amber-tint text-text-1 rounded-[4px] px-0.5"),
                    rx.fragment(),
                ),
                source["after"],
                class_name=f"{theme.BODY} text-text-2 whitespace-pre-wrap break-words",
            ),
            rx.cond(
                source["href"] != "",
                rx.el.p(
                    rx.el.a(
                        "Open the page", rx.icon("external-link", size=16, stroke_width=1.5, aria_hidden="true"), href=source["href"],
                        target="_blank", rel="noopener noreferrer nofollow ugc",
                        class_name=f"{theme.LINK} inline-flex items-center gap-2 min-h-[44px]",
                    ),
                    rx.el.span("A page of another site, as a search engine found it.", class_name=f"{theme.SMALL} text-text-3 block"),
                    class_name="mt-2",
                ),
                rx.fragment(),
            ),
            rx.cond(
                source["is_gone"] != "",
                rx.el.p("The file was deleted; this quote is what is left of it.", class_name=f"{theme.SMALL} text-text-3 mt-4"),
                rx.fragment(),
            ),
            class_name="p-6 max-h-[80dvh] overflow-y-auto",
            custom_attrs={"data-scrolls": ""},
        ),
        is_open=SourceState.shown.length() > 0,
        on_dismiss=SourceState.close,
        label="Source",
        class_name=f"{theme.FLOATING} rounded-sheet w-[min(560px,100vw)]",
    )  # fmt: skip


def _message(message: rx.Var[MessageView]) -> rx.Component:
    return rx.cond(message.is_question, _question(message), _answer(message))


def _question(message: rx.Var[MessageView]) -> rx.Component:
    return rx.el.article(
        rx.cond(
            ChatState.editing_id == message.id,
            _edit_form(message),
            rx.el.div(
                rx.el.div(
                    rx.el.p(
                        message.text,
                        dir="auto",
                        class_name=f"{theme.BODY} whitespace-pre-wrap [overflow-wrap:anywhere]",
                    ),
                    rx.cond(
                        message.files != "",
                        rx.el.p(
                            rx.icon("paperclip", size=14, stroke_width=1.5, aria_hidden="true"),
                            rx.el.span(message.files, dir="auto", class_name="min-w-0 break-words"),
                            class_name=f"{theme.SMALL} text-text-2 flex gap-2 items-center mt-1",
                        ),
                        rx.fragment(),
                    ),
                    class_name="bg-surface-3 rounded-bubble px-4 py-2.5 min-w-0",
                ),
                rx.el.div(
                    _versions(message),
                    _action("pencil", "Edit and ask again", ChatState.edit(message.id)),
                    class_name=f"{_ACTIONS} justify-end md:absolute md:top-full md:right-0",
                ),
                class_name="relative max-w-[80%] justify-self-end grid gap-1 min-w-0",
            ),
        ),
        key=message.id,
        id=rx.Var.create("m-") + message.id,
        aria_label="Your question",
        tab_index=-1,
        class_name="group grid min-w-0 rounded-ctl",
    )


def _edit_form(message: rx.Var[MessageView]) -> rx.Component:
    return rx.el.form(
        rx.el.textarea(
            name="text", dir="auto", default_value=message.text, aria_label="Your question", rows="3", auto_focus=True, max_length=policy.MAX_QUESTION_CHARACTERS,
            class_name=f"{theme.FIELD} py-2.5 leading-[24px]",
        ),
        rx.el.input(type="hidden", name="id", value=message.id),
        rx.el.div(
            buttons.button("Cancel", kind="quiet", on_click=ChatState.edit(message.id), custom_attrs={"data-escape": ""}),
            buttons.button("Ask again", type="submit"),
            class_name="flex justify-end gap-2",
        ),
        on_submit=lambda form: ChatState.resend(form, PAGE_NOW),
        class_name="grid gap-2 w-full",
    )  # fmt: skip


def _answer(message: rx.Var[MessageView]) -> rx.Component:
    return rx.el.article(
        rx.el.span(brand.logo(20), class_name="text-text-1 mt-0.5 hidden @lg/thread:block", aria_hidden="true"),
        rx.el.div(
            Answer.create(
                id=message.id,
                parts=ChatState.bodies[message.id],
                version=ChatState.version,
                is_partial=ChatState.partial.contains(message.id),
                is_running=message.is_running,
                on_source=SourceState.open,
                on_decline=ChatState.decline,
                on_missing=ChatState.refresh,
            ),
            rx.cond(message.problem != "", _problem(message), rx.fragment()),
            rx.cond(message.used != "", _used(message), rx.fragment()),
            rx.cond(message.is_running, rx.fragment(), _answer_actions(message)),
            rx.cond(ChatState.commenting_id == message.id, _comment_form(), rx.fragment()),
            class_name="min-w-0 grid gap-2 flex-1 max-w-[648px]",
        ),
        key=message.id,
        aria_label="Answer",
        aria_busy=message.is_running,
        tab_index=-1,
        class_name="group flex gap-4 min-w-0 rounded-ctl",
    )


def _problem(message: rx.Var[MessageView]) -> rx.Component:
    return rx.el.p(
        rx.icon("circle-alert", size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0"),
        rx.el.span(message.problem, custom_attrs={"data-problem": ""}),
        rx.cond(
            message.can_continue,
            buttons.button("Continue", kind="quiet", on_click=ChatState.continue_answer(message.id, PAGE_NOW), class_name="!min-h-[36px] !px-2 !text-text-1"),
            buttons.button("Ask again", kind="quiet", on_click=ChatState.regenerate(message.id, PAGE_NOW), class_name="!min-h-[36px] !px-2 !text-text-1"),
        ),
        class_name=f"{theme.SMALL} text-text-2 flex flex-wrap items-center gap-2",
    )  # fmt: skip


def _answer_actions(message: rx.Var[MessageView]) -> rx.Component:
    return rx.el.div(
        _versions(message),
        CopyAnswer.create(rx.icon("copy", size=16, stroke_width=1.5, aria_hidden="true"), id=message.id, class_name=_ACTION),
        _action("refresh-cw", "Regenerate", ChatState.regenerate(message.id, PAGE_NOW)),
        _action("thumbs-up", "Good answer", ChatState.rate(message.id, 1), aria_pressed=message.feedback == 1),
        _action("thumbs-down", "Bad answer", ChatState.rate(message.id, -1), aria_pressed=message.feedback == -1),
        class_name=f"{_ACTIONS} -ml-2",
    )  # fmt: skip


def _used(message: rx.Var[MessageView]) -> rx.Component:
    return rx.el.button(
        rx.icon("brain", size=14, stroke_width=1.5, aria_hidden="true"),
        message.used,
        type="button",
        aria_label=rx.Var.create("Used for this answer: ") + message.used,
        title="Used for this answer",
        on_click=UsedMemoryState.open(message.id),
        class_name=f"{theme.SMALL} justify-self-start inline-flex items-center gap-2 min-h-[44px] md:min-h-[32px] rounded-full bg-surface-2 hover:bg-surface-3 px-3 text-text-2 cursor-pointer",
    )  # fmt: skip


def _versions(message: rx.Var[MessageView]) -> rx.Component:
    return rx.cond(
        message.place != "",
        rx.el.span(
            _action(
                "chevron-left",
                "Previous answer",
                ChatState.choose_version(message.before),
                disabled=message.before == "",
            ),
            rx.el.span(message.place, class_name="fact"),
            _action(
                "chevron-right", "Next answer", ChatState.choose_version(message.after), disabled=message.after == ""
            ),
            class_name="inline-flex items-center",
        ),
        rx.fragment(),
    )


def _action(icon: str, label: str, on_click: object, **props: object) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=16, stroke_width=1.5, aria_hidden="true"),
        type="button",
        aria_label=label,
        title=label,
        on_click=on_click,
        class_name=f"{_ACTION} disabled:opacity-40 disabled:cursor-default",
        **props,
    )


def _comment_form() -> rx.Component:
    return rx.el.form(
        rx.el.input(
            name="comment", dir="auto", aria_label="What was wrong with it?", placeholder="What was wrong with it?", max_length=1000,
            auto_focus=True, class_name=theme.FIELD,
        ),
        buttons.button("Send comment", type="submit"),
        buttons.icon_button("x", "No comment", on_click=ChatState.close_comment, custom_attrs={"data-escape": ""}),
        on_submit=ChatState.comment,
        class_name="flex gap-2",
    )  # fmt: skip


def _follow_ups() -> rx.Component:
    return rx.cond(
        ChatState.follow_ups,
        rx.el.ul(
            rx.foreach(ChatState.follow_ups, lambda text: rx.el.li(Suggestion.create(text=text, class_name=_FOLLOW_UP), key=text)),
            aria_label="You could ask",
            class_name="flex flex-wrap gap-2 @lg/thread:pl-9",
        ),
        rx.fragment(),
    )  # fmt: skip


def _first_run() -> rx.Component:
    return rx.el.div(
        rx.cond(
            ChatState.is_missing,
            rx.el.p("This conversation does not exist, or was deleted.", class_name="text-text-2"),
            rx.fragment(),
        ),
        rx.el.h2("What are you making?", class_name=theme.TITLE_1),
        rx.el.p(
            rx.cond(
                ChatState.is_connected,
                "I know the catalogue, your library and the files you attach.",
                "Basic mode: I search the catalogue, explain terms and read your library.",
            ),
            class_name=f"{theme.BODY} text-text-2 max-w-[52ch]",
        ),
        rx.cond(
            SessionState.is_signed_in & (MemoryState.open_href != ""),
            rx.el.a(
                rx.icon("history", size=18, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 text-text-2"),
                rx.el.span(
                    rx.el.span("Pick up where you left off", class_name="block font-semibold"),
                    rx.el.span(MemoryState.open_point, dir="auto", class_name=f"block {theme.SMALL} text-text-2 [overflow-wrap:anywhere]"),
                    class_name="min-w-0",
                ),
                href=MemoryState.open_href,
                class_name="flex gap-3 rounded-ctl bg-surface-2 hover:bg-surface-3 px-4 py-3",
            ),
            rx.fragment(),
        ),
        rx.cond(
            SessionState.is_signed_in,
            rx.el.ul(
                rx.foreach(ChatState.starters, lambda text: rx.el.li(Suggestion.create(text=text, class_name=_FOLLOW_UP), key=text)),
                class_name="flex flex-wrap gap-2",
            ),
            rx.el.ul(  # a taste without an account
                rx.foreach(
                    ChatState.starters,
                    lambda text: rx.el.li(rx.el.a(text, href=rx.Var.create(f"{routes.BROWSE}?q=") + text, class_name=_FOLLOW_UP), key=text),
                ),
                class_name="flex flex-wrap gap-2",
            ),
        ),
        class_name="grid gap-4 pt-[6vh]",
    )  # fmt: skip


def _waiting() -> rx.Component:
    return rx.el.div(
        rx.el.div(class_name="skeleton h-[44px] w-[50%] rounded-bubble justify-self-end"),
        rx.el.div(class_name="skeleton h-[96px] w-[80%] rounded-ctl"),
        class_name="grid gap-5",
        aria_hidden="true",
    )


def _sign_in() -> rx.Component:
    return rx.el.div(
        rx.el.p("Sign in to ask. Chopper will know your library, and your conversations are saved.", class_name="text-text-2 flex-1 min-w-[200px]"),
        buttons.link_button("Sign in", href=routes.login(routes.CHAT), kind="primary"),
        class_name="flex flex-wrap items-center gap-4 rounded-bubble border border-control p-3",
    )  # fmt: skip
