"""An old application with 100,000 rows is imported in one run, within a bound on memory and time."""

import resource
import time
from pathlib import Path

import pytest

from askchopper.services.legacy_import import importer
from askchopper.services.legacy_import.files import UploadFolder
from askchopper.services.legacy_import.source import opened
from tests.support.factories import check_ledger
from tests.support.legacy_site import make
from tests.support.soak import IS_SOAK

pytestmark = pytest.mark.integration
MEMBERS, MESSAGES = (10_000, 90_000) if IS_SOAK else (60, 400)


async def test_large_import(db: None, tmp_path: Path, as_owner):
    database, uploads = make(tmp_path, members=MEMBERS, messages=MESSAGES)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with opened(database) as source:
        report = await importer.Import(source, UploadFolder(uploads), is_dry_run=False).run()
    assert report.tables["chat_messages"].imported == MESSAGES
    assert as_owner("SELECT count(*) FROM messages") == [(MESSAGES,)]
    assert time.monotonic() - started < 600
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 512 * 1024
    assert (await check_ledger()).problems == ()
