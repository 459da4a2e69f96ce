"""A track whose tempo changes: told in the studio, shown as a range in lists, and not confirmed; a stated tempo counts alone."""

import io

import numpy as np
import pytest
import soundfile

from askchopper.api import responses
from askchopper.database import read_only, transaction
from askchopper.schemas.view_models import catalogue
from askchopper.services import analysis
from askchopper.services.catalogue import detail
from askchopper.services.studio import draft_sounds
from tests.support.drum_tracks import RATE, drums
from tests.support.factories import make_creator, make_pack
from tests.support.studio import draft_of, new_draft, send, work

pytestmark = pytest.mark.integration


@pytest.mark.soak
async def test_a_change_of_tempo_is_told_and_sold_as_a_range(db, as_owner):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    out = io.BytesIO()
    soundfile.write(out, np.concatenate([drums(70, 96), drums(40, 110)]), int(RATE), format="WAV")
    await send(viewer, draft_id, "Two halves.wav", out.getvalue())
    await work()
    [file] = (await draft_of(viewer, draft_id)).files
    [told] = [found for found in file.findings if found.code == "tempo_changes"]
    assert "96 BPM at 0:00, 110 at 1:" in told.message
    assert file.measured
    assert file.measured.bpm_confidence < 0.6
    pack = await make_pack(viewer, files=1)
    [(sha256, key)] = as_owner("SELECT sha256, store_key FROM draft_files")
    named = f"UPDATE audio_files SET sha256 = '{sha256}', master_key = '{key}', bpm = 96, kind = 'track' WHERE id = '{pack.file_ids[0]}'"
    as_owner(named)
    assert await analysis.reanalyse(sha256)
    async with read_only() as session:
        row = await detail.get_file(session, viewer, file_id=str(pack.file_ids[0]))
    assert catalogue.sound_row(row).sound.bpm == "96-110"
    first, second = responses.File.of(row).tempo_map
    assert (first.start_seconds, first.bpm, second.bpm) == (0, 96, 110)

    for changed in ("kind = 'loop'", "kind = 'track', bpm = 140"):
        as_owner(f"UPDATE audio_files SET {changed}")
        assert await analysis.reanalyse(sha256)
        async with read_only() as session:
            row = await detail.get_file(session, viewer, file_id=str(pack.file_ids[0]))
        assert row.tempo_map == ()
    as_owner("UPDATE audio_files SET bpm = 96")

    async with transaction() as session:
        await draft_sounds.change_files(session, viewer, file_ids=[str(file.id)], bpm=110)
    as_owner(f"UPDATE draft_files SET id = '{pack.file_ids[0]}'", "UPDATE audio_files SET tempo_map = '[]'")
    assert await analysis.reanalyse(sha256)
    async with read_only() as session:
        row = await detail.get_file(session, viewer, file_id=str(pack.file_ids[0]))
    assert (row.tempo_map, catalogue.sound_row(row).sound.bpm) == ((), "96")
