import type { Camera } from "../api/schema";
import type { Redaction } from "../play/header";
import { decimal } from "./format";
import { count, t, word } from "./text";

/** How a condition looks: its colour and its shape. */
export type Tone = "active" | "fault" | "whole" | "none";

/** A condition in words. */
export interface Condition {
  tone: Tone;
  words: string;
}

/** What of a camera's status its condition comes from. */
export type Conditional = Pick<Camera, "state" | "redaction" | "faults" | "fps">;

/** Fewer covered pictures a second than this are mentioned. */
const FEW_FPS = 3;
const WITH_REASON = new Set(["starting", "absent", "refused", "down"]);

const few = ({ state, fps }: Conditional): boolean => state !== "starting" && fps > 0 && fps < FEW_FPS;

/** What is wrong with a camera, in words; empty if nothing is. */
function problems(camera: Conditional): string[] {
  const faults = camera.faults.map((fault) => word("fault", fault));
  return camera.state === "degraded" && !faults.length ? [t("state.degraded")] : faults;
}

/** A camera's condition. `redaction` is that of the picture on the screen, or else the camera's. */
export function condition(camera: Conditional, redaction: Redaction = camera.redaction): Condition {
  const said = word("redaction", redaction);
  if (redaction === "none") {
    const why = WITH_REASON.has(camera.state) ? word("state", camera.state) : "";
    return { tone: "none", words: why ? `${said}, ${why}` : said };
  }
  const wrong = problems(camera);
  const words = [said, ...wrong].join(", ");
  if (redaction === "whole") return { tone: "whole", words };
  return { tone: wrong.length ? "fault" : "active", words };
}

/** A camera's condition and its rate if that is low: for the eye, as the rate would be news too often. */
export function shown(camera: Conditional, redaction: Redaction = camera.redaction): Condition {
  const { tone, words } = condition(camera, redaction);
  if (redaction === "none" || !few(camera)) return { tone, words };
  return {
    tone: tone === "active" ? "fault" : tone,
    words: t("condition.few", { words, fps: decimal(camera.fps, 1) }),
  };
}

/** How many cameras are in each condition, the most frequent first. */
export function summary(cameras: readonly Camera[]): { total: string; counts: (Condition & { count: number })[] } {
  const counts = new Map<string, Condition & { count: number }>();
  for (const camera of cameras) {
    const { tone, words } = condition(camera);
    const wrong = tone === "active" && few(camera);
    const name = wrong ? t("condition.few_short", { words }) : words;
    const before = counts.get(name)?.count ?? 0;
    counts.set(name, { tone: wrong ? "fault" : tone, words: name, count: before + 1 });
  }
  return {
    total: count(cameras.length, "cameras"),
    counts: [...counts.values()].sort((one, other) => other.count - one.count),
  };
}
