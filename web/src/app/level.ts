import type { AlertInfo, SignalChart } from "../api/schema";

/** How full a place is, for its colour: the level of service by Fruin, or nothing that was measured. */
export type Level = "a" | "b" | "c" | "d" | "e" | "f" | "unknown" | "unobserved";

/** What the map shows of a place. */
export interface OnMap {
  level: Level;
  /** Persons in a zone, or null. */
  inside: number | null;
  /** Crossings of a line in the last minute, or null. */
  into: number | null;
  out: number | null;
  /** Open alerts about it. */
  alerts: AlertInfo[];
}

const LETTERS: readonly Level[] = ["a", "b", "c", "d", "e", "f"];

/** What the latest minutes say about a place; what was not observed is never a zero. */
export function onMap(place: string, charts: readonly SignalChart[], alerts: readonly AlertInfo[]): OnMap {
  const last = (quantity: string): number | null =>
    charts
      .find((each) => each.place === place && each.quantity === quantity && (!each.kind || each.kind === "person"))
      ?.values.at(-1) ?? null;
  const service = last("level_of_service");
  const [inside, into, out] = [last("occupancy"), last("crossings_in"), last("crossings_out")];
  const isSeen = [service, inside, into, out].some((each) => each !== null);
  const letter = service === null ? undefined : LETTERS[Math.ceil(service) - 1]; // between two, the worse one
  const level = letter ?? (isSeen ? "unknown" : "unobserved");
  return { level, inside, into, out, alerts: alerts.filter(({ where }) => where.includes(`place ${place}`)) };
}
