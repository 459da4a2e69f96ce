"""The assistant in the browser: offline and with the simulated model; mouse, keyboard, phone, screen reader."""

import json
import re
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.browser import go, open_page, sign_in
from tests.support.chat_steps import ask, finished, open_chat
from tests.support.soak import soak

pytestmark = pytest.mark.e2e
CONTRACT = """BEAT LICENCE AGREEMENT

1. Parties. This agreement is between Tomas Nilsen (the Producer) and Ada Brandt (the Artist).

2. Fee. The Artist pays a flat fee of 450 euros on signing. No further advance is due.

3. Splits. Publishing is split 50 percent to the Producer and 50 percent to the Artist after recoupment of the fee.

4. Term. The licence runs for five years from the date of release.
"""


def test_offline_search_shows_playable_packs_and_says_offline(desktop: Page):
    open_chat(desktop)
    answer = finished(ask(desktop, "Find techno packs around 130"))
    expect(desktop.get_by_text("Basic mode", exact=True)).to_be_visible()
    expect(answer.get_by_text("Searched packs")).to_be_visible()
    play = answer.get_by_role("button", name=re.compile("^Play ")).first
    play.click()
    expect(answer.get_by_role("button", name=re.compile("^Pause "))).to_be_visible()
    assert "/chat/" in desktop.url
    desktop.reload()
    expect(desktop.get_by_role("log", name="Conversation")).to_contain_text("Find techno packs around 130")
    expect(desktop.get_by_label("Answer", exact=True).first).to_contain_text("Searched packs")


@pytest.mark.soak
def test_offline_terms_and_follow_ups(desktop: Page):
    open_chat(desktop)
    expect(finished(ask(desktop, "What is sidechain compression?"))).to_contain_text("compressor")
    suggestion = desktop.get_by_role("list", name="You could ask").get_by_role("button").first
    words = suggestion.inner_text()
    suggestion.click()
    expect(desktop.get_by_label("Message")).to_have_value(words)


def test_document_is_read_cited_and_deleted(desktop: Page, tmp_path: Path):
    paper = tmp_path / "licence for harbour lights.txt"
    paper.write_text(CONTRACT)
    open_chat(desktop)
    desktop.set_input_files("input[type=file]", str(paper))
    attached = desktop.get_by_role("list", name="Attached files")
    expect(attached).to_contain_text("Ready", timeout=30_000)
    answer = finished(ask(desktop, "What does this contract say about splits?"))
    expect(answer).to_contain_text("50 percent to the Producer")
    answer.get_by_role("button", name="Source 1", exact=True).click()
    dialog = desktop.get_by_role("dialog", name="Source")
    expect(dialog.locator("mark")).to_contain_text("Publishing is split 50 percent")
    desktop.keyboard.press("Escape")
    desktop.get_by_role("button", name="Delete licence for harbour lights.txt").click()
    desktop.get_by_role("button", name="Delete for good").click()
    expect(desktop.get_by_role("button", name="Delete for good")).to_have_count(0)
    expect(desktop.get_by_role("button", name="Delete licence for harbour lights.txt")).to_have_count(0)
    answer.get_by_role("button", name="Source 1", exact=True).click()
    expect(dialog).to_contain_text("The file was deleted")


def test_proposal_is_bought_only_by_its_reader(desktop: Page):
    open_chat(desktop)
    finished(ask(desktop, "Find drum loops under 12 tokens"))
    answer = finished(ask(desktop, "Buy the first one"))
    before = balance(desktop)
    answer.get_by_role("button", name=re.compile("^Buy for ")).click()
    dialog = desktop.get_by_role("dialog", name=re.compile("^Buy "))
    expect(dialog).to_be_visible()
    assert balance(desktop) == before
    dialog.get_by_role("button", name=re.compile("^Buy for ")).click()
    expect(dialog.get_by_role("link", name=re.compile("^Download, "))).to_be_visible()
    assert balance(desktop) < before


def balance(page: Page) -> int:
    text = page.get_by_role("link", name=re.compile("tokens in your wallet")).inner_text()
    return int(re.sub(r"\D", "", text))


def test_history_search_rename_pin_delete_undo(desktop: Page):
    open_chat(desktop)
    finished(ask(desktop, "What is a plosive?"))
    history = desktop.get_by_role("navigation", name="History")
    row = history.get_by_role("link", name=re.compile("What is a plosive"))
    row.hover()
    history.get_by_role("button", name="Rename What is a plosive?").click()
    history.get_by_label("Title").fill("Popping voices")
    history.get_by_role("button", name="Save").click()
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Popping voices")
    history.get_by_role("link", name="Popping voices").hover()
    history.get_by_role("button", name="Pin Popping voices").click()
    expect(history.get_by_role("heading", name="Pinned")).to_be_visible()
    history.get_by_label("Search conversations").fill("plosive")
    expect(history.get_by_role("list", name="Conversations").get_by_role("listitem")).to_have_count(1)
    history.get_by_label("Search conversations").fill("")
    history.get_by_role("link", name="Popping voices").hover()
    history.get_by_role("button", name="Delete Popping voices").click()
    expect(history.get_by_role("link", name="Popping voices")).to_have_count(0)
    expect(desktop.get_by_role("heading", name="What are you making?")).to_be_visible()
    history.get_by_role("button", name="Undo").click()
    expect(history.get_by_role("link", name="Popping voices")).to_have_count(1)


