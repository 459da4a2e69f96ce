"""The constants of the brightness belong to the embedding of the analyser."""

import numpy as np
import pytest

from askchopper.media.analysis import brightness, embedding, model_weights


def test_coefficients_undo_the_projection_of_the_embedding():
    projection = model_weights.load().whitening.projection
    expected = brightness.SCALE * np.linalg.pinv(projection)[:, brightness.CENTROID]
    assert brightness.VERSION == embedding.VERSION
    assert list(expected) == pytest.approx(brightness.COEFFICIENTS, abs=1e-3)
