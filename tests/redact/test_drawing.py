from __future__ import annotations

import numpy as np
import pytest

from passerby.media.layout import Colour, Layout
from passerby.redact.drawing import Caption, Drawing, Mark
from passerby.redact.mask import Cover
from passerby.redact.paint import Canvas
from passerby.redact.style import style_named

GOLD = (255, 200, 40)


def canvas(layout=Layout.YUV420):
    if layout is Layout.RGB:
        return Canvas((np.full((120, 160, 3), 90, np.uint8),), layout, Colour())
    kind = np.uint16 if layout is Layout.YUV420_10 else np.uint8
    planes = (np.full((120, 160), 90, kind), np.full((60, 80), 90, kind), np.full((60, 80), 90, kind))
    return Canvas(planes, layout, Colour())


@pytest.mark.parametrize("layout", list(Layout))
def test_a_line_and_a_text_are_drawn_over_cover(layout):
    across = Mark(np.array([[10.0, 60.0], [150.0, 60.0]]), GOLD)
    drawing = Drawing(style_named("solid"), [across], lambda: [Caption("door: in 3", (20, 40))])
    bare, drawn = canvas(layout), canvas(layout)
    cover = Cover(np.array([[40, 20, 120, 100]], np.int32), np.zeros(1, np.bool_))
    style_named("solid").paint(bare, cover)
    drawing.paint(drawn, cover)
    luma, before = drawn.planes[0], bare.planes[0]
    assert (luma[60, 12:148] != before[60, 12:148]).all()
    assert (luma[25:40, 22:80] != before[25:40, 22:80]).any()
    assert (luma[100:] == before[100:]).all()


def test_what_lies_outside_the_picture_does_not_break_the_drawing():
    far = Mark(np.array([[-1e6, -1e6], [1e6, 1e6]]), GOLD)
    drawing = Drawing(
        style_named("solid"), [far], lambda: [Caption("a name that is far too long for it" * 3, (900, -50))]
    )
    drawing.paint(canvas(), Cover.nothing())


def test_nothing_to_draw_changes_nothing():
    plain = canvas()
    Drawing(style_named("solid"), [], list).paint(plain, Cover.nothing())
    assert (plain.planes[0] == 90).all()
