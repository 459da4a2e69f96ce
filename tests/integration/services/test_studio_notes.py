"""Root notes in the studio: measured, stated, published, and corrected after another analysis."""

import io

import numpy as np
import pytest
import soundfile

from askchopper.database import transaction
from askchopper.errors import InvalidInputError
from askchopper.services import analysis
from askchopper.services.studio import draft_sounds
from tests.support.factories import make_creator, make_pack
from tests.support.studio import draft_of, new_draft, send, work

pytestmark = pytest.mark.integration


def bass(midi: float) -> bytes:
    t = np.arange(44_100) / 44_100
    hertz = 440 * 2 ** ((midi - 69) / 12)
    wave = sum(np.sin(2 * np.pi * n * hertz * t) / n**1.5 for n in range(1, 7)) * np.exp(-3 * t)
    out = io.BytesIO()
    soundfile.write(out, 0.6 * wave / np.abs(wave).max(), 44_100, format="WAV")
    return out.getvalue()


async def test_note_is_measured_stated_and_measured_again(db, as_owner):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    await send(viewer, draft_id, "Deep bass.wav", bass(29.1))
    await work()
    [file] = (await draft_of(viewer, draft_id)).files
    assert (file.note, file.is_note_set, file.key) == (29, False, None)
    assert file.measured
    assert file.measured.note_cents == pytest.approx(10, abs=3)
    async with transaction() as session:
        await draft_sounds.change_files(session, viewer, file_ids=[str(file.id)], note="g#1")
    [file] = (await draft_of(viewer, draft_id)).files
    assert (file.note, file.is_note_set) == (32, True)
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await draft_sounds.change_files(session, viewer, file_ids=[str(file.id)], note="low")
    async with transaction() as session:
        await draft_sounds.clear_override(session, viewer, file_id=str(file.id), field="note")
    [file] = (await draft_of(viewer, draft_id)).files
    assert (file.note, file.is_note_set) == (29, False)
    # A one-shot on sale with the same content, published before notes were measured.
    pack = await make_pack(viewer, files=1)
    [(sha256, key)] = as_owner("SELECT sha256, store_key FROM draft_files")
    as_owner(
        f"UPDATE audio_files SET kind = 'one-shot', bpm = NULL, key = NULL, sha256 = '{sha256}', master_key = '{key}'"
        f" WHERE id = '{pack.file_ids[0]}'"
    )
    assert await analysis.reanalyse(sha256)
    assert as_owner(f"SELECT note FROM audio_files WHERE id = '{pack.file_ids[0]}'") == [(29,)]
