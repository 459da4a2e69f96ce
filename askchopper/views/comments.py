"""The comments on a pack's page: the form, the list with answers, and the marks on waveforms."""

import reflex as rx

from askchopper import policy, routes
from askchopper.community_vocabulary import CommentSort
from askchopper.components import buttons, catalogue, theme
from askchopper.components.client import Go
from askchopper.components.community import TOOL, Moment, PinMoment
from askchopper.schemas.view_models.catalogue import Sound
from askchopper.schemas.view_models.community import AnswerRow, CommentRow
from askchopper.states.comments import CommentsState
from askchopper.states.reports import BlocksState, ReportState
from askchopper.states.session import SessionState

_TEXT = f"{theme.FIELD} py-2.5 leading-[22px]"
_WRITTEN = f"{theme.BODY} text-text-1 break-words [&_a]:text-info [&_a]:underline [&_code]:font-mono [&_code]:text-[13px] [&_p+p]:mt-2"


def comments() -> rx.Component:
    """Render the comments in ``CommentsState``."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Comments", rx.cond(CommentsState.total > 0, rx.el.span(CommentsState.total, class_name="fact ml-2"), rx.fragment()), class_name=theme.TITLE_2),
            rx.cond(
                CommentsState.total > 1,
                rx.el.select(
                    rx.el.option("Newest first", value=CommentSort.NEWEST.value),
                    rx.el.option("By moment", value=CommentSort.MOMENT.value),
                    value=CommentsState.sort,
                    on_change=CommentsState.sort_by,
                    aria_label="Order of comments",
                    class_name=f"{theme.FIELD} !w-auto !text-[14px]",
                ),
                rx.fragment(),
            ),
            class_name="flex items-center justify-between gap-4 min-h-[44px] mb-4",
        ),
        rx.cond(SessionState.is_signed_in, _form(), _sign_in()),
        _undo(),
        rx.cond(
            CommentsState.items,
            rx.el.ol(rx.foreach(CommentsState.items, _comment), aria_label="Comments", class_name="mt-6 border-t border-line max-w-[760px]"),
            rx.el.p("No comments yet. Play a sound and say what you hear.", class_name="text-text-2 mt-6"),
        ),
        rx.cond(
            CommentsState.next_cursor != "",
            buttons.button("Show more comments", on_click=CommentsState.load_more, class_name="mt-4"),
            rx.fragment(),
        ),
        id="comments",
        class_name="min-w-0",
    )  # fmt: skip


def marks(sound: rx.Var[Sound]) -> rx.Component:
    """Render comment markers on a waveform, positioned by the parent; pressing one plays from its moment."""
    return rx.foreach(
        CommentsState.marks[sound.id],
        lambda mark: Moment.create(
            rx.el.span(class_name="block mx-auto size-[6px] rounded-full bg-info"),
            track=sound,
            seconds=mark.seconds,
            label=mark.label,
            left=mark.left,
            class_name="absolute -bottom-1 z-10 -ml-2 w-4 h-4 grid place-items-center cursor-pointer",
        ),
    )


def _sign_in() -> rx.Component:
    return rx.el.p(
        rx.el.a("Sign in", href=routes.LOGIN, class_name="font-semibold text-text-1 underline underline-offset-4"),
        " to write a comment.",
        class_name="text-text-2",
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.textarea(
            name="text", dir="auto", rows="2", required=True, max_length=policy.MAX_COMMENT_CHARACTERS, aria_label="Comment",
            placeholder="What do you hear?", class_name=_TEXT,
        ),
        rx.el.div(
            PinMoment.create(ids=CommentsState.sound_ids, class_name=f"{theme.UI} text-text-2 flex items-center gap-3 min-h-[44px] min-w-0"),
            buttons.button("Post comment", type="submit", class_name="shrink-0"),
            class_name="flex flex-wrap items-center justify-between gap-x-4 gap-y-2",
        ),
        key=f"comment-{CommentsState.posted}",
        on_submit=CommentsState.post,
        class_name="grid gap-2 max-w-[760px]",
    )  # fmt: skip


def _undo() -> rx.Component:
    return rx.cond(
        CommentsState.deleted_id != "",
        rx.el.p(
            "Comment deleted. ",
            rx.el.button("Undo", type="button", on_click=CommentsState.restore, class_name="font-semibold underline underline-offset-4 min-h-[44px] px-2 cursor-pointer"),
            role="status",
            class_name="text-text-2 mt-3",
        ),
        rx.fragment(),
    )  # fmt: skip


def _comment(row: rx.Var[CommentRow]) -> rx.Component:
    return rx.el.li(
        rx.el.article(
            _author(row),
            rx.el.div(
                rx.cond(row.is_deleted, _gone(), _written(row, _moment(row))),
                rx.cond(
                    row.answers,
                    rx.el.ol(rx.foreach(row.answers, _answer), aria_label="Replies", class_name="mt-2 border-l border-line pl-4"),
                    rx.fragment(),
                ),
                rx.cond(CommentsState.answering == row.id, _answer_form(row), rx.fragment()),
                class_name="min-w-0",
            ),
            aria_label=rx.Var.create("Comment by ") + row.name,
            class_name="grid grid-cols-[36px_minmax(0,1fr)] gap-3 py-4",
        ),
        key=row.id,
        class_name="border-b border-line",
    )  # fmt: skip


def _answer(row: rx.Var[AnswerRow]) -> rx.Component:
    return rx.el.li(
        rx.el.article(
            rx.cond(row.is_deleted, _gone(), _written(row, rx.fragment(), is_answer=True)),
            aria_label=rx.Var.create("Reply by ") + row.name,
            class_name="py-2",
        ),
        key=row.id,
    )


def _author(row: rx.Var[CommentRow]) -> rx.Component:
    return catalogue.avatar(
        row.picture, row.initials, size=36, class_name="size-[36px] bg-surface-3 text-text-2 text-[12px]"
    )


def _gone() -> rx.Component:
    return rx.el.p("This comment was deleted.", class_name="text-text-3 italic")


def _written(
    row: rx.Var[CommentRow] | rx.Var[AnswerRow], moment: rx.Component, *, is_answer: bool = False
) -> rx.Component:
    """Render author, text and time of a comment, and the viewer's actions."""
    return rx.fragment(
        rx.el.p(
            rx.cond(
                row.href != "",
                Go.create(row.name, to=row.href, class_name="font-semibold hover:underline underline-offset-2"),
                rx.el.span(row.name, class_name="font-semibold"),
            ),
            rx.cond(row.is_by_creator, rx.el.span("Creator", class_name=f"{theme.BADGE} !bg-amber-tint !text-amber"), rx.fragment()),
            rx.el.span(row.when, rx.cond(row.is_edited, ", edited", ""), class_name=f"{theme.SMALL} text-text-3"),
            moment,
            class_name="flex flex-wrap items-center gap-x-2 gap-y-1",
        ),
        rx.cond(
            CommentsState.editing == row.id,
            _edit_form(row),
            rx.fragment(
                rx.html(row.html, class_name=f"{_WRITTEN} mt-1"),
                rx.cond(row.is_hidden, rx.el.p("Hidden until a moderator reviews it.", class_name=f"{theme.SMALL} text-warn mt-1"), rx.fragment()),
            ),
        ),
        rx.cond(
            SessionState.is_signed_in,
            rx.el.div(
                *(() if is_answer else (_tool("Reply", CommentsState.answer(row.id)),)),
                rx.cond(
                    row.is_own,
                    rx.fragment(_tool("Edit", CommentsState.edit(row.id)), _tool("Delete", CommentsState.delete(row.id))),
                    rx.cond(
                        row.author_id != "",
                        rx.fragment(
                            _tool("Report", ReportState.open("comment", row.id, rx.Var.create("Comment by ") + row.name)),
                            _tool("Block", BlocksState.block(row.author_id, row.name), label=rx.Var.create("Block ") + row.name),
                        ),
                        rx.fragment(),
                    ),
                ),
                class_name="flex gap-5 mt-1",
            ),
            rx.fragment(),
        ),
    )  # fmt: skip


