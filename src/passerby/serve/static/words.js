import { now, timezone } from "./clock.js";

/** All the words that the page uses for a camera. */
export const REDACTION = { active: "covered", whole: "covered whole", none: "no picture" };

export const STATE = {
  starting: "starting",
  ok: "ok",
  degraded: "picture impaired",
  no_picture: "no picture",
  absent: "source is not there",
  refused: "camera rejects the connection",
  covered_whole: "covered whole",
  down: "restarting",
};

export const FAULT = {
  dark: "too dark",
  blurred: "blurred",
  frozen: "frozen",
  moved: "camera has moved",
  obstructed: "view blocked",
  late: "late",
};

export const WAY = { webcodecs: "WebCodecs", whep: "WebRTC", mse: "MP4" };

export const milliseconds = (ms) => (Number.isNaN(ms) ? "" : ms < 9999 ? `${Math.max(0, Math.round(ms))} ms` : `${Math.round(ms / 1000)} s`);

export const percent = (share) => `${(100 * share).toFixed(share < 0.9995 ? 1 : 0)} %`;

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const DAY_MS = 86_400_000;

/** A time in the site's time zone; with its date if it is not of the last day. */
export function clockTime(date) {
  const at = new Date(date);
  const day = Math.abs(now() - at) < DAY_MS ? {} : { year: "numeric", month: "short", day: "numeric" };
  return at.toLocaleString([], { ...day, ...CLOCK, timeZone: timezone() });
}

/** The same time in UTC, to be shown on hover. */
export const utcTime = (date) => `${new Date(date).toISOString().slice(0, 19).replace("T", " ")} UTC (shown in ${timezone()})`;

/** "40 s", "35 min", "5 h", "3 d" */
export function duration(seconds) {
  const units = [[86_400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const [length, unit] = units.find(([each]) => seconds >= 2 * each) ?? units.at(-1);
  return `${Math.floor(seconds / length)} ${unit}`;
}

const SPAN_S = { "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400 };

/** The time that a share covers: "last 24h", or while the camera is new "last 35 min (less than 24h)". */
export const period = (span, overS) => (overS < SPAN_S[span] ? `last ${duration(overS)} (less than ${span})` : `last ${span}`);

/** Fewer covered pictures a second than this are mentioned. */
const FEW_FPS = 3;

const few = ({ state, fps }) => state !== "starting" && fps > 0 && fps < FEW_FPS;

/** What is wrong with a camera, in words; empty if nothing is. */
function problems(camera) {
  const faults = camera.faults.map((fault) => FAULT[fault] ?? fault);
  return camera.state === "degraded" && !faults.length ? [STATE.degraded] : faults;
}

/**
 * A camera's condition as words and a tone (active, fault, whole or none), which gives its colour and shape.
 * `redaction` is that of the picture on the screen, or else the camera's.
 */
export function condition(camera, redaction = camera.redaction) {
  const word = REDACTION[redaction];
  if (redaction === "none") {
    const why = { starting: "starting", absent: STATE.absent, refused: STATE.refused, down: STATE.down }[camera.state];
    return { tone: "none", words: why ? `${word}, ${why}` : word };
  }
  const wrong = problems(camera);
  const words = [word, ...wrong].join(", ");
  if (redaction === "whole") return { tone: "whole", words };
  return { tone: wrong.length ? "fault" : "active", words };
}

/** A camera's condition and its rate if that is low: for the eye, as the rate would be news too often. */
export function shown(camera, redaction = camera.redaction) {
  const { tone, words } = condition(camera, redaction);
  if (redaction === "none" || !few(camera)) return { tone, words };
  return { tone: tone === "active" ? "fault" : tone, words: `${words}, only ${camera.fps.toFixed(1)} pictures/s` };
}

/** How many cameras are in each condition, the most frequent first: `{ total: "4 cameras", counts: [...] }`. */
export function summary(cameras) {
  const counts = new Map();
  for (const camera of cameras) {
    const { tone, words } = condition(camera);
    const wrong = tone === "active" && few(camera);
    const name = wrong ? `${words}, few pictures/s` : words;
    const count = counts.get(name) ?? { tone: wrong ? "fault" : tone, words: name, count: 0 };
    counts.set(name, { ...count, count: count.count + 1 });
  }
  return {
    total: `${cameras.length} ${cameras.length === 1 ? "camera" : "cameras"}`,
    counts: [...counts.values()].sort((one, other) => other.count - one.count),
  };
}
