"""Offline answers about music theory."""

import re

from askchopper import routes
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.knowledge.theory import questions

# Requests for sounds of the catalogue, as opposed to questions about a key or a tempo.
_ASKS_ITEMS = re.compile(
    r"\b(?:find|show me|search|give me|looking for|recommend|suggest|something|packs?|samples?|one[ -]?shots?|sounds|beats?(?! per)|free|cheap|buy)\b"
    r"|\bloops?\b(?!.*\b(?:slow|speed|from|key is|transpose)\b)(?<!a loop)",
    re.IGNORECASE,
)
CARD_TITLES = {
    "camelot": "Camelot wheel", "scales": "Scales and chords", "progressions": "Chord progressions", "tempo": "Tempo by genre",
    "frequency": "Frequency chart", "notes": "Notes, frequencies and MIDI", "delay": "Delay and reverb times",
    "pitch-tempo": "Pitch and tempo", "loudness": "Loudness targets",
}  # fmt: skip


async def answer(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Answer a question about keys, scales, chords, tuning or tempo; False for any other and for requests for sounds."""
    if _ASKS_ITEMS.search(turn.question):
        return False
    found = questions.find(turn.question)
    if found is None:
        return False
    if await tool_calls.run_by_rule(answer, page, "theory", {"question": turn.question[:300]}) is None:
        return True
    await answer.add_text(escaped(found.answer))
    if found.card:
        await answer.add_text(f"\n\nSee and hear it: [{CARD_TITLES[found.card]}]({routes.learn_card(found.card)}).")
    answer.hints = [found.next_step] if found.next_step else []
    return True