def _tool(words: str, event: rx.event.EventSpec, *, label: rx.Var[str] | str = "") -> rx.Component:
    named = {"aria_label": label} if not isinstance(label, str) else {}
    return rx.el.button(words, type="button", on_click=event, class_name=TOOL, **named)


def _moment(row: rx.Var[CommentRow]) -> rx.Component:
    """Render sound and time of a comment, as a button that plays from there if the sound is available."""
    return rx.cond(
        row.sound,
        Moment.create(
            rx.icon("play", size=12, aria_hidden="true", class_name="fill-current"),
            row.place,
            track=row.sound,
            seconds=row.seconds,
            label=rx.Var.create("Play ") + row.place,
            class_name=f"{theme.CHIP} fact !min-h-[44px] md:!min-h-[28px] max-w-full truncate",
        ),
        rx.cond(row.place != "", rx.el.span(row.place, class_name="fact truncate"), rx.fragment()),
    )


def _answer_form(row: rx.Var[CommentRow]) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="parent", value=row.id),
        rx.el.textarea(name="text", dir="auto", rows="2", required=True, auto_focus=True, max_length=policy.MAX_COMMENT_CHARACTERS, aria_label="Reply", class_name=_TEXT),
        rx.el.div(
            buttons.button("Post reply", type="submit"),
            buttons.button("Cancel", kind="quiet", on_click=CommentsState.answer(row.id)),
            class_name="flex gap-2",
        ),
        on_submit=CommentsState.post,
        class_name="grid gap-2 mt-3",
    )  # fmt: skip


def _edit_form(row: rx.Var[CommentRow] | rx.Var[AnswerRow]) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="id", value=row.id),
        rx.el.textarea(name="text", dir="auto", rows="3", required=True, auto_focus=True, default_value=row.text, max_length=policy.MAX_COMMENT_CHARACTERS, aria_label="Edit comment", class_name=_TEXT),
        rx.el.div(
            buttons.button("Save", type="submit"),
            buttons.button("Cancel", kind="quiet", on_click=CommentsState.edit(row.id)),
            class_name="flex gap-2",
        ),
        on_submit=CommentsState.save,
        class_name="grid gap-2 mt-2",
    )  # fmt: skip
