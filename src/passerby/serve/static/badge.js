import { make } from "./dom.js";
import { clockTime, milliseconds, shown, utcTime } from "./words.js";

const CALM_MS = 500;
const AGE = "time from capture to this screen";

/**
 * A camera's condition and the age of its picture. How the picture is covered comes from the picture's own header,
 * what is wrong with it from the camera's status. The age of a picture that stands still is not known.
 */
export class Badge {
  constructor(status) {
    this.mark = make("span", { className: "badge none" }, "connecting");
    this.delay = make("span", { className: "delay", title: AGE });
    this.status = status;
    this.redaction = null;
    this.shownAt = 0;
  }

  /** Show how a picture is covered; null = there is no picture. */
  show(picture) {
    this.redaction = picture?.redaction ?? "none";
    this.update();
    const at = performance.now();
    if (picture && at - this.shownAt < CALM_MS) return;
    this.shownAt = at;
    const frozen = this.status()?.faults.includes("frozen") && this.status().fault_since.frozen;
    const age = frozen ? `standing still since ${clockTime(frozen)}` : picture && milliseconds(picture.delay);
    this.delay.textContent = picture && this.redaction !== "none" ? age : "";
    this.delay.title = frozen ? utcTime(frozen) : AGE;
  }

  /** Show what the camera's status says by now. */
  update() {
    const camera = this.status();
    if (!camera || this.redaction === null) return;
    const { tone, words } = shown(camera, this.redaction);
    if (this.mark.textContent !== words) this.mark.textContent = words;
    this.mark.className = `badge ${tone}`;
    this.mark.title = camera.detail;
  }
}
