import { ask } from "./api.js";

let offset = 0;
let zone = "UTC";

/** The gateway's time, ms since 1970. */
export const now = () => performance.timeOrigin + performance.now() + offset;

/** The site's time zone, or UTC where the browser does not know it. */
export const timezone = () => zone;

/** Measure the offset of the gateway's clock: the fastest of five answers is the most accurate. */
export async function synchronise() {
  let quickest = Infinity;
  for (let asked = 0; asked < 5; asked += 1) {
    const start = performance.now();
    const { time_ms: there, timezone: named } = await ask("/api/clock");
    zone = known(named) ? named : "UTC";
    const took = performance.now() - start;
    if (took >= quickest) continue;
    quickest = took;
    offset = there - (performance.timeOrigin + start + took / 2);
  }
}

function known(name) {
  try {
    return Boolean(new Intl.DateTimeFormat([], { timeZone: name }));
  } catch {
    return false;
  }
}
