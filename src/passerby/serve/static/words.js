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

export const clockTime = (date) => new Date(date).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** "4 cameras: 3 covered, 1 no picture" */
export function summary(cameras) {
  const counts = Object.entries(REDACTION)
    .map(([redaction, word]) => [cameras.filter((camera) => camera.redaction === redaction).length, word])
    .filter(([count]) => count);
  const total = `${cameras.length} ${cameras.length === 1 ? "camera" : "cameras"}`;
  return counts.length ? `${total}: ${counts.map(([count, word]) => `${count} ${word}`).join(", ")}` : total;
}
