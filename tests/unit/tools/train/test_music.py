import numpy as np
import pytest

from askchopper.musical_key import Mode
from tools.train import keys, music
from tools.train.keys import HarmonyExample


@pytest.fixture(scope="module")
def pieces() -> list[music.Piece]:
    return list(music.generate(range(1)))


def test_pieces_are_reproducible_and_balanced(pieces: list[music.Piece]):
    again = list(music.generate(range(1)))
    assert all(np.array_equal(one.samples, other.samples) for one, other in zip(pieces, again, strict=True))
    assert [piece.texture for piece in pieces] == [name for name in music.TEXTURES for _ in Mode]
    assert sum(piece.key.mode is Mode.MAJOR for piece in pieces) == len(pieces) / 2
    for piece in pieces:
        assert piece.samples.dtype == np.float32
        assert np.isfinite(piece.samples).all()
        assert 0.5 < np.abs(piece.samples).max() <= 1.0
        assert piece.samples.size > 2 * music.RATE_HZ


def test_fit_learns_and_labelled_music_moves_it_a_little(pieces: list[music.Piece], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keys, "_MUSIC_PRESETS", range(1))
    monkeypatch.setattr(keys, "KEY_MEMBERS", 1)
    known = list(keys.load_music())
    open_fifths = [HarmonyExample(one.texture, one.group, None, one.chroma) for one in known[:1]]
    prior = keys.fit_prior([*open_fifths, *known[1:3]], known[3:])
    (network,) = prior.networks
    rows = np.stack([keys.key.rows(one.chroma) for one in known])
    chances = network.chances(rows)
    assert chances.sum(axis=(1, 2)) == pytest.approx(1.0)
    assert chances[0, :, 2].sum() > 0.5
    right = [int(one[:, :2].argmax()) == example.key for one, example in zip(chances[1:], known[1:], strict=True)]
    assert np.mean(right) > 0.8
    labelled = [(known[3].chroma, (known[3].key or 0) ^ 1)]
    (moved,) = keys.fit(labelled, prior)
    before, after = (one.chances(rows[3:4])[0, :, :2].ravel()[labelled[0][1]] for one in (network, moved))
    assert after > before
    assert np.abs(moved.inner - network.inner).max() < 0.5
