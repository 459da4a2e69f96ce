"""The pages in the footer: drafts with the values of the rules, and an operator's own texts."""

from pathlib import Path

import pytest

from askchopper import policy, settings
from askchopper.services import site_texts
from tests.support.events import tab


@pytest.mark.parametrize("name", site_texts.NAMES)
async def test_every_page_has_a_title_and_text(db: None, name: str):
    async with tab() as visitor:
        await visitor.send("SiteTextState.load", f"/{name}")
        assert visitor.vars["path"] == f"/{name}"
        assert visitor.vars["title"]
        assert '<p dir="auto">' in visitor.vars["body"]
        assert "{" not in visitor.vars["body"]


async def test_rules_are_current(db: None):
    text = site_texts.load("terms")
    assert f"within {policy.REFUND_HOURS} hours" in text
    assert f"{policy.SELLER_SHARE_PERCENT}%" in text
    text = site_texts.load("licences")
    assert f"{policy.STANDARD_LICENCE_STREAMS:,}" in text
    assert "\n## Standard licence\n" in text
    assert "\n### What you may do\n" in text


async def test_operator_replaces_a_draft(db: None, tmp_path: Path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "contact.md").write_text("# Write to us\n\nAt <script>alert(1)</script> {desk}.")
    with settings.environment(DATA_DIR=str(tmp_path)):
        async with tab() as visitor:
            await visitor.send("SiteTextState.load", "/contact")
            assert visitor.vars["title"] == "Write to us"
            assert "{desk}" in visitor.vars["body"]
            assert "<script" not in visitor.vars["body"]


async def test_unknown_page_is_an_error(db: None):
    async with tab() as visitor:
        await visitor.send("SiteTextState.load", "/../secret")
        assert "no such page" in visitor.told()
