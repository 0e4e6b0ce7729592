import { ask } from "../api/client";
import { now } from "../api/clock";
import type { Quantity, SignalChart } from "../api/schema";
import { decimal } from "../text/format";

import { t } from "../text/text";

const HOUR_MS = 3_600_000;
/** A value that is older than this is not the present one. */
const FRESH_S = 180;
const WANTED: Quantity[] = ["occupancy", "crossings_in", "crossings_out"];

/** What was measured in the last hour, to be shown where the places are drawn. */
export async function lastHour(places: readonly string[]): Promise<SignalChart[]> {
  if (!places.length) return [];
  const [start, end] = [now() - HOUR_MS, now()].map((each) => new Date(each).toISOString()) as [string, string];
  const query = { start, end, place: [...places], quantity: WANTED, window: "10s" as const };
  return ask("GET /api/signals", { query }).catch(() => []);
}

const all = (chart: SignalChart | undefined): number[] => chart?.values ?? [];

const sum = (values: number[]): number => values.reduce((one, other) => one + other, 0);

/** Persons in whole numbers: a mean of 6.8 of them says less. */
const whole = (value: number): string => decimal(value, 0);

/** "now 7 inside, last hour 3–19", or what crossed a line; `short` leaves the hour out. "" = nothing was observed. */
export function numberOf(charts: readonly SignalChart[], place: string, nowS: number, { short = false } = {}): string {
  const of = (quantity: Quantity) =>
    charts.find((each) => each.place === place && each.quantity === quantity && (!each.kind || each.kind === "person"));
  const inside = of("occupancy");
  if (inside?.values.length) {
    const values = all(inside);
    const range = t("setup.last_hour", { low: whole(Math.min(...values)), high: whole(Math.max(...values)) });
    const isFresh = nowS - (inside.starts_s.at(-1) ?? 0) < FRESH_S;
    const latest = isFresh ? t("setup.now_inside", { n: whole(values.at(-1) ?? 0) }) : t("setup.now_unobserved");
    return short ? latest : `${latest}, ${range}`;
  }
  const [into, out] = [of("crossings_in"), of("crossings_out")];
  if (!into && !out) return "";
  return t("setup.crossed", { into: whole(sum(all(into))), out: whole(sum(all(out))) });
}

/** How far the present number of a zone can be off; "" = that is not known, or there is none. */
export function doubtOf(charts: readonly SignalChart[], place: string): string {
  const inside = charts.find((each) => each.place === place && each.quantity === "occupancy" && !each.kind);
  const [low, high] = [inside?.lows.at(-1) ?? null, inside?.highs.at(-1) ?? null];
  if (low === null) return "";
  return high === null ? t("setup.bound") : t("place.interval", { low: whole(low), high: whole(high) });
}
