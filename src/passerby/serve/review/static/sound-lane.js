// The sound of the covered copy as levels over time, when it is silent and why, and the span that is selected to be muted.

import { shape } from "./dom.js";

const DRAG_PX = 3; // less is a click, which seeks

export class SoundLane {
  // `seek(time)` on a click, `selected([from, to])` after a drag.
  constructor(svg, seek, selected) {
    Object.assign(this, { svg, from: 0, length: 1, start: null, ghost: null });
    svg.addEventListener("pointerdown", (event) => {
      this.start = event;
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => this.start && this.select(this.dragged(event)));
    svg.addEventListener("pointerup", (event) => {
      const span = this.dragged(event);
      const far = this.start && Math.abs(event.clientX - this.start.clientX) >= DRAG_PX;
      this.start = null;
      if (far) selected(span);
      else {
        this.select(null);
        selected(null);
        seek(this.time(event));
      }
    });
  }

  time(event) {
    const { left, width } = this.svg.getBoundingClientRect();
    return this.from + Math.min(1, Math.max(0, (event.clientX - left) / width)) * this.length;
  }

  dragged(event) {
    const ends = [this.start ? this.time(this.start) : 0, this.time(event)];
    return [Math.min(...ends), Math.max(...ends)];
  }

  // `sound` is what the command says of the copy's sound; `silent` are the silences of its report.
  draw(sound, silent, muted, chosen, [from, to]) {
    this.from = from;
    this.length = Math.max(0.1, to - from);
    this.svg.setAttribute("viewBox", `${from} 0 ${this.length} 100`);
    const parts = [];
    const bar = (start, end, kind, title) => {
      const made = shape("rect", { x: start, y: 0, width: Math.max(end - start, this.length / 800), height: 100, class: kind });
      const text = shape("title");
      text.textContent = title;
      made.append(text);
      parts.push(made);
    };
    for (const each of silent) bar(each.start_s, each.end_s, each.reason === "speech" ? "speech" : "silent", `silent in this copy: ${each.reason}`);
    if (sound?.levels) parts.push(wave(sound));
    muted.forEach((each, index) => bar(each.from_s, each.to_s, index === chosen ? "muted selected" : "muted", `muted: ${each.reason || "no reason given"}`));
    this.ghost = shape("rect", { y: 0, height: 100, class: "ghost" });
    this.now = shape("line", { y1: 0, y2: 100, class: "now" });
    this.svg.replaceChildren(...parts, this.ghost, this.now);
  }

  select(span) {
    this.ghost?.setAttribute("x", span ? span[0] : 0);
    this.ghost?.setAttribute("width", span ? Math.max(span[1] - span[0], this.length / 800) : 0);
  }

  show(time) {
    this.now?.setAttribute("x1", time);
    this.now?.setAttribute("x2", time);
  }
}

// One outline around the middle; quiet sound is drawn larger than it is, so that it is seen.
function wave({ per_s, levels }) {
  const most = 4000; // points: more than a screen has
  const joined = Math.max(1, Math.ceil(levels.length / most));
  const [above, below] = [[], []];
  for (let first = 0; first < levels.length; first += joined) {
    const half = 48 * Math.sqrt(Math.max(...levels.slice(first, first + joined)) / 100);
    for (const at of [first, Math.min(levels.length, first + joined)]) {
      above.push(`${at / per_s},${50 - half}`);
      below.unshift(`${at / per_s},${50 + half}`);
    }
  }
  return shape("polygon", { points: [...above, ...below].join(" "), class: "wave" });
}
