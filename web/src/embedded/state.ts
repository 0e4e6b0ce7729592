import { Refusal } from "../api/client";
import type { EmbeddedCamera } from "../api/schema";
import { t } from "../text/text";

/** A picture that is older than this is marked as such. */
export const STALE_MS = 5000;

/** What an embedded camera knows: its last news, why there are none, and its last picture. */
export interface Known {
  camera: EmbeddedCamera | null;
  failure: unknown;
  /** Age of the picture on the screen, ms; null: there is no picture on the screen. */
  ageMs: number | null;
  /** Since the last picture that was on the screen, ms; null: there was none. */
  lostMs: number | null;
}

/** How an embedded camera looks, and what it says below its picture. */
export interface Appearance {
  /** "off" has no picture and asks for none. */
  mode: "live" | "stale" | "whole" | "none" | "away" | "off";
  heading: string;
  words: string;
}

const REFUSED = new Set([401, 403, 404]);

/** Whether the gateway refuses this page, so that its picture must go. */
export const isRefused = (failure: unknown): boolean => failure instanceof Refusal && REFUSED.has(failure.status);

const seconds = (ms: number): number => Math.max(1, Math.round(ms / 1000));

/** What to show; pictures whose age is not known are not called old. */
export function appearance({ camera, failure, ageMs, lostMs }: Known): Appearance {
  if (isRefused(failure)) {
    const words = `${(failure as Refusal).message}. ${t("embedded.ask")}`;
    return { mode: "off", heading: t("embedded.forbidden"), words };
  }
  const ago = lostMs === null ? "" : t("embedded.last", { n: seconds(lostMs) });
  if (failure && ageMs === null)
    return { mode: "away", heading: "", words: [t("embedded.away"), ago].join(" ").trim() };
  if (ageMs === null) return { mode: "none", heading: "", words: ago };
  if (ageMs > STALE_MS) return { mode: "stale", heading: t("embedded.stale", { n: seconds(ageMs) }), words: "" };
  if (camera?.redaction === "whole") return { mode: "whole", heading: "", words: camera.detail || t("embedded.whole") };
  return { mode: camera?.redaction === "none" ? "none" : "live", heading: "", words: camera?.detail ?? "" };
}
