"""Reading what an answer of the simulated model stored, cost and asked for."""

import asyncio

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, MessageDetail, NoticePart
from askchopper.services.assistant import answer_tasks, questions
from askchopper.vocabulary import AnswerStatus, Writer
from tests.simulators.anthropic.client import AnthropicSimulator

QUESTION = "What is sidechain compression?"
WORDS = "The kick ducks the bass, so that both are heard in the lowest octave of the mix."


def usage(as_owner, viewer: Viewer) -> dict[str, tuple[int, int, int]]:
    """Read answers and tokens by model; one row each."""
    rows = as_owner(
        "SELECT model, answers, input_tokens, output_tokens FROM chat_usage"
        f" WHERE user_id = '{viewer.user_id}' ORDER BY model"
    )
    assert len({model for model, *_ in rows}) == len(rows)
    return {model: tuple(rest) for model, *rest in rows}


def chat_requests(claude: AnthropicSimulator) -> list[dict]:
    return [body for body in claude.bodies() if body.get("tools")]


def check_offline(line: MessageDetail, why: str) -> None:
    """Assert that an offline answer with the reason replaces the model's."""
    assert (line.status, line.writer) == (AnswerStatus.COMPLETE, Writer.OFFLINE)
    notice = next(part for part in line.parts if isinstance(part, NoticePart))
    assert why in notice.sentence
    assert "sidechain" in line.words.lower()


async def continue_answer(viewer: Viewer, message_id: str) -> Asked:
    async with transaction() as session:
        asked = await questions.continue_answer(session, viewer, message_id=message_id)
    answer_tasks.start(asked, viewer)
    return asked


async def stop(viewer: Viewer, message_id: object) -> None:
    async with transaction() as session:
        await answer_tasks.stop(session, viewer, message_id=str(message_id))


async def settled() -> None:
    """Wait for background tasks beside answers, such as generating titles."""
    await asyncio.gather(*answer_tasks._beside, return_exceptions=True)
