"""Executes memory commands in a question, before it is answered: forget something, or everything."""

from askchopper import policy
from askchopper.database import transaction
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import MessageDetail
from askchopper.services.memory import facts, rules

MAX_TOLD = 5


async def run(viewer: Viewer, question: MessageDetail) -> tuple[str, ...]:
    """Execute a forget command on memories older than the question.

    Returns:
        A sentence for each change, or one for many or for none; empty if the question has no command.
    """
    command = rules.find_command(question.words)
    if command is None:
        return ()
    async with transaction() as session:
        about = "" if command.verb == "forget_all" else command.about
        gone = await facts.forget_matching(session, viewer, about=about, before=question.created_at)
    if not gone:
        return ("Nothing in memory matches that, so nothing was forgotten.",)
    if len(gone) > MAX_TOLD:
        return (
            f"Forgotten: {counted(len(gone), 'memory', 'memories')}. You can restore them on the memory page for {policy.MEMORY_UNDO_MINUTES} minutes.",
        )
    return tuple(f"Forgotten: {text}." for text in gone)
