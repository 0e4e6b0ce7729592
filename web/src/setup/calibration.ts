import type { Point, Size } from "./geometry";

/** A point that is known in the picture and on the ground. */
export interface Pair {
  picture_px: Point;
  ground_m: Point;
}

/** Four marks on the picture where a rectangle on the ground could be: near left, near right, far right, far left. */
export function freshRectangle([width, height]: Size, across_m: number, deep_m: number): Pair[] {
  const at = (x: number, y: number): Point => [Math.round(x * width), Math.round(y * height)];
  const seen = [at(0.25, 0.85), at(0.75, 0.85), at(0.65, 0.5), at(0.35, 0.5)];
  return withSides(
    seen.map((picture_px) => ({ picture_px, ground_m: [0, 0] })),
    across_m,
    deep_m,
  );
}

/** The same marks for a rectangle of other sides, m. */
export function withSides(pairs: readonly Pair[], across_m: number, deep_m: number): Pair[] {
  const corners: Point[] = [
    [0, 0],
    [across_m, 0],
    [across_m, deep_m],
    [0, deep_m],
  ];
  return pairs.map((each, index) => ({ ...each, ground_m: corners[index] ?? each.ground_m }));
}

/** The sides of a rectangle if four points on the ground are the corners of one that begins at 0, 0; else null. */
export function sidesOf(pairs: readonly Pair[]): { across_m: number; deep_m: number } | null {
  const [a, b, c, d] = pairs.map(({ ground_m }) => ground_m);
  if (pairs.length !== 4 || !a || !b || !c || !d) return null;
  const [across_m, deep_m] = c;
  const fits = a[0] === 0 && a[1] === 0 && b[0] === across_m && b[1] === 0 && d[0] === 0 && d[1] === deep_m;
  return fits && across_m > 0 && deep_m > 0 ? { across_m, deep_m } : null;
}
