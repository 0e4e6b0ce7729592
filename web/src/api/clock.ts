import { ask } from "./client";

let offset = 0;
let zone = "UTC";

/** The gateway's time, ms since 1970. */
export const now = (): number => performance.timeOrigin + performance.now() + offset;

/** The site's time zone, or UTC where the browser does not know it. */
export const timezone = (): string => zone;

/** Set the site's time zone; UTC if this browser does not know it. */
export function setTimezone(named: string): void {
  zone = isKnown(named) ? named : "UTC";
}

function isKnown(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat([], { timeZone: name }));
  } catch {
    return false;
  }
}

/** Measure the offset of the gateway's clock. The first answer is enough to begin; the fastest of five counts. */
export async function synchronise(): Promise<void> {
  let quickest = Number.POSITIVE_INFINITY;
  const measure = async () => {
    const start = performance.now();
    const { time_ms: there, timezone: named } = await ask("GET /api/clock");
    setTimezone(named);
    const took = performance.now() - start;
    if (took >= quickest) return;
    quickest = took;
    offset = there - (performance.timeOrigin + start + took / 2);
  };
  await measure();
  const refine = async () => {
    for (let more = 0; more < 4; more += 1) await measure();
  };
  refine().catch(() => {}); // what is there already is good enough
}
