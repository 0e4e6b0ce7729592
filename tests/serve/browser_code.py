"""Reads the time code of `tests.cameras.timecode` from what is on a browser's screen."""

from __future__ import annotations

from playwright.sync_api import Page

_READ = """() => {
    const [cells, bits] = [32, 24];
    const row = new OffscreenCanvas(1, 1);
    const context = row.getContext("2d", { willReadFrequently: true });
    window.seen = [];
    let before = null;
    const look = () => {
        requestAnimationFrame(look);
        const shown = document.querySelector(".screen canvas, .screen video");
        const width = shown && (shown.videoWidth || shown.width);
        if (!width) return;
        if (row.width !== width) row.width = width;
        context.drawImage(shown, 0, (shown.videoHeight || shown.height) / 30 | 0, width, 1, 0, 0, width, 1);
        const { data } = context.getImageData(0, 0, width, 1);
        const level = (cell) => data[4 * ((cell + 0.5) * width / cells | 0) + 1];
        const middle = (level(0) + level(1)) / 2;
        if (level(0) - level(1) < 60) return;
        const number = (from, count) => {
            let value = 0;
            for (let cell = from; cell < from + count; cell += 1) value = 2 * value + (level(cell) > middle ? 1 : 0);
            return value;
        };
        const code = number(2, bits);
        if (code === before || number(2 + bits, 6) !== (code % 61 ^ 42)) return;
        before = code;
        window.seen.push([code, (performance.timeOrigin + performance.now()) / 1000]);
    };
    look();
}"""


def begin(page: Page) -> None:
    """Begin to read at every repaint."""
    page.evaluate(_READ)


def taken(page: Page) -> list[tuple[int, float]]:
    """Return each number that was new on the screen since the last call, and when (UTC epoch, s)."""
    return [(int(number), float(at_s)) for number, at_s in page.evaluate("window.seen.splice(0)")]
