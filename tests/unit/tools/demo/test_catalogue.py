"""Consistency of the demo catalogue."""

from collections import Counter

import pytest

from askchopper.genres import GENRES
from askchopper.vocabulary import FileKind
from tools.demo import parts, patterns
from tools.demo.catalogue import CREATORS, PACKS, DemoPack
from tools.demo.covers import PAINTERS, PALETTES
from tools.demo.drums import KITS
from tools.demo.entries import slug_of
from tools.demo.styles import STYLES

each_pack = pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.slug)
FREE_PACKS = [pack for pack in PACKS if pack.price_tokens == 0]


def test_there_are_six_creators_and_at_least_24_packs():
    assert len(CREATORS) == 6
    assert len(PACKS) >= 24
    assert all(creator.email.endswith("@askchopper.test") for creator in CREATORS)
    assert "creator@askchopper.test" in {creator.email for creator in CREATORS}


def test_slugs_and_covers_are_unique():
    assert len({pack.slug for pack in PACKS}) == len(PACKS)
    assert len({(pack.cover, pack.palette) for pack in PACKS}) == len(PACKS)


def test_every_creator_sells_a_pack():
    assert {pack.creator for pack in PACKS} == {creator.slug for creator in CREATORS}


def test_several_packs_are_between_120_and_130_in_different_keys():
    near = [pack for pack in PACKS if 120 <= pack.bpm <= 130 and pack.key]
    assert len(near) >= 5
    assert len({pack.key for pack in near}) >= 5


def test_some_packs_are_free_and_some_tempos_are_fractional():
    assert len(FREE_PACKS) >= 3
    assert any(pack.bpm % 1 for pack in PACKS)
    assert len({pack.genre for pack in PACKS}) >= 15
    assert max(pack.published_days_ago for pack in PACKS) <= 365


@each_pack
def test_prices_are_in_range_and_single_sounds_cost_more_together(pack: DemoPack):
    total = sum(file.price_tokens for file in pack.files)
    if pack in FREE_PACKS:
        assert total == 0
    else:
        assert 20 <= pack.price_tokens <= 90
        assert total >= pack.price_tokens * 1.15
        assert all(2 <= file.price_tokens <= 9 for file in pack.files)


@each_pack
def test_pack_texts_are_complete(pack: DemoPack):
    assert pack.genre in GENRES
    assert pack.style in STYLES
    assert pack.cover in PAINTERS
    assert pack.palette in PALETTES
    assert 3 <= len(pack.tags) <= 6
    assert pack.summary.endswith(".")
    assert 2 <= pack.description.count(". ") + 1 <= 4
    assert 6 <= len(pack.files) <= 12
    assert len({file.slug for file in pack.files}) == len(pack.files)


@each_pack
def test_files_have_the_metadata_of_their_kind(pack: DemoPack):
    for file in pack.files:
        is_one_shot = file.kind is FileKind.ONE_SHOT
        assert (file.bpm is None) == is_one_shot
        assert (file.bars is None) == is_one_shot
        if file.part in {"drums", "hit", "effect"}:
            assert file.key is None
        if file.part in {"bass", "chords", "arp", "melody"}:
            assert file.key == pack.key


@each_pack
def test_tonal_loops_contain_whole_progressions(pack: DemoPack):
    turn = STYLES[pack.style].chord_bars * len(pack.roots)
    for file in pack.files:
        if file.part in {"bass", "chords", "arp", "melody"}:
            assert (file.bars or 0) % turn == 0, file.title


def test_recipes_reference_existing_instruments():
    for style in STYLES.values():
        assert style.groove in patterns.GROOVES
        assert style.kit in KITS
        assert style.bass_line in patterns.BASS_LINES
        assert style.chord_rhythm in patterns.CHORD_RHYTHMS
        assert style.arp in patterns.ARPS


def test_bars_of_all_patterns_have_sixteen_steps():
    lanes = [lane for groove in patterns.GROOVES.values() for lane in groove.values()]
    lanes += [*patterns.BASS_LINES.values(), *patterns.CHORD_RHYTHMS.values()]
    assert {len(bar) for lane in lanes for bar in lane} == {16}
    assert {len(steps) for steps in patterns.ARPS.values()} == {16}
    voices = {voice for groove in patterns.GROOVES.values() for voice in groove}
    assert all(voices <= set(kit) for kit in KITS.values())


def test_drum_loops_of_a_pack_use_different_recipes():
    for pack in PACKS:
        recipes = Counter((f.part, f.sound, f.line) for f in pack.files if f.kind is FileKind.LOOP)
        assert max(recipes.values()) == 1, pack.slug


def test_no_drum_section_is_empty():
    for pack in PACKS:
        for file in pack.files:
            if file.part == "drums" and file.sound:
                groove = patterns.GROOVES[file.line or STYLES[pack.style].groove]
                assert parts.DRUM_SECTIONS[file.sound] & set(groove)


def test_slugs_are_ascii():
    assert slug_of("Café del Río, 2") == "cafe-del-rio-2"