def test_stream_survives_reload_and_reaches_second_tab(model_desktop: Page, simulator: AnthropicSimulator):
    page = model_desktop
    simulator.script(
        {"text": "beginning " + "and more " * 150 + "the very end.", "tokens_per_second": 60, "first_ms": 100}
    )
    open_chat(page)
    answer = ask(page, "Tell me a long story")
    expect(answer).to_contain_text("beginning")
    expect(answer).to_have_attribute("aria-busy", "true")
    second = page.context.new_page()
    second.goto(page.url)
    page.reload()
    for tab in (page, second):
        shown = tab.get_by_label("Answer", exact=True).last
        expect(shown).to_contain_text("beginning and more")
        expect(shown).to_contain_text("the very end.", timeout=20_000)
        finished(shown)
    assert shown.inner_text().count("beginning") == 1


def test_stop_continue_regenerate_and_edit(model_desktop: Page, simulator: AnthropicSimulator):
    page = model_desktop
    chat = {"model": "sonnet"}  # the fast model generates conversation titles
    simulator.script(
        {"text": "first part " * 200, "tokens_per_second": 50, "match": "talk", **chat},
        {"text": "second part.", "match": "cut off", **chat},
        {"text": "another answer.", "match": "talk", **chat},
        {"text": "an edited answer.", "match": "shorter", **chat},
    )
    open_chat(page)
    answer = ask(page, "talk")
    expect(answer).to_contain_text("first part")
    page.keyboard.press("Escape")
    expect(answer).to_contain_text("You stopped this answer.")
    answer.get_by_role("button", name="Continue").click()
    expect(answer).to_contain_text("second part.")
    expect(answer).to_contain_text("first part")
    finished(answer).hover()
    answer.get_by_role("button", name="Regenerate").click()
    expect(answer).to_contain_text("another answer.")
    finished(answer).hover()
    expect(answer).to_contain_text("2 of 2")
    answer.get_by_role("button", name="Previous answer").click()
    expect(answer).to_contain_text("second part.")
    question = page.get_by_label("Your question").first
    question.hover()
    question.get_by_role("button", name="Edit and ask again").click()
    page.get_by_role("textbox", name="Your question").fill("shorter please")
    page.get_by_role("button", name="Ask again", exact=True).click()
    expect(page.get_by_label("Answer", exact=True).last).to_contain_text("an edited answer.")


def test_question_is_queued_during_answer(model_desktop: Page, simulator: AnthropicSimulator):
    page = model_desktop
    simulator.script(
        {"text": "slow " * 60, "tokens_per_second": 40, "match": "one"}, {"text": "Now the second.", "match": "two"}
    )
    open_chat(page)
    ask(page, "one")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    box = page.get_by_label("Message")
    box.fill("two")
    box.press("Enter")
    expect(page.get_by_role("list", name="Waiting to be sent")).to_contain_text("two")
    expect(page.get_by_label("Answer", exact=True).last).to_contain_text("Now the second.", timeout=15_000)


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("529", "it is overloaded"),
        ("cut", "The connection to the assistant was lost."),
        soak("500", "it returned an error"),
        soak("refusal", "declined to answer"),
        soak("max_tokens", "maximum length"),
        soak("silent_eof", "The connection to the assistant was lost."),
        soak("error_event", "became overloaded before it finished"),
    ],
)
def test_each_failure_shows_message_and_loses_nothing(
    model_browser: Page, simulator: AnthropicSimulator, mode: str, sentence: str
):
    page = model_browser
    simulator.script(
        {"mode": mode, "text": "Some words of an answer that are long enough to be kept.", "times": 2, "match": "fail"}
    )
    go(page, "/chat")
    finished(ask(page, "all is well"))  # repeated failures would open the circuit breaker
    answer = finished(ask(page, f"fail {mode}"))
    expect(answer).to_contain_text(sentence)
    expect(page.get_by_label("Your question").last).to_contain_text(f"fail {mode}")
    expect(page.get_by_label("Message")).to_be_editable()


@pytest.mark.soak
def test_draft_survives_reload(desktop: Page):
    open_chat(desktop)
    desktop.get_by_label("Message").fill("half a thought")
    go(desktop, "/browse")
    go(desktop, "/chat")
    expect(desktop.get_by_label("Message")).to_have_value("half a thought")
    desktop.get_by_label("Message").fill("")


