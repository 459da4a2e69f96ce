"""Input methods, pastes from spreadsheets and text from right to left in the chat."""

import pytest
from playwright.sync_api import Page, expect

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.browser import go, sign_in
from tests.support.chat_steps import ask, finished

pytestmark = pytest.mark.e2e
CHAT = {"model": "sonnet"}  # the fast model generates conversation titles
PRESS = """(box, keys) => box.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true, ...keys}))"""
PASTE = """async (box) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const picture = await new Promise((resolve) => canvas.toBlob(resolve));
  const data = new DataTransfer();
  data.setData("text/plain", "Kick\\t120");
  data.items.add(new File([picture], "image.png", { type: "image/png" }));
  return box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def page(model_desktop: Page) -> Page:
    sign_in(model_desktop, "creator@askchopper.test")
    go(model_desktop, "/chat")
    return model_desktop


def test_confirming_enter_does_not_send_and_paste_keeps_text(page: Page, simulator: AnthropicSimulator):
    box = page.get_by_label("Message")
    box.fill("かな")
    for keys in ({"keyCode": 229, "isComposing": True}, {"keyCode": 229}, {"keyCode": 13, "isComposing": True}):
        assert box.evaluate(PRESS, keys), "the input method gets the key"
    expect(box).to_have_value("かな")
    assert box.evaluate(PASTE), "the browser inserts the text"
    expect(page.get_by_role("list", name="Attached files")).to_have_count(0)
    page.get_by_role("button", name="Attach the image too").click()
    expect(page.get_by_role("list", name="Attached files")).to_contain_text("image.png")
    expect(page.get_by_role("button", name="Attach the image too")).to_have_count(0)
    page.get_by_role("button", name="Remove image.png").click()
    simulator.script({"text": "はい。", "match": "かな", **CHAT})
    expect(finished(ask(page, "かな"))).to_contain_text("はい。")


@pytest.mark.soak
def test_list_links_and_direction_of_a_streamed_answer(page: Page, simulator: AnthropicSimulator):
    text = "1. Load [it][a].\n\n2. Play it.\n\n3. Stop.\n\nحلب\n\n[a]: /browse\n"
    simulator.script({"text": text, "match": "حلب", "tokens_per_second": 60, **CHAT})
    answer = finished(ask(page, "حلب"))
    expect(answer.locator("ol")).to_have_count(1)
    expect(answer.locator("ol > li")).to_have_count(3)
    expect(answer.get_by_role("link", name="it")).to_have_attribute("href", "/browse")
    assert answer.get_by_text("حلب", exact=True).evaluate("(node) => getComputedStyle(node).direction") == "rtl"
    question = page.get_by_label("Your question").get_by_text("حلب")
    assert question.evaluate("(node) => getComputedStyle(node).direction") == "rtl"
