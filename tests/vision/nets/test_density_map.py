from __future__ import annotations

import pytest

from passerby.errors import ModelError
from passerby.media.files.video_file import open_source
from passerby.vision.models.catalogue import crowd_model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.density_map import DensityMap


@pytest.mark.data
def test_a_crowd_is_counted_within_a_third(data_dir, models_dir):
    net = DensityMap(locate(crowd_model_named("mcnn"), [models_dir]))
    picture = data_dir / "images/crowd/shtA_IMG_146.jpg"  # 479 heads
    source = open_source(picture)
    (frame,) = source
    persons = net.persons(frame)
    source.close()
    assert persons.ndim == 2
    assert persons.min() >= 0
    assert 479 * 0.67 < persons.sum() < 479 * 1.33


def test_an_unknown_crowd_model_is_refused():
    with pytest.raises(ModelError, match="crowd model 'yolo' is unknown; known are mcnn"):
        crowd_model_named("yolo")
