"""Edge cases of the chat: lost connections, several tabs, fast input. Nothing is lost or duplicated."""

import re

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.browser import go, settle, sign_in
from tests.support.chat_steps import ask, finished

pytestmark = pytest.mark.e2e
CHAT = {"model": "sonnet"}  # the fast model generates conversation titles
SLOW = {"text": "beginning " + "and more " * 100 + "the very end.", "tokens_per_second": 60, "match": "story", **CHAT}


@pytest.fixture
def page(model_desktop: Page) -> Page:
    sign_in(model_desktop, "creator@askchopper.test")
    go(model_desktop, "/chat")
    return model_desktop


def test_lost_connection_during_answer_loses_no_text(page: Page, simulator: AnthropicSimulator, complaints: list[str]):
    simulator.script(SLOW, {"text": "Twice.", "match": "again", **CHAT})
    answer = ask(page, "a story please")
    expect(answer).to_contain_text("beginning and more")
    address = page.url
    page.context.set_offline(True)
    box = page.get_by_label("Message")
    box.fill("again please")
    box.press("Enter")
    expect(page.get_by_role("list", name="Waiting to be sent")).to_contain_text("again please")
    page.wait_for_timeout(2500)
    page.context.set_offline(False)
    expect(page.get_by_label("Answer", exact=True).last).to_contain_text("Twice.", timeout=30_000)
    first = page.get_by_label("Answer", exact=True).first
    assert first.locator(".prose-chat").inner_text().count("and more") == 100
    expect(page.get_by_label("Your question")).to_have_count(2)
    assert page.url == address
    complaints.clear()  # the browser logs the lost connection


@pytest.mark.soak
def test_same_text_is_a_new_question(page: Page, simulator: AnthropicSimulator):
    for number in range(2):
        simulator.script({"text": f"Number {number}.", "match": "more", **CHAT})
        expect(finished(ask(page, "more"))).to_contain_text(f"Number {number}.")
    expect(page.get_by_label("Your question")).to_have_count(2)
    page.get_by_role("button", name="New chat").first.click()
    expect(page.get_by_label("Your question")).to_have_count(0)
    expect(finished(ask(page, "more"))).to_be_visible()
    expect(page.get_by_label("Your question")).to_have_count(1)


def test_typed_text_survives_updates(page: Page, simulator: AnthropicSimulator):
    # Not at its end before the page is loaded again, however long that takes.
    simulator.script({"text": "word " * 1800, "tokens_per_second": 30, "match": "first", **CHAT})
    box = page.get_by_label("Message")
    box.fill("the first question")
    box.press("Enter")
    box.press_sequentially("next thought", delay=5)
    expect(page.get_by_label("Your question")).to_contain_text("the first question")
    expect(box).to_have_value("next thought")
    box.press("Enter")
    waiting = page.get_by_role("list", name="Waiting to be sent")
    expect(waiting).to_contain_text("next thought")
    box.fill("and a draft")
    page.reload()
    expect(waiting).to_contain_text("next thought")
    expect(box).to_have_value("and a draft")
    simulator.hurry()
    expect(page.get_by_label("Your question").last).to_contain_text("next thought", timeout=30_000)
    expect(waiting).to_have_count(0)
    expect(box).to_have_value("and a draft")


