import { now, timezone } from "../api/clock";
import { count, locale, t } from "./text";

export const milliseconds = (ms: number): string => {
  if (Number.isNaN(ms)) return "";
  return ms < 9999 ? `${Math.max(0, Math.round(ms))} ms` : `${Math.round(ms / 1000)} s`;
};

export const percent = (share: number): string => `${decimal(100 * share, share < 0.9995 ? 1 : 0)} %`;

/** A size in bytes: "3.2 GB". */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const level = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, size)) / 3)));
  return `${figure(Number((size / 1000 ** level).toFixed(level ? 1 : 0)))} ${units[level]}`;
}

/** A number with at most so many digits after the point, in the person's language. */
export const decimal = (value: number, digits: number): string =>
  value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** A measured value with about three significant digits. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return decimal(value, digits);
}

/** In 24 hours in every language, as the axes, the reports and a person who says "14:30" have it. */
const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DAY_MS = 86_400_000;

/** A time in the site's time zone; with its date if it is not of the last day. */
export function clockTime(date: string | number | Date): string {
  const at = new Date(date);
  const isNear = Math.abs(now() - at.getTime()) < DAY_MS;
  const day: Intl.DateTimeFormatOptions = isNear ? {} : { year: "numeric", month: "short", day: "numeric" };
  return at.toLocaleString(locale(), { ...day, ...CLOCK, timeZone: timezone() });
}

/** A time with tenths of a second, as pictures of a recording need it. */
export function preciseTime(date: string | number | Date): string {
  const at = new Date(date);
  const isNear = Math.abs(now() - at.getTime()) < DAY_MS;
  const day: Intl.DateTimeFormatOptions = isNear ? {} : { year: "numeric", month: "short", day: "numeric" };
  return at.toLocaleString(locale(), { ...day, ...CLOCK, fractionalSecondDigits: 1, timeZone: timezone() });
}

/** The same time in UTC, to be shown on hover. */
export const utcTime = (date: string | number | Date): string => {
  const utc = new Date(date).toISOString().slice(0, 19).replace("T", " ");
  return t("time.utc", { utc, zone: timezone() });
};

const UNITS: [number, string][] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

/** "40 s", "35 min", "5 h", "3 d" */
export function duration(seconds: number): string {
  const [length, unit] = UNITS.find(([each]) => seconds >= 2 * each) ?? [1, "s"];
  return `${Math.floor(Math.max(0, seconds) / length)} ${unit}`;
}

/** How long ago something was. */
export const ago = (date: string | number | Date): string =>
  t("time.ago", { duration: duration((now() - new Date(date).getTime()) / 1000) });

const SPAN_S: Record<string, number> = { "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400 };

/** The time that a share covers: "last 24h", or while the camera is new "last 35 min (less than 24h)". */
export function period(span: string, overS: number): string {
  if (overS >= (SPAN_S[span] ?? 0)) return t("period.full", { span });
  return t("period.part", { duration: duration(overS), span });
}

export { count };
