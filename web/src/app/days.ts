import { DAY_S, fromLocal, offsetOf } from "./timeline";

/** With how many days before a span can be compared; every one ends on the same weekday or the day before. */
export const COMPARED: Record<string, readonly number[]> = { "24h": [1, 7], "7d": [7, 28] };

/** Read from an address with how many days before to compare; 0 = with nothing. Shorter than the span means one span. */
export function comparedDays(text: string | null, span: string): number {
  const choices = COMPARED[span] ?? [];
  const asked = Number(text);
  if (!text || !Number.isInteger(asked) || asked < 1) return 0;
  return choices.find((each) => each >= asked) ?? choices.at(-1) ?? 0;
}

/** The moment at which clocks of a zone show the same so many days later; an hour that is skipped becomes the next. */
export function laterByDays(at: number, days: number, zone: string): number {
  return days ? fromLocal(at + offsetOf(zone, at) + days * DAY_S, zone) : at;
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

/** The end of a day that an address names, such as 2026-11-28, in a zone; null if it is none. */
export function endOfDay(text: string | null, zone: string): number | null {
  const [all, year, month, day] = DAY.exec(text ?? "") ?? [];
  if (!all) return null;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (new Date(midnight).toISOString().slice(0, 10) !== text) return null;
  return fromLocal(midnight / 1000 + DAY_S, zone);
}

/** The day on which a moment is, in a zone, as an address names it. */
export const dayOf = (at: number, zone: string): string =>
  new Date(1000 * (at + offsetOf(zone, at))).toISOString().slice(0, 10);
