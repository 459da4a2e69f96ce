"""Wrappers of the chat's client components. They load when first shown, since any page may open the panel."""

from typing import Any

import reflex as rx
from reflex.components.component import Component
from reflex.utils.imports import ImportVar
from reflex.vars import VarData

STREAM = "$/public/src/chat/chat_stream.jsx"
ANSWER = "$/public/src/chat/answer.jsx"
THREAD = "$/public/src/chat/thread_scroller.jsx"
COPY = "$/public/src/chat/copy_answer.jsx"
COMPOSER = "$/public/src/chat/composer.jsx"
PANEL = "$/public/src/chat/panel_keys.jsx"
# Evaluated when a control is pressed, not when it is rendered.
PAGE_NOW = rx.Var(
    "pageContext()",
    _var_type=dict[str, Any],
    _var_data=VarData(imports={"$/public/src/chat/page_context.js": ImportVar("pageContext")}),
)


def _send_spec(
    key: rx.Var[str], text: rx.Var[str], document_ids: rx.Var[list[str]], page: rx.Var[dict[str, Any]]
) -> tuple[rx.Var[str], rx.Var[str], rx.Var[list[str]], rx.Var[dict[str, Any]]]:
    return key, text, document_ids, page


def _source_spec(message_id: rx.Var[str], number: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[int]]:
    return message_id, number


def _decline_spec(message_id: rx.Var[str], ref: rx.Var[str]) -> tuple[rx.Var[str], rx.Var[str]]:
    return message_id, ref


class ChatStream(rx.NoSSRComponent):
    """Streams a conversation while its page is visible, and fires an event when an answer finishes."""

    library = STREAM
    tag = "ChatStream"
    conversation_id: rx.Var[str]
    known_ids: rx.Var[list[str]]
    running_id: rx.Var[str]
    bought: rx.Var[str]
    version: rx.Var[int]
    on_refresh: rx.EventHandler[rx.event.no_args_event_spec]
    on_ended: rx.EventHandler[rx.event.no_args_event_spec]
    on_named: rx.EventHandler[rx.event.no_args_event_spec]


class Answer(rx.NoSSRComponent):
    """Renders the parts of an answer while they are streamed."""

    library = ANSWER
    tag = "Answer"
    id: rx.Var[str]
    parts: rx.Var[Any]
    version: rx.Var[int]
    is_partial: rx.Var[bool]
    is_running: rx.Var[bool]
    on_source: rx.EventHandler[_source_spec]
    on_decline: rx.EventHandler[_decline_spec]
    on_missing: rx.EventHandler[rx.event.no_args_event_spec]


class ThreadScroller(rx.NoSSRComponent):
    """Scrolls to the newest text unless the user has scrolled up."""

    library = THREAD
    tag = "ThreadScroller"
    label: rx.Var[str]
    thread_id: rx.Var[str]
    running_id: rx.Var[str]


class CopyAnswer(rx.NoSSRComponent):
    """Copies the text of an answer."""

    library = COPY
    tag = "CopyAnswer"
    id: rx.Var[str]


class Composer(rx.NoSSRComponent):
    """The composer: draft, attachments, queued questions."""

    library = COMPOSER
    tag = "Composer"
    owner: rx.Var[str]
    conversation_id: rx.Var[str]
    is_running: rx.Var[bool]
    taken_key: rx.Var[str]
    problem: rx.Var[str]
    problem_key: rx.Var[str]
    attached: rx.Var[Any]
    placeholder: rx.Var[str]
    on_send: rx.EventHandler[_send_spec]
    on_stop: rx.EventHandler[rx.event.no_args_event_spec]
    on_attach: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_detach: rx.EventHandler[rx.event.passthrough_event_spec(str)]
    on_detach_all: rx.EventHandler[rx.event.no_args_event_spec]
    on_poll: rx.EventHandler[rx.event.no_args_event_spec]


class Suggestion(rx.NoSSRComponent):
    """A prompt that fills the composer."""

    library = COMPOSER
    tag = "Suggestion"
    text: rx.Var[str]


class PanelKeys(Component):
    """Handles "/" and then "a" to open the panel, and Escape inside it."""

    library = PANEL
    tag = "PanelKeys"
    on_close: rx.EventHandler[rx.event.no_args_event_spec]
    on_toggle: rx.EventHandler[rx.event.no_args_event_spec]
