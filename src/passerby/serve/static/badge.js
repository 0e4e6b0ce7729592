import { make } from "./dom.js";
import { REDACTION, milliseconds } from "./words.js";

const CALM_MS = 500;

/** How the current picture is covered, and its age: from the picture's own header, not from the last event. */
export class Badge {
  constructor() {
    this.mark = make("span", { className: "badge none" }, "connecting");
    this.delay = make("span", { className: "delay", title: "time from capture to this screen" });
    this.shownAt = 0;
  }

  /** Show how a picture is covered; null = there is no picture. */
  show(picture) {
    const redaction = picture?.redaction ?? "none";
    const word = REDACTION[redaction];
    if (this.mark.textContent !== word) {
      this.mark.textContent = word;
      this.mark.className = `badge ${redaction}`;
    }
    const at = performance.now();
    if (picture && at - this.shownAt < CALM_MS) return;
    this.shownAt = at;
    this.delay.textContent = picture && redaction !== "none" ? milliseconds(picture.delay) : "";
  }
}
