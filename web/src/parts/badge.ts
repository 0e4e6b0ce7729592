import type { Camera } from "../api/schema";
import type { Redaction } from "../play/header";
import type { Picture } from "../play/player";
import { type Conditional, shown, type Tone } from "../text/condition";
import { clockTime, milliseconds, utcTime } from "../text/format";
import { t } from "../text/text";

const CALM_MS = 500;

/** What of a camera's status a badge shows. */
export type Badged = Conditional & Pick<Camera, "detail" | "fault_since">;

/**
 * A camera's condition and the age of its picture. How the picture is covered comes from the picture's own header,
 * what is wrong with it from the camera's status. The age of a picture that stands still is not known.
 */
export class Badge {
  readonly mark = document.createElement("span");
  readonly delay = document.createElement("span");
  readonly #status: () => Badged | undefined;
  #redaction: Redaction | null = null;
  #shownAt = Number.NEGATIVE_INFINITY;

  constructor(status: () => Badged | undefined) {
    this.#status = status;
    this.mark.className = "badge none";
    this.mark.textContent = t("badge.connecting");
    this.delay.className = "delay";
    this.delay.title = t("badge.age");
  }

  /** Show how a picture is covered; null = there is no picture. */
  show(picture: Picture | null): void {
    this.#redaction = picture?.redaction ?? "none";
    this.update();
    const at = performance.now();
    if (picture && at - this.#shownAt < CALM_MS) return;
    this.#shownAt = at;
    const camera = this.#status();
    const frozen = camera?.faults.includes("frozen") ? camera.fault_since.frozen : undefined;
    const age = frozen ? t("badge.frozen", { time: clockTime(frozen) }) : picture && milliseconds(picture.delay);
    this.delay.textContent = picture && this.#redaction !== "none" ? age : "";
    this.delay.title = frozen ? utcTime(frozen) : t("badge.age");
  }

  /** Show what the camera's status says by now. */
  update(): void {
    const camera = this.#status();
    if (!camera || this.#redaction === null) return;
    showIn(this.mark, shown(camera, this.#redaction), camera.detail);
  }
}

/** Set the words, tone and title of a badge, where they changed. */
export function showIn(mark: HTMLElement, { tone, words }: { tone: Tone; words: string }, detail: string): void {
  if (mark.textContent !== words) mark.textContent = words;
  mark.className = `badge ${tone}`;
  mark.title = detail;
}