def test_question_in_flight_survives_navigation(page: Page, simulator: AnthropicSimulator):
    simulator.script({"text": "Heard.", "match": "on their way", "times": 0, **CHAT})
    lost: list[str] = []
    is_deaf = True

    def pass_on(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def hear(message: str | bytes) -> None:
            if is_deaf and ".send" in str(message):
                lost.append(str(message))
            else:
                server.send(message)

        socket.on_message(hear)

    page.route_web_socket(re.compile("/_event"), pass_on)
    go(page, "/chat")
    box = page.get_by_label("Message")
    box.fill("words on their way")
    box.press("Enter")
    expect(box).to_have_value("")
    box.press_sequentially("n", delay=5)
    expect(box).to_have_value("n")
    page.wait_for_timeout(300)
    assert lost
    page.reload()
    expect(box).to_have_value("words on their way\n\nn")
    is_deaf = False
    box.fill("words on their way")
    box.press("Enter")
    expect(finished(page.get_by_label("Answer", exact=True))).to_contain_text("Heard.")
    expect(page.get_by_label("Your question")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Your question")).to_have_count(1)
    expect(box).to_have_value("")


@pytest.mark.soak
def test_lost_connection_closes_no_form(page: Page, simulator: AnthropicSimulator, complaints: list[str]):
    simulator.script({"text": "Yes.", "match": "hello", **CHAT})
    finished(ask(page, "hello there"))
    question = page.get_by_label("Your question")
    question.first.hover()
    page.get_by_role("button", name="Edit and ask again").click()
    field = page.get_by_role("textbox", name="Your question")
    field.fill("hello in other words")
    page.context.set_offline(True)
    page.wait_for_timeout(3000)
    page.context.set_offline(False)
    page.wait_for_timeout(4000)
    expect(field).to_have_value("hello in other words")
    complaints.clear()  # the browser logs the lost connection


@pytest.mark.soak
def test_each_answer_is_announced_even_if_equal(page: Page, simulator: AnthropicSimulator):
    simulator.script({"text": "The same words.", "first_ms": 600, "match": "please", "times": 0, **CHAT})
    page.evaluate("""() => {
        window.told = [];
        const region = document.querySelector('p.sr-only[role=status]');
        new MutationObserver(() => window.told.push(region.textContent)).observe(region, {childList: true, characterData: true, subtree: true});
    }""")
    box = page.get_by_label("Message")
    ask(page, "one please")
    box.fill("two please")
    box.press("Enter")
    expect(page.get_by_label("Your question")).to_have_count(2)
    finished(page.get_by_label("Answer", exact=True).last)
    page.wait_for_timeout(800)
    assert [words for words in page.evaluate("window.told") if words] == ["Chopper answered: The same words."] * 2


@pytest.mark.soak
def test_dismissed_question_stays_dismissed_after_reload(page: Page, simulator: AnthropicSimulator):
    simulator.script(
        {"tools": [{"name": "propose_purchase", "input": {"ref": "pack:wet-tarmac"}}], "match": "buy", **CHAT},
        {"text": "Your choice.", "match": "buy", **CHAT},
    )
    finished(ask(page, "buy it"))
    page.reload()
    answer = page.get_by_label("Answer", exact=True)
    answer.get_by_role("button", name="Not now").click()
    expect(answer.get_by_role("button", name=re.compile("^Buy"))).to_have_count(0)
    expect(answer.get_by_role("button", name="Not now")).to_have_count(0)
    expect(answer.get_by_text("Not now")).to_be_visible()


def test_drafts_are_private_to_their_user(page: Page):
    page.get_by_label("Message").fill("my private draft")
    page.reload()
    expect(page.get_by_label("Message")).to_have_value("my private draft")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()
    sign_in(page, "demo@askchopper.test")
    go(page, "/chat")
    expect(page.get_by_label("Message")).to_have_value("")


@pytest.mark.soak
def test_suggestion_is_appended_to_typed_text(page: Page):
    box = page.get_by_label("Message")
    box.fill("a long careful draft")
    page.get_by_role("button", name="Which packs are free?").click()
    expect(box).to_have_value("a long careful draft\n\nWhich packs are free?")


@pytest.mark.soak
def test_focus_stays_near_removed_element(page: Page, simulator: AnthropicSimulator):
    simulator.script({"text": "Yes.", "times": 0, **CHAT}, {"text": "A greeting", "times": 0, "model": "haiku"})
    answer = finished(ask(page, "hello there"))
    question = page.get_by_role("article", name="Your question").last
    edit = question.get_by_role("button", name="Edit and ask again")
    for key in ("Escape", "Cancel"):
        edit.focus()
        page.keyboard.press("Enter")
        expect(question.get_by_role("textbox")).to_be_focused()
        page.keyboard.press("Escape") if key == "Escape" else question.get_by_role("button", name=key).press("Enter")
        expect(edit).to_be_focused()
    answer.get_by_role("button", name="Bad answer").press("Enter")
    expect(answer.get_by_role("textbox", name="What was wrong with it?")).to_be_focused()
    page.keyboard.press("Escape")
    expect(answer.get_by_role("button", name="Copy")).to_be_focused()
    history = page.get_by_role("list", name="Conversations")
    history.get_by_role("button", name="Rename A greeting").first.press("Enter")
    expect(history.get_by_role("textbox", name="Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(history.get_by_role("link", name="A greeting").first).to_be_focused()
    history.get_by_role("button", name="Delete A greeting").first.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")


@pytest.mark.soak
def test_second_answer_knows_the_page(page: Page, simulator: AnthropicSimulator):
    simulator.script({"text": "Yes.", "times": 0, **CHAT})
    answer = finished(ask(page, "hello there"))
    answer.hover()
    answer.get_by_role("button", name="Regenerate").press("Enter")
    expect(answer).to_be_focused()
    finished(answer)
    expect(answer).to_contain_text("2 of 2")
    asked = [one["body"]["messages"][-1] for one in simulator.seen() if one["body"].get("tools")]
    assert len(asked) == 2
    assert all('"page": "/chat' in str(one).replace("\\", "") for one in asked)


@pytest.mark.soak
def test_interruptions_and_items_are_announced(page: Page, simulator: AnthropicSimulator):
    simulator.script(
        {"mode": "refusal", "match": "forbidden", **CHAT},
        {"text": "It is [[pack:wet-tarmac]]", "match": "pack", **CHAT},
    )
    said = page.get_by_role("status").filter(has_text=re.compile("declined|Chopper answered"))
    finished(ask(page, "something forbidden"))
    expect(said).to_contain_text("The assistant declined to answer this.")
    finished(ask(page, "which pack"))
    expect(said).to_contain_text("Wet Tarmac")
    expect(said).to_contain_text("tokens")


@pytest.mark.soak
def test_copy_keeps_links_tables_and_items(page: Page, simulator: AnthropicSimulator):
    text = "| a | b |\n| - | - |\n| 1 | [two](https://example.com/) |\n\n[[pack:wet-tarmac]]"
    simulator.script({"text": text, **CHAT})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = finished(ask(page, "a table please"))
    answer.hover()
    answer.get_by_role("button", name="Copy").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[two](https://example.com/)" in copied
    assert "- Wet Tarmac by Dee Okonjo" in copied


@pytest.mark.soak
def test_question_waits_for_dropped_file(page: Page, simulator: AnthropicSimulator):
    simulator.script({"text": "Fifty percent.", **CHAT})
    words = "Publishing is split fifty to fifty after recoupment of the fee."
    held: list[Route] = []
    page.route("**/api/v1/uploads/*", lambda route: held.append(route))  # noqa: PLW0108 - it takes no builtin
    paper = {"name": "deal.txt", "mimeType": "text/plain", "buffer": words.encode()}
    with page.expect_request("**/api/v1/uploads/*"):
        page.set_input_files("input[type=file]", paper)
    box = page.get_by_label("Message")
    box.fill("what about splits?")
    box.press("Enter")
    expect(page.get_by_role("list", name="Waiting to be sent")).to_contain_text("what about splits?")
    held[0].continue_()
    expect(page.get_by_label("Answer", exact=True).last).to_contain_text("Fifty percent.", timeout=30_000)
    (asked,) = [one["body"]["messages"][-1] for one in simulator.seen() if one["body"].get("tools")]
    assert words in str(asked)


@pytest.mark.soak
def test_file_error_disappears_with_the_file(page: Page):
    page.set_input_files(
        "input[type=file]", {"name": "fake.pdf", "mimeType": "application/pdf", "buffer": b"plain words"}
    )
    attached = page.get_by_role("list", name="Attached files")
    expect(attached).to_contain_text("Could not read: ", timeout=30_000)
    box = page.get_by_label("Message")
    box.fill("what is in it?")
    box.press("Enter")
    alert = page.get_by_text("Remove it to send.")
    expect(alert).to_be_visible()
    attached.get_by_role("button", name="Remove fake.pdf").click()
    expect(alert).to_be_hidden()


@pytest.mark.soak
def test_offline_notice_covers_nothing(page: Page, complaints: list[str]):
    sockets: list[WebSocketRoute] = []

    def keep(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile("/_event"), keep)
    go(page, "/chat")
    head = page.get_by_role("heading", level=1)
    expect(head).to_be_visible()
    page.context.set_offline(True)
    for socket in sockets:  # the heartbeat would notice it in half a minute
        socket.close()
    banner = page.get_by_text("Offline. What has loaded keeps playing.")
    expect(banner).to_be_visible(timeout=30_000)
    settle(page)  # the heading moves down
    above, below = banner.bounding_box(), head.bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    page.context.set_offline(False)
    expect(banner).to_be_hidden(timeout=30_000)
    complaints.clear()
