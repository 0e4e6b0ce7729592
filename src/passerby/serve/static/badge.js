import { make } from "./dom.js";
import { REDACTION, milliseconds } from "./words.js";

const CALM_MS = 500;

/** What is seen in the picture now, and how old it is: told by the picture itself, not by what was last heard. */
export class Badge {
  constructor() {
    this.mark = make("span", { className: "badge none" }, "connecting");
    this.delay = make("span", { className: "delay", title: "from the camera's capture to this screen" });
    this.shownAt = 0;
  }

  /** Say what is seen in a picture; null = there is none. */
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
