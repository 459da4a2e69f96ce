"""Memory in the browser: say it, be answered with it, see its source, delete it, and it stays deleted."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import go, open_page
from tests.support.chat_steps import ask, finished, open_chat
from tests.support.soak import soak

pytestmark = pytest.mark.e2e


def forget_everything(page: Page) -> None:
    """Start from an empty memory: stories of one worker share a member."""
    page.request.delete("/api/v1/me/memories", headers={"Origin": page.url.partition("/chat")[0]})
    page.request.patch(
        "/api/v1/me/memory-settings", data={"is_paused": False}, headers={"Origin": page.url.partition("/chat")[0]}
    )


def learnt(page: Page, count: int) -> None:
    """Wait for the job that learns after an answer."""
    for _ in range(100):
        if page.request.get("/api/v1/me/memories").json()["total"] >= count:
            return
        page.wait_for_timeout(100)
    pytest.fail("nothing was learnt")


def new_chat(page: Page) -> None:
    go(page, "/chat")
    expect(page.get_by_role("heading", name="What are you making?")).to_be_visible()


@pytest.mark.parametrize("is_phone", [False, soak(True)])
def test_preference_is_remembered_used_shown_and_deleted(
    browser: Browser, site: str, complaints: list[str], *, is_phone: bool
):
    context, page = open_page(browser, site, complaints, is_phone=is_phone)
    open_chat(page)
    forget_everything(page)
    answer = finished(ask(page, "I mostly make techno around 130"))
    expect(answer).to_contain_text("Makes Techno")
    learnt(page, 2)
    page.reload()
    go(page, "/memory")
    memories = page.get_by_role("list", name="Memories").get_by_role("listitem")
    expect(memories.filter(has_text="Makes Techno")).to_be_visible()
    expect(memories.filter(has_text="Works around 130 BPM")).to_be_visible()

    new_chat(page)
    answer = finished(ask(page, "Recommend something for me"))
    expect(answer).to_contain_text("makes Techno, works around 130 BPM")
    expect(answer.get_by_role("button", name=re.compile("^Play ")).first).to_be_visible()
    answer.get_by_role("button", name="Used for this answer: 2 memories").click()
    dialog = page.get_by_role("dialog", name="Used for this answer")
    used = dialog.get_by_role("list", name="Used memories").get_by_role("listitem")
    expect(used).to_have_count(2)
    used.filter(has_text="Makes Techno").get_by_role("link", name="Source").click()
    expect(page.get_by_label("Your question").filter(has_text="I mostly make techno around 130")).to_be_visible()

    go(page, "/memory")
    item = memories.filter(has_text="Makes Techno")
    item.get_by_role("button", name="Delete").click()
    expect(item).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(item).to_be_visible()
    item.get_by_role("button", name="Delete").click()
    expect(item).to_have_count(0)
    page.reload()
    expect(memories.filter(has_text="Works around 130 BPM")).to_be_visible()
    expect(item).to_have_count(0)
    new_chat(page)
    answer = finished(ask(page, "What do you know about me?"))
    expect(answer).to_contain_text("Works around 130 BPM")
    expect(answer).not_to_contain_text("Techno")
    context.close()


@pytest.mark.soak
def test_earlier_conversation_is_found_by_words(desktop: Page):
    open_chat(desktop)
    finished(ask(desktop, "Find warm tape drums for an intro"))
    new_chat(desktop)
    answer = finished(ask(desktop, "Remember when we talked about the tape drums?"))
    answer.get_by_role("link").first.click()
    expect(desktop.get_by_label("Your question").filter(has_text="Find warm tape drums")).to_be_visible()


def test_memory_page_by_keyboard_export_and_import(desktop: Page, complaints: list[str], tmp_path: Path):
    open_chat(desktop)
    forget_everything(desktop)
    go(desktop, "/memory")
    expect(desktop.get_by_text("Nothing yet.", exact=False).first).to_be_visible()
    desktop.get_by_label("Add a memory").fill("I use Ableton Live")
    desktop.keyboard.press("Enter")
    item = desktop.get_by_role("list", name="Memories").get_by_role("listitem")
    expect(item).to_contain_text("I use Ableton Live")
    item.get_by_role("button", name="Edit").press("Enter")
    desktop.get_by_label("Memory", exact=True).and_(desktop.locator("textarea")).fill("Uses Bitwig")
    desktop.get_by_role("button", name="Save").press("Enter")
    expect(item).to_contain_text("Uses Bitwig")
    with desktop.expect_download() as download:
        desktop.get_by_role("link", name="Export").click()
    exported = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [one["text"] for one in exported["memories"]] == ["Uses Bitwig"]
    exported["memories"].append({"text": "Plays bass", "kind": "note"})
    file = tmp_path / "memory.json"
    file.write_text(json.dumps(exported), encoding="utf-8")
    desktop.set_input_files("input[type=file][accept*='.json']", str(file))
    expect(desktop.get_by_text("In this file: 1 new, 1 already known.")).to_be_visible()
    desktop.get_by_role("button", name="Import now").click()
    expect(desktop.get_by_role("list", name="Memories").get_by_role("listitem")).to_have_count(2)
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    desktop.set_input_files("input[type=file][accept*='.json']", str(tmp_path / "broken.json"))
    expect(desktop.get_by_role("alert")).to_contain_text("This is not a memory export.")
    complaints[:] = [one for one in complaints if "422" not in one]
    desktop.get_by_role("switch", name="Memory", exact=True).uncheck()
    expect(desktop.get_by_text("Memory is off:", exact=False)).to_be_visible()
    desktop.get_by_role("switch", name="Memory", exact=True).check()
    desktop.get_by_role("button", name="Delete all").click()
    expect(desktop.get_by_text("2 memories deleted.")).to_be_visible()
    expect(desktop.get_by_text("Nothing yet.", exact=False).first).to_be_visible()


@pytest.mark.soak
def test_conversation_without_memory_and_temporary_chat(desktop: Page):
    open_chat(desktop)
    forget_everything(desktop)
    desktop.get_by_role("button", name="Temporary chat").click()
    expect(desktop.get_by_role("button", name="Temporary chat")).to_have_attribute("aria-pressed", "true")
    expect(finished(ask(desktop, "I make house"))).to_contain_text("I don't use your memory here")
    new_chat(desktop)
    finished(ask(desktop, "hello"))
    desktop.get_by_role("switch", name="Use memory").uncheck()
    expect(finished(ask(desktop, "I make house"))).to_contain_text("I don't use your memory here")
    go(desktop, "/memory")
    expect(desktop.get_by_text("Nothing yet.", exact=False).first).to_be_visible()


@pytest.mark.parametrize("is_phone", [False, soak(True)])
def test_memory_page_is_accessible(browser: Browser, site: str, complaints: list[str], *, is_phone: bool):
    context, page = open_page(browser, site, complaints, is_phone=is_phone)
    open_chat(page)
    forget_everything(page)
    finished(ask(page, "I use Ableton"))
    learnt(page, 1)
    go(page, "/memory")
    expect(page.get_by_role("list", name="Memories")).to_be_visible()
    violations = Axe().run(page).response["violations"]
    page.get_by_role("button", name="Edit").click()
    violations += Axe().run(page).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    context.close()
