// Covered share, frames covered whole, doubts and cover by hand, over the time of the recording.

import { fill, shape } from "./dom.js";
import { lostSpans } from "./regions.js";

export class Timeline {
  constructor(svg, seek) {
    this.svg = svg;
    this.from = 0;
    this.length = 1;
    this.shares = null; // drawn once for each copy: an hour has 3600
    this.bars = shape("g"); // the rest; a bar that is as before stays
    this.now = shape("line", { y1: 0, y2: 100, class: "now" });
    svg.addEventListener("pointerdown", (event) => {
      const { left, width } = svg.getBoundingClientRect();
      seek(this.from + ((event.clientX - left) / width) * this.length);
    });
  }

  // `from` and `to` are the times at which the copy begins and ends.
  draw(report, doubts, edits, from, to) {
    this.from = from;
    this.length = Math.max(0.1, to - from);
    this.svg.setAttribute("viewBox", `${from} 0 ${this.length} 100`);
    if (this.shares?.report !== report || this.shares.from !== from || this.shares.to !== to) this.drawShares(report, from, to);
    const bars = [];
    const bar = (...where) => bars.push({ key: `${this.length} ${where}`, make: () => this.bar(...where) });
    const rate = report.frames / this.length;
    for (const span of report.covered_whole) {
      const frames = span.last_frame - span.first_frame + 1;
      bar(span.start_s, span.start_s + frames / rate, 4, 10, "whole", `covered whole: ${span.reason}`);
    }
    for (const doubt of doubts) {
      bar(doubt.first_s, doubt.last_s, 72, 12, doubt.done ? "doubt done" : "doubt", doubt.what);
    }
    for (const edit of [...edits.added, ...edits.opened, ...edits.visible]) {
      bar(edit.from_s, edit.to_s, 86, 12, "hand", edit.reason || edit.ground || "cover by hand");
      if (edit.keys) for (const [start, end] of lostSpans(edit)) bar(start, end, 86, 12, "lost", "lost what it follows");
    }
    fill(this.bars, bars);
  }

  drawShares(report, from, to) {
    const drawn = shape("g");
    for (const { second, share } of report.covered_share_per_second) {
      drawn.append(this.bar(from + second, from + second + 1, 70 - 66 * share, 66 * share, "share", `${(100 * share).toFixed(1)} % covered`));
    }
    this.shares = { report, from, to };
    this.svg.replaceChildren(drawn, this.bars, this.now);
  }

  bar(start, end, top, height, kind, title) {
    const made = shape("rect", { x: start, y: top, width: Math.max(end - start, this.length / 400), height, class: kind });
    const text = shape("title");
    text.textContent = title;
    made.append(text);
    return made;
  }

  show(time) {
    this.now.setAttribute("x1", time);
    this.now.setAttribute("x2", time);
    this.svg.setAttribute("aria-valuenow", time.toFixed(2));
  }
}
