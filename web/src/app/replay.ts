import type { DraftedRule, Quantity, ReplayFiring, ReplayInfo, ReplayWanted, WindowLength } from "../api/schema";
import type { Firing } from "../parts/marks";
import { type Aligned, aligned } from "./series";

/** A span over which a rule is tried, the windows that the rule sees, and those that the chart shows. */
export interface TriedSpan {
  name: string;
  seconds: number;
  window: WindowLength;
  shown: WindowLength;
  step: number;
}

export const TRIED: readonly [TriedSpan, ...TriedSpan[]] = [
  { name: "24h", seconds: 86_400, window: "10s", shown: "5min", step: 300 },
  { name: "7d", seconds: 7 * 86_400, window: "1min", shown: "1h", step: 3600 },
];

const SEVERITIES = ["notice", "amber", "red", "critical"];
const number = (text: string | null): number | null =>
  text === null || text.trim() === "" || !Number.isFinite(Number(text)) ? null : Number(text);

/** Read from an address what is to be tried until a moment (s since 1970); null: nothing is chosen yet. */
export function readWanted(
  query: URLSearchParams,
  { seconds, window, step }: TriedSpan,
  end: number,
): ReplayWanted | null {
  const iso = (at: number) => new Date(1000 * at).toISOString();
  const when = { start: iso(end - seconds), end: iso(end), window, step_s: step };
  const hold = number(query.get("hold"));
  const rule = query.get("rule");
  if (rule) {
    const limits = SEVERITIES.flatMap((each): [string, number][] => {
      const value = number(query.get(`limit.${each}`));
      return value === null ? [] : [[each, value]];
    });
    return { rule, limits: Object.fromEntries(limits), hold_s: hold, ...when };
  }
  const [place, quantity] = [query.get("place"), query.get("quantity")];
  const limit = number(query.get("limit"));
  if (!place || !quantity || limit === null) return null;
  const side = query.get("side") === "below" ? { below: limit } : { above: limit };
  const draft: DraftedRule = {
    place,
    quantity: quantity as Quantity,
    ...side,
    ...(hold === null ? {} : { hold_s: hold }),
  };
  return { draft, ...when };
}

/** What a rule compared at a place, on the timeline of a chart; null where nothing could be compared. */
export function comparedAt({ compared }: ReplayInfo, place: string, start: number, end: number, step: number): Aligned {
  const made = aligned(undefined, start, end, step);
  const found = compared.find((each) => each.place === place);
  const [first = 0] = made.starts;
  found?.starts_s.forEach((at, index) => {
    const slot = Math.floor((at - first) / step);
    if (slot < 0 || slot >= made.starts.length) return;
    made.values[slot] = found.values[index] ?? null;
    made.coverages[slot] = 1;
  });
  return made;
}

/** When it would have fired at a place, as a chart draws it; what is not over ends where the time ends. */
export function firingsAt({ firings, rules, end }: ReplayInfo, place: string): Firing[] {
  const hold = Math.max(0, ...rules.map(({ hold_s }) => hold_s));
  const at = (text: string) => Date.parse(text) / 1000;
  return firings
    .filter(({ places }) => places.includes(place))
    .map((each: ReplayFiring) => {
      const blind = each.kind === "not_observed";
      const begin = at(each.begin);
      return { held: blind ? begin : begin - hold, begin, end: at(each.end ?? end), blind };
    });
}