@pytest.mark.soak
def test_text_typed_right_after_load_is_kept(desktop: Page):
    """The server first shows the conversation that was open before, until the browser has told its URL."""
    open_chat(desktop)
    finished(ask(desktop, "What is ducking?"))

    def delay_url(message: str, server: WebSocketRoute) -> None:
        if "chat_state.resume" in message:
            desktop.wait_for_timeout(1500)
        server.send(message)

    def listen(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(lambda message: delay_url(str(message), server))

    desktop.route_web_socket(re.compile("/_event"), listen)
    desktop.goto("/chat")
    box = desktop.get_by_label("Message")
    expect(desktop.get_by_label("Your question").last).to_contain_text("What is ducking?")
    box.fill("What is glue?")
    expect(desktop.get_by_role("heading", name="What are you making?")).to_be_visible()
    expect(box).to_have_value("What is glue?")
    box.press("Enter")
    expect(desktop.get_by_label("Your question").last).to_contain_text("What is glue?")
    assert desktop.get_by_label("Your question").count() == 1


@pytest.mark.soak
def test_half_typed_text_stays_with_conversation_that_began_here(desktop: Page):
    open_chat(desktop)
    finished(ask(desktop, "What is a riser?"))
    desktop.get_by_label("Message").fill("half a thought")
    desktop.get_by_role("button", name="New chat").first.click()
    expect(desktop.get_by_role("heading", name="What are you making?")).to_be_visible()
    expect(desktop.get_by_label("Message")).to_have_value("")
    desktop.get_by_role("link", name="What is a riser?").first.click()
    expect(desktop.get_by_label("Message")).to_have_value("half a thought")


def test_panel_opens_by_shortcut_but_not_while_typing(desktop: Page):
    sign_in(desktop)
    go(desktop, "/browse")
    desktop.keyboard.press("/")
    desktop.keyboard.press("a")
    panel = desktop.get_by_role("complementary", name="Ask Chopper")
    expect(panel).to_be_visible()
    expect(desktop.get_by_label("Message")).to_be_focused()
    answer = ask(desktop, "What is swing?")
    finished(answer)
    desktop.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    desktop.keyboard.press("/")
    desktop.keyboard.type("ambient", delay=60)
    expect(panel).to_be_hidden()
    assert desktop.evaluate("document.activeElement.value") == "ambient"


def test_keyboard_and_screen_reader(desktop: Page):
    open_chat(desktop)
    desktop.get_by_label("Message").focus()
    desktop.keyboard.type("What is headroom?")
    desktop.keyboard.press("Enter")
    finished(desktop.get_by_label("Answer", exact=True).last)
    said = desktop.get_by_role("status").filter(has_text="Chopper answered:")
    expect(said).to_have_count(1)
    expect(desktop.get_by_label("Message")).to_be_focused()


def test_chat_on_a_phone(phone: Page):
    open_chat(phone)
    answer = finished(ask(phone, "Find techno packs around 130"))
    expect(answer.get_by_role("button", name=re.compile("^Play ")).first).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert phone.evaluate("document.documentElement.scrollHeight <= innerHeight")  # the thread scrolls, not the page
    phone.get_by_role("button", name="History").click()
    sheet = phone.get_by_role("dialog", name="History")
    expect(sheet.get_by_role("link", name=re.compile("Find techno packs")).first).to_be_visible()
    sheet.get_by_role("button", name="New chat").click()
    expect(phone.get_by_role("heading", name="What are you making?")).to_be_visible()
    phone.get_by_role("button", name="Documents").click()
    expect(phone.get_by_role("dialog", name="Documents")).to_be_visible()


@pytest.mark.parametrize("is_phone", [False, soak(True)])
def test_chat_is_accessible(browser: Browser, site: str, complaints: list[str], *, is_phone: bool):
    context, page = open_page(browser, site, complaints, is_phone=is_phone)
    go(page, "/chat")
    violations = {"signed out": Axe().run(page).response["violations"]}
    open_chat(page)
    violations["empty"] = Axe().run(page).response["violations"]
    finished(ask(page, "Find techno packs around 130"))
    finished(ask(page, "Buy the first one"))
    violations["answered"] = Axe().run(page).response["violations"]
    go(page, "/settings/usage")
    expect(page.get_by_text("of today's allowance left")).to_be_visible()
    violations["usage"] = Axe().run(page).response["violations"]
    context.close()
    found = {
        name: [(one["id"], one["nodes"][0]["html"][:200]) for one in many] for name, many in violations.items() if many
    }
    assert found == {}


def test_signed_out_visitor_is_asked_to_sign_in(desktop: Page):
    go(desktop, "/chat")
    expect(desktop.get_by_role("main").get_by_role("link", name="Sign in")).to_have_attribute(
        "href", "/login?next=%2Fchat"
    )


def test_conversation_is_exported_as_file(desktop: Page):
    open_chat(desktop)
    finished(ask(desktop, "What is dithering?"))
    desktop.get_by_role("button", name="Export").click()
    with desktop.expect_download() as download:
        desktop.get_by_role("link", name="Markdown").click()
    text = Path(download.value.path()).read_text()
    assert text.startswith("# What is dithering?")
    assert "## Chopper" in text


def test_conversations_of_others_are_not_found(desktop: Page, site: str):
    go(desktop, "/login")
    open_chat(desktop, "creator@askchopper.test")
    go(desktop, "/chat/01a20e4a-0000-7c0b-ad82-737470906b29")
    expect(desktop.get_by_text("This conversation does not exist")).to_be_visible()
    with urllib.request.urlopen(f"{site}/health") as answer:
        assert json.load(answer)["status"] == "ok"
