import type { SignalChart, WindowLength } from "../api/schema";

/** A span of time of the place's page, and the windows in which it is shown. */
export interface Span {
  name: string;
  seconds: number;
  window: WindowLength;
  step: number;
}

export const SPANS: readonly [Span, ...Span[]] = [
  { name: "24h", seconds: 86_400, window: "5min", step: 300 },
  { name: "7d", seconds: 7 * 86_400, window: "1h", step: 3600 },
];

/** A chart on a timeline without gaps: null where nothing was observed, which is never drawn as zero. */
export interface Aligned {
  starts: number[];
  values: (number | null)[];
  lows: (number | null)[];
  highs: (number | null)[];
  coverages: number[];
}

/** Put a chart on the timeline from `start` to `end` (s since 1970); `moved` says where a moment of it belongs there. */
export function aligned(
  chart: SignalChart | undefined,
  start: number,
  end: number,
  step: number,
  moved: (at: number) => number = (at) => at,
): Aligned {
  const first = Math.ceil(start / step) * step;
  const starts: number[] = [];
  for (let at = first; at < end; at += step) starts.push(at);
  const empty = (): (number | null)[] => starts.map(() => null);
  const made: Aligned = { starts, values: empty(), lows: empty(), highs: empty(), coverages: starts.map(() => 0) };
  (chart?.starts_s ?? []).forEach((at, index) => {
    const slot = Math.floor((moved(at) - first) / step);
    if (slot < 0 || slot >= starts.length) return;
    made.values[slot] = chart?.values[index] ?? null;
    made.lows[slot] = chart?.lows[index] ?? null;
    made.highs[slot] = chart?.highs[index] ?? null;
    made.coverages[slot] = chart?.coverages[index] ?? 0;
  });
  return made;
}

/** Whether a value of a chart is a lower bound: at least so many. */
export const isBound = ({ lows, highs }: Pick<Aligned, "lows" | "highs">, index: number): boolean =>
  lows[index] !== null && lows[index] !== undefined && (highs[index] ?? null) === null;

/** Share of a timeline that was observed, 0 to 1. */
export const observed = ({ coverages }: Aligned): number =>
  coverages.length ? coverages.reduce((sum, each) => sum + each, 0) / coverages.length : 0;

/** Charts as a table for other programs: a line for each window, times in UTC, nothing where nothing was observed. */
export function asCsv(charts: readonly SignalChart[]): string {
  const head = "window_start,place,quantity,kind,unit,value,low,high,coverage";
  const lines = charts.flatMap((chart) =>
    chart.starts_s.map((at, index) =>
      [
        new Date(1000 * at).toISOString(),
        chart.place,
        chart.quantity,
        chart.kind,
        chart.unit,
        chart.values[index],
        chart.lows[index] ?? "",
        chart.highs[index] ?? "",
        chart.coverages[index],
      ].join(","),
    ),
  );
  return `${[head, ...lines].join("\r\n")}\r\n`;
}
