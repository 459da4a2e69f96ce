"""State of the chat: the open conversation, on its page or in the side panel.

The text of a running answer does not pass through here: the browser streams it from the API.
"""

import json
from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes, settings
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError, RateLimitedError, UnavailableError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, PageContext, Thread
from askchopper.schemas.view_models import chat
from askchopper.schemas.view_models.chat import MessageView
from askchopper.security import new_token
from askchopper.services.assistant import answer_tasks, conversations, questions, rendering, suggested_prompts, threads
from askchopper.services.knowledge import documents
from askchopper.states import identity
from askchopper.states.chat_history import HistoryState
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field
from askchopper.states.knowledge import DocumentsState
from askchopper.states.memory import MemoryState
from askchopper.vocabulary import AnswerStatus

# The composer is loaded when it is first shown: try until it is there, for five seconds.
_FOCUS_COMPOSER = (
    "setTimeout(function focus(triesLeft) {"
    " const field = document.querySelector('[data-composer] textarea');"
    " if (field) field.focus(); else if (triesLeft) setTimeout(focus, 50, triesLeft - 1); }, 150, 100)"
)


class ChatState(rx.State):
    conversation_id: str = ""
    title: str = ""
    is_temporary: bool = False
    uses_memory: bool = True
    is_missing: bool = False
    is_loaded: bool = False
    is_connected: bool = False  # a language model is configured
    messages: list[MessageView] = []
    # Rendered parts by message, as of the last load; the browser has what was streamed since.
    bodies: dict[str, list[dict[str, Any]]] = {}
    # Answers that were running at the last load; for these the browser has newer parts.
    partial: list[str] = []
    version: int = 0
    has_earlier: bool = False
    _shown: int = threads.MAX_SHOWN  # maximum number of messages
    _is_asking_url: bool = (
        False  # the browser was asked for its URL, which tells whether the open conversation is still the page's
    )
    owner: str = ""  # whose drafts the browser stores
    running_id: str = ""
    follow_ups: list[str] = []
    starters: list[str] = []
    taken_key: str = ""
    problem: str = ""
    problem_key: str = ""
    editing_id: str = ""
    commenting_id: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> Any:
        """Load the conversation of the URL, or start an empty one."""
        self.is_connected, self._is_asking_url = settings.get().anthropic_api_key is not None, False
        if self.router.url.path.startswith(routes.CHAT):
            (await self.get_state(PanelState)).is_open = False
        viewer = identity.viewer()
        async with read_only() as session:
            self.starters = await suggested_prompts.suggest(session, viewer)
        self.is_loaded = True
        if viewer is None:
            self._clear()
            return
        self.owner = str(viewer.user_id)
        if wanted := identity.route_parameter(self, "conversation"):
            if wanted != self.conversation_id:
                self._shown = threads.MAX_SHOWN
                self.editing_id, self.commenting_id = "", ""  # a short disconnect must not close a form
                yield DocumentsState.detach_all
            self.conversation_id = wanted
            await self._read(viewer)
        elif self.conversation_id and self._is_at_bare_address():
            # The router does not know whether a conversation that started here has changed the URL.
            self._is_asking_url = True
            yield rx.call_script("location.pathname", callback=ChatState.resume)
        elif self.conversation_id and not self.is_missing:
            await self._read(viewer)  # the panel shows the open conversation
        else:
            self._clear()
        yield HistoryState.open
        yield DocumentsState.load
        yield MemoryState.load

    @rx.event
    @handler(Access.PUBLIC)
    async def resume(self, path: str) -> None:
        """Load the conversation of the browser's URL after a reconnect; otherwise start an empty one."""
        if self._is_asking_url:  # a question may have been faster
            await self._resume(identity.viewer(), str(path))

    async def _resume(self, viewer: Viewer | None, path: str) -> None:
        self._is_asking_url = False
        if viewer is not None and self.conversation_id and path.rstrip("/") == routes.chat(self.conversation_id):
            await self._read(viewer)
        else:
            self._clear()
            self.is_temporary = False

    @rx.event
    @handler(Access.MEMBER)
    async def show_earlier(self) -> None:
        """Load earlier messages."""
        self._shown = min(self._shown + threads.MAX_SHOWN, threads.MOST_SHOWN)
        await self._read(identity.require_viewer())

    @rx.event
    @handler(Access.MEMBER)
    async def refresh(self) -> Any:
        """Reload the open conversation after a change elsewhere."""
        if self.conversation_id:
            await self._read(identity.require_viewer())
        return await self._reload_history()

    @rx.event
    @handler(Access.MEMBER)
    async def finish_answer(self) -> Any:
        """Update the state after the running answer has ended; its text is already on the page."""
        if self.conversation_id:
            await self._read(identity.require_viewer(), with_bodies=False)
        is_whole = bool(self.messages) and self.messages[-1].status == AnswerStatus.COMPLETE.value
        return None if is_whole else await self._reload_history()  # a complete answer gets a title in a moment

    @rx.event
    @handler(Access.MEMBER)
    async def show_title(self) -> Any:
        """Show the generated title, the suggested follow-ups, and newly extracted memories."""
        await self._read(identity.require_viewer(), with_bodies=False)
        history = await self._reload_history()
        return [MemoryState.refresh, *([history] if history else [])]

    @rx.event
    @handler(Access.MEMBER)
    async def send(self, key: str, text: str, document_ids: list[str], page: Any) -> Any:
        """Ask a question in the open conversation, or start one. A rejected question stays in the composer."""
        viewer = identity.require_viewer()
        if self._is_asking_url:
            await self._resume(viewer, chat.page_context(page).path.partition("?")[0])
        self.problem, self.problem_key = "", ""
        listed = [str(one)[:60] for one in document_ids[:100]] if isinstance(document_ids, list) else []
        question = questions.Question(str(text), str(key), self.conversation_id, listed, self.is_temporary)
        try:
            async with transaction() as session:
                asked = await questions.ask(session, viewer, question)
            answer_tasks.start(
                asked, viewer, chat.page_context(page)
            )  # before the page is updated: the model takes longest
        except (ConflictError, InvalidInputError, NotFoundError, RateLimitedError, UnavailableError) as error:
            self.problem, self.problem_key = error.sentence, str(key)[:100]
            return
        is_first, self.conversation_id = not self.conversation_id, str(asked.conversation_id)
        if asked.is_new:
            attached = (await self.get_state(DocumentsState)).attached
            self._append_question(
                asked, question.text.strip(), ", ".join(one.title for one in attached if one.id in listed)
            )
        else:
            await self._read(viewer)
        self.taken_key = key
        if is_first and (moved := self._address(routes.chat(self.conversation_id))):
            yield moved

    @rx.event
    @handler(Access.MEMBER)
    async def resend(self, form: dict[str, Any], page: Any = None) -> None:
        """Edit an earlier question and resend it."""
        viewer, message_id = identity.require_viewer(), field(form, "id")[:60]
        async with transaction() as session:
            asked = await questions.edit(
                session, viewer, message_id=message_id, text=field(form, "text"), key=new_token()
            )
        self.editing_id = ""
        await self._start_answer(viewer, asked, chat.page_context(page))

    @rx.event
    @handler(Access.MEMBER)
    async def regenerate(self, message_id: str, page: Any = None) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            asked = await questions.regenerate(session, viewer, message_id=str(message_id)[:60])
        await self._start_answer(viewer, asked, chat.page_context(page))

    @rx.event
    @handler(Access.MEMBER)
    async def continue_answer(self, message_id: str, page: Any = None) -> None:
        """Continue an answer that ended early."""
        viewer = identity.require_viewer()
        async with transaction() as session:
            asked = await questions.continue_answer(session, viewer, message_id=str(message_id)[:60])
        await self._start_answer(viewer, asked, chat.page_context(page))

    @rx.event
    @handler(Access.MEMBER)
    async def stop(self) -> None:
        viewer = identity.require_viewer()
        if not self.running_id:
            return
        async with transaction() as session:
            await answer_tasks.stop(session, viewer, message_id=self.running_id)

    @rx.event
    @handler(Access.MEMBER)
    async def choose_version(self, message_id: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await conversations.choose(session, viewer, message_id=str(message_id)[:60])
        await self._read(viewer)

    @rx.event
    @handler(Access.MEMBER)
    async def rate(self, message_id: str, value: Any) -> None:
        viewer = identity.require_viewer()
        known = next((line.feedback for line in self.messages if line.id == message_id), 0)
        wanted = 0 if value == known else value
        async with transaction() as session:
            await conversations.rate(session, viewer, message_id=str(message_id)[:60], value=wanted)
        self.commenting_id = message_id if wanted == -1 else ""
        await self._read(viewer, with_bodies=False)

    @rx.event
    @handler(Access.MEMBER)
    async def comment(self, form: dict[str, Any]) -> Any:
        viewer = identity.require_viewer()
        message_id, words = self.commenting_id, field(form, "comment")[:2000]
        is_said = bool(message_id and words.strip())
        if is_said:
            async with transaction() as session:
                await conversations.rate(session, viewer, message_id=message_id, value=-1, comment=words)
        self.commenting_id = ""
        return rx.toast.success("Thank you. Your comment is saved.") if is_said else None

    @rx.event
    @handler(Access.OPEN)
    async def edit(self, message_id: str) -> None:
        self.editing_id = "" if self.editing_id == message_id else str(message_id)[:60]

    @rx.event
    @handler(Access.OPEN)
    async def close_comment(self) -> None:
        self.commenting_id = ""

    @rx.event
    @handler(Access.OPEN)
    async def new(self) -> Any:
        self._clear()
        self.is_temporary = False
        return [
            event
            for event in (self._address(routes.CHAT), DocumentsState.detach_all, rx.call_script(_FOCUS_COMPOSER))
            if event
        ]

    @rx.event
    @handler(Access.OPEN)
    async def leave(self, conversation_id: str) -> Any:
        removed_id = (await self.get_state(HistoryState)).removed_id  # a failed deletion changes nothing
        if removed_id and removed_id == conversation_id == self.conversation_id:
            self._clear()
            self.is_temporary = False
            return self._address(routes.CHAT)

    @rx.event
    @handler(Access.OPEN)
    async def set_temporary(self, is_temporary: bool) -> None:
        if not self.conversation_id:
            self.is_temporary = bool(is_temporary)

    @rx.event
    @handler(Access.MEMBER)
    async def keep(self) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await conversations.keep(session, viewer, conversation_id=self.conversation_id)
        self.is_temporary = False
        return [rx.toast.success("Saved to your history."), HistoryState.load]

    @rx.event
    @handler(Access.MEMBER)
    async def decline(self, message_id: str, ref: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await conversations.decline(session, viewer, message_id=str(message_id)[:60], ref=str(ref)[:130])
        if body := self.bodies.get(message_id):  # of a loaded answer; the browser has streamed ones
            aside = [{**part, "isDeclined": True} if part.get("ref") == ref else part for part in body]
            self.bodies = {**self.bodies, message_id: aside}

    @rx.var
    def message_ids(self) -> list[str]:
        """Ids of the shown messages."""
        return [line.id for line in self.messages]

    def _is_at_bare_address(self) -> bool:
        return self.router.url.path.rstrip("/") == routes.CHAT

    def _address(self, path: str) -> Any:
        """Update the URL to the conversation; a new conversation changes it without a navigation."""
        if self._is_at_bare_address():
            return rx.call_script(f"history.replaceState(history.state, '', {json.dumps(path)})")
        return rx.redirect(path) if self.router.url.path.startswith(f"{routes.CHAT}/") else None

    def _clear(self) -> None:
        self.conversation_id, self.title, self.is_missing, self.uses_memory = "", "", False, True
        self.messages, self.bodies, self.partial, self.running_id = [], {}, [], ""
        self.has_earlier, self._shown = False, threads.MAX_SHOWN
        self.follow_ups, self.problem, self.editing_id, self.commenting_id = [], "", "", ""

    async def _reload_history(self) -> Any:
        """Reload the history unless this conversation is already at its top with the current title."""
        lines = (await self.get_state(HistoryState)).lines
        first = next((line for line in lines if not line.is_pinned), None)
        own = next((line for line in lines if line.id == self.conversation_id), None)
        is_settled = own is not None and own.title == self.title and (own.is_pinned or own is first)
        return None if is_settled or self.is_temporary else HistoryState.load

    def _append_question(self, asked: Asked, text: str, files: str) -> None:
        """Show a question and a placeholder for its answer; they are reloaded when the answer has ended."""
        question_id, answer_id = str(asked.question_id), str(asked.answer_id)
        self.messages = [
            *self.messages,
            MessageView(question_id, is_question=True, text=text, files=files),
            MessageView(answer_id, is_question=False, status=AnswerStatus.RUNNING.value, is_running=True),
        ]
        self.running_id, self.conversation_id, self.follow_ups = answer_id, str(asked.conversation_id), []
        self.title = self.title or questions.title_of(text)

    async def _start_answer(self, viewer: Viewer, asked: Asked, page: PageContext) -> None:
        """Start a stored answer and show its placeholder."""
        answer_tasks.start(asked, viewer, page)
        self.conversation_id = str(asked.conversation_id)
        self.follow_ups = []
        await self._read(viewer, with_bodies=False)

    async def _read(self, viewer: Viewer, *, with_bodies: bool = True) -> None:
        try:
            async with read_only() as session:
                thread = await threads.get_thread(
                    session, viewer, conversation_id=self.conversation_id, limit=self._shown
                )
                await self._show(session, viewer, thread, with_bodies=with_bodies)
        except NotFoundError:
            self._clear()
            self.is_missing = True

    async def _show(self, session: AsyncSession, viewer: Viewer, thread: Thread, *, with_bodies: bool) -> None:
        self.is_missing, self.has_earlier = False, thread.has_earlier and self._shown < threads.MOST_SHOWN
        self.title, self.is_temporary = thread.conversation.title, thread.conversation.is_temporary
        self.uses_memory = thread.conversation.uses_memory
        ids = list(dict.fromkeys(one for line in thread.messages for one in line.document_ids))
        known = await documents.find_documents(session, viewer, document_ids=ids) if ids else ()
        titles = {line.id: line.title for line in known}
        self.messages = [chat.message_view(line, titles) for line in thread.messages]
        self.running_id = thread.running_id
        last = thread.messages[-1] if thread.messages else None
        self.follow_ups = list(last.follow_ups) if last and not self.running_id else []
        if with_bodies:
            self.bodies = {
                line.id: await rendering.render(session, viewer, line.parts) for line in thread.messages if line.parts
            }
            self.partial = [line.id for line in thread.messages if line.status is AnswerStatus.RUNNING]
            self.version += 1


class PanelState(rx.State):
    """State of the side panel."""

    is_open: bool = False

    @rx.event
    @handler(Access.OPEN)
    async def toggle(self) -> Any:
        if self.router.url.path.startswith(routes.CHAT):
            self.is_open = False
            return rx.call_script(_FOCUS_COMPOSER)
        self.is_open = not self.is_open
        return [ChatState.load, rx.call_script(_FOCUS_COMPOSER)] if self.is_open else None

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.is_open = False
