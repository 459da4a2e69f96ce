"""Pictures of shared links: every public page names one, the site's own where it has none."""

import re

import pytest

from askchopper import routes, settings
from askchopper.api import page_html
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import table

pytestmark = pytest.mark.integration


def pictures(head: str) -> set[str]:
    return set(re.findall(r'property="og:image" content="([^"]*)"', head))


async def test_terms_and_artists_have_the_picture_of_the_site(db: None):
    expected = {settings.get().base_url + routes.SOCIAL_IMAGE}
    artist = table.find("Burial")
    assert artist is not None
    assert pictures((await page_html.term(glossary.all_entries()[0].slug)).head) == expected
    assert pictures((await page_html.artist(artist.slug)).head) == expected
