import { make } from "./dom.js";
import { clockTime, milliseconds, shown } from "./words.js";

const CALM_MS = 500;

/**
 * A camera's condition and the age of its picture. How the picture is covered comes from the picture's own header,
 * what is wrong with it from the camera's status. The age of a picture that stands still is not known.
 */
export class Badge {
  constructor(status) {
    this.mark = make("span", { className: "badge none" }, "connecting");
    this.delay = make("span", { className: "delay", title: "time from capture to this screen" });
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
    this.delay.textContent = picture && this.redaction !== "none" ? age(this.status(), picture) : "";
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

const age = (camera, { delay }) =>
  camera?.faults.includes("frozen") ? `standing still since ${clockTime(camera.fault_since.frozen)}` : milliseconds(delay);
