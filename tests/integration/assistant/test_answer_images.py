"""Images that are sent to the model with a question."""

import base64
import io

import pytest
from PIL import Image

from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.services.assistant import context, generation
from askchopper.services.knowledge import documents
from askchopper.vocabulary import AnswerStatus
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support import sample_documents
from tests.support.answers import answer, ask, assistant, ended
from tests.support.factories import make_user
from tests.support.model_answers import QUESTION, WORDS, chat_requests

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_retries")]


def picture(color: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(target, "PNG")
    return target.getvalue()


def images_of(body: dict) -> int:
    return sum(block["type"] == "image" for block in body["messages"][-1]["content"])


@pytest.mark.parametrize(("bound", "value", "shown"), [("MAX_PICTURES", 2, 2), ("MAX_PICTURE_BYTES", 199, 1)])
async def test_latest_images_are_sent_within_limit(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, shown: int
):
    member = await make_user()
    lines = [await sample_documents.ready(member, f"{color}.png", picture(color)) for color in ("red", "green", "blue")]
    claude.script({"text": WORDS, "times": 0})
    async with assistant(claude):
        asked = await ask(member, QUESTION, documents=[line.id for line in lines[:2]])
        await ended(member, asked)
        assert images_of(chat_requests(claude)[-1]) == 2
        monkeypatch.setattr(context, bound, value)
        await ended(member, await ask(member, QUESTION, thread=asked, documents=[lines[2].id]))
    content = chat_requests(claude)[-1]["messages"][-1]["content"]
    assert images_of(chat_requests(claude)[-1]) == shown
    assert context.PICTURES_LEFT_OUT.format(count=3 - shown) in str(content)
    image = await documents.model_image(store(), lines[2])
    assert content[0]["source"]["data"] == base64.b64encode(image.content).decode()


async def test_image_deleted_during_question_is_left_out(
    db: None, claude: AnthropicSimulator, monkeypatch: pytest.MonkeyPatch
):
    member = await make_user()
    line = await sample_documents.ready(member, "red.png", picture("red"))

    async def gone(*_given: object) -> None:
        raise NotFoundError("There is no image of this document.")

    monkeypatch.setattr(documents, "model_image", gone)
    claude.script({"text": WORDS})
    async with assistant(claude):
        said_of_it = await answer(member, QUESTION, documents=[line.id])
    assert said_of_it.status is AnswerStatus.COMPLETE
    assert images_of(chat_requests(claude)[-1]) == 0


async def test_too_large_request_is_reduced_once(db: None, claude: AnthropicSimulator):
    member = await make_user()
    claude.script("413", {"text": WORDS})
    async with assistant(claude):
        assert (await answer(member, QUESTION)).words == WORDS
        claude.script("413", "413")
        assert (await answer(member, QUESTION)).problem == generation.WINDOW
