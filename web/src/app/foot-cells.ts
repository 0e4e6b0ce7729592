import type { FootPoints } from "../api/schema";

/** A cell that foot points came into; its sides in the unit of the map. */
export interface FootCell {
  x: number;
  y: number;
  count: number;
  /** 1 to 5: five is at least half of the most. */
  step: number;
}

/** Steps of colour: each begins at half of the next. */
export const STEPS = 5;

/** The cells with counts, and the least count of each step of colour that is in use. */
export function footCells({ side, left, top, columns, counts }: FootPoints): {
  cells: FootCell[];
  steps: { step: number; from: number; to: number }[];
} {
  const most = Math.max(0, ...counts);
  const stepOf = (count: number): number => Math.max(1, STEPS - Math.floor(Math.log2(most / count)));
  const cells = counts.flatMap((count, index) =>
    count
      ? [
          {
            x: side * (left + (index % columns)),
            y: side * (top + Math.floor(index / columns)),
            count,
            step: stepOf(count),
          },
        ]
      : [],
  );
  const steps = Array.from({ length: STEPS }, (_, index) => index + 1).flatMap((step) => {
    const those = cells.filter((each) => each.step === step).map(({ count }) => count);
    return those.length ? [{ step, from: Math.min(...those), to: Math.max(...those) }] : [];
  });
  return { cells, steps };
}

/** The cells as a table for other programs. */
export function cellsAsCsv(points: FootPoints, start: string, end: string): string {
  const lines = footCells(points).cells.map(({ x, y, count }) =>
    [start, end, points.place, points.unit, x, y, points.side, count, points.coverage].join(","),
  );
  return `${["start,end,place,unit,x,y,side,foot_points,coverage", ...lines].join("\r\n")}\r\n`;
}
