import type { CoverInfo } from "../api/schema";

/** What part of time a timeline shows, and which moment is chosen; all in seconds since 1970, UTC. */
export interface TimeWindow {
  begin: number;
  span: number;
  moment: number;
}

export const DAY_S = 86_400;
const SHORTEST_S = 20;
const LONGEST_S = 31 * DAY_S;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const TICKS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY_S, 7 * DAY_S];
/** Of a window that ends in the future, so much is past now. */
const PAST = 0.97;

const clamped = (span: number): number => Math.min(LONGEST_S, Math.max(SHORTEST_S, span));

/** Read the window from an address; a day that ends now where it says nothing. */
export function readWindow(query: URLSearchParams, now: number): TimeWindow {
  const span = clamped(Number(query.get("span")) || DAY_S);
  const said = query.get("t");
  const at = said ? Date.parse(said) / 1000 : Number.NaN;
  const moment = Number.isFinite(at) ? at : now - Math.min(60, span / 20);
  const from = query.get("from") ? Date.parse(query.get("from") ?? "") / 1000 : Number.NaN;
  const centred = Math.min(moment - span / 2, now - span * PAST);
  const kept = Number.isFinite(from) && moment >= from && moment <= from + span;
  return { begin: kept ? from : Math.min(centred, moment), span, moment };
}

/** The values of a window for the address. */
export const writeWindow = ({ begin, span, moment }: TimeWindow): Record<string, string> => ({
  t: iso(moment),
  span: String(Math.round(span)),
  from: iso(begin),
});

/** A time as ISO 8601 in UTC. */
export const iso = (seconds: number): string => new Date(Math.round(1000 * seconds)).toISOString();

/** Zoom so that the moment `at` stays where it is on the screen; the chosen moment stays in view. */
export function zoomedWindow(window: TimeWindow, factor: number, at = window.moment): TimeWindow {
  const span = clamped(window.span / factor);
  const begin = at - ((at - window.begin) * span) / window.span;
  const moment = Math.min(begin + span, Math.max(begin, window.moment));
  return { begin, span, moment };
}

/** Choose a moment; the window follows if it is out of view. */
export function movedTo(window: TimeWindow, moment: number): TimeWindow {
  const { begin, span } = window;
  if (moment >= begin && moment <= begin + span) return { begin, span, moment };
  return { begin: moment - span / 2, span, moment };
}

/** Length of the steps in which a window of so many pixels is drawn, s. */
export function stepOf(span: number, width: number): number {
  const wanted = span / Math.max(1, width);
  return STEPS_S.find((each) => each >= wanted) ?? 3600;
}

/** The window length of signals of which about 300 fill a span. */
export function signalWindow(span: number): "1s" | "10s" | "1min" | "5min" | "15min" | "1h" {
  if (span <= 400) return "1s";
  if (span <= 3600) return "10s";
  if (span <= 8 * 3600) return "1min";
  if (span <= 30 * 3600) return "5min";
  return span <= 8 * DAY_S ? "15min" : "1h";
}

/** How far a time zone is ahead of UTC at a moment, s. */
export function offsetOf(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(new Date(1000 * at));
  const of = (name: string) => Number(parts.find(({ type }) => type === name)?.value ?? 0);
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return Math.round(local / 1000 - Math.floor(at));
}

/** The moment at which clocks of a zone show a local time, given as if it were UTC. */
export function fromLocal(local: number, zone: string): number {
  const first = local - offsetOf(zone, local);
  return local - offsetOf(zone, first);
}

/** Marks of a time axis: full seconds, minutes, hours or days of the site's zone. */
export function ticksOf({ begin, span }: TimeWindow, width: number, zone: string): { at: number; step: number }[] {
  const step = TICKS_S.find((each) => (each / span) * width >= 76) ?? 7 * DAY_S;
  const offset = offsetOf(zone, begin + span / 2);
  const found = [];
  for (let at = Math.ceil((begin + offset) / step) * step - offset; at <= begin + span; at += step) {
    found.push({ at, step });
  }
  return found;
}

const SPOKEN = /^(?:(\d{4})-(\d\d?)-(\d\d?)[ T])?(\d\d?):(\d\d)(?::(\d\d))?$/;

/** The moment that somebody typed, such as 14:30, 14:30:05 or 2026-11-28 14:30; null if it is none.
 *
 * Without a date it is on the day of `near`, or the day before if that is not over yet.
 */
export function readMoment(text: string, near: number, now: number, zone: string): number | null {
  const [all, year, month, day, hour, minute, second] = SPOKEN.exec(text.trim()) ?? [];
  if (!all || Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return null;
  const ofDay = Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0);
  if (year) {
    const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
    if (new Date(1000 * midnight).getUTCDate() !== Number(day)) return null;
    return fromLocal(midnight + ofDay, zone);
  }
  const local = near + offsetOf(zone, near);
  const found = fromLocal(Math.floor(local / DAY_S) * DAY_S + ofDay, zone);
  return found > now ? fromLocal(Math.floor(local / DAY_S) * DAY_S - DAY_S + ofDay, zone) : found;
}

/** The states of a recording, in the order in which a strip shows them from below. */
export const COVERS = ["covered", "whole", "no_picture", "unknown"] as const;
export type Cover = (typeof COVERS)[number];

/** How a moment is covered, as a strip shows it; "absent" = it was not recorded. */
export function coverAt(index: CoverInfo, moment: number): Cover | "absent" {
  const step = Math.floor((moment - Date.parse(index.begin) / 1000) / index.step_s);
  const found = COVERS.map((name): [Cover, number] => [name, index[name][step] ?? 0]);
  const [name, share] = found.reduce((best, each) => (each[1] > best[1] ? each : best));
  return share > 0 ? name : "absent";
}
