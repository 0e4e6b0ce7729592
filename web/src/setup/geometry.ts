/** What can be drawn on a camera's picture, and the rules that drawing keeps to; all in px of that picture. */

export type Point = readonly [number, number];

/** Width and height of a picture, px. */
export type Size = readonly [number, number];

/** A line, an outline, or numbered marks that nothing connects. */
export type ShapeKind = "line" | "zone" | "marks";

/** Why a change was refused. */
export type RefusedChange = "outside" | "crossing" | "same" | "fewest_line" | "fewest_zone";

/** What a change leads to: the points, or why there are none. */
export type Changed = { points: readonly Point[] } | { refused: RefusedChange };

const FEWEST: Record<ShapeKind, number> = { line: 2, zone: 3, marks: 1 };

export const isInside = ([x, y]: Point, [width, height]: Size): boolean =>
  x >= 0 && y >= 0 && x <= width && y <= height;

/** The nearest point within the picture. */
export const within = ([x, y]: Point, [width, height]: Size): Point => [
  Math.min(width, Math.max(0, x)),
  Math.min(height, Math.max(0, y)),
];

/** On which side of the way from a to b a point lies: positive, negative, or 0 on it. */
const side = (a: Point, b: Point, p: Point): number => (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);

const isBetween = (a: Point, b: Point, p: Point): boolean =>
  Math.min(a[0], b[0]) <= p[0] &&
  p[0] <= Math.max(a[0], b[0]) &&
  Math.min(a[1], b[1]) <= p[1] &&
  p[1] <= Math.max(a[1], b[1]);

/** Whether two edges meet, at an end too. */
function meet([a, b]: readonly [Point, Point], [c, d]: readonly [Point, Point]): boolean {
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (s1 * s2 < 0 && s3 * s4 < 0) return true;
  return (
    (s1 === 0 && isBetween(a, b, c)) ||
    (s2 === 0 && isBetween(a, b, d)) ||
    (s3 === 0 && isBetween(c, d, a)) ||
    (s4 === 0 && isBetween(c, d, b))
  );
}

/** The edges of a shape, in order. */
export function edges(points: readonly Point[], kind: ShapeKind): [Point, Point][] {
  if (kind === "marks") return [];
  const ends = kind === "zone" ? [...points.slice(1), points[0]] : points.slice(1);
  return ends.flatMap((end, index): [Point, Point][] => {
    const start = points[index];
    return start && end ? [[start, end]] : [];
  });
}

/** Whether edges of an outline cross, or touch where they are no neighbours. */
export function crosses(points: readonly Point[], kind: ShapeKind): boolean {
  const all = edges(points, kind);
  return all.some((one, i) =>
    all.some((other, j) => {
      if (j <= i + 1 || (kind === "zone" && i === 0 && j === all.length - 1)) return false;
      return meet(one, other);
    }),
  );
}

/** Whether three neighbours turn back on themselves, so that two edges lie on one another. */
function turnsBack(points: readonly Point[], kind: ShapeKind): boolean {
  const all = edges(points, kind);
  return all.some(([a, b], index) => {
    const next = all[index + 1] ?? (kind === "zone" ? all[0] : undefined);
    if (!next) return false;
    const [, c] = next;
    return side(a, b, c) === 0 && (a[0] - b[0]) * (c[0] - b[0]) + (a[1] - b[1]) * (c[1] - b[1]) > 0;
  });
}

/** The points, unless a rule forbids them. */
function checked(points: readonly Point[], kind: ShapeKind, size: Size): Changed {
  if (!points.every((each) => isInside(each, size))) return { refused: "outside" };
  if (edges(points, kind).some(([a, b]) => a[0] === b[0] && a[1] === b[1])) return { refused: "same" };
  if (crosses(points, kind) || turnsBack(points, kind)) return { refused: "crossing" };
  return { points };
}

/** Move a point; one that is outside the picture already may come back. */
export function moved(points: readonly Point[], kind: ShapeKind, index: number, to: Point, size: Size): Changed {
  if (!isInside(to, size)) return { refused: "outside" };
  const made = points.map((each, at) => (at === index ? to : each));
  const found = checked(made, kind, [Number.MAX_VALUE, Number.MAX_VALUE]);
  return "refused" in found && found.refused === "outside" ? { points: made } : found;
}

/** Put a point half way to the next one; at the end of a line, before it. */
export function inserted(
  points: readonly Point[],
  kind: ShapeKind,
  index: number,
): { points: readonly Point[]; at: number } {
  const isLast = index === points.length - 1;
  const [from, to] = isLast && kind !== "zone" ? [index - 1, index] : [index, (index + 1) % points.length];
  const [a, b] = [points[from], points[to]];
  if (!a || !b) return { points, at: index };
  const between: Point = [Math.round((a[0] + b[0]) / 2), Math.round((a[1] + b[1]) / 2)];
  const at = from + 1;
  return { points: [...points.slice(0, at), between, ...points.slice(at)], at };
}

/** Take a point out. */
export function removed(points: readonly Point[], kind: ShapeKind, index: number, size: Size): Changed {
  if (points.length <= FEWEST[kind]) return { refused: kind === "line" ? "fewest_line" : "fewest_zone" };
  return checked(
    points.filter((_, at) => at !== index),
    kind,
    size,
  );
}

/** What a point snaps to. */
export type SnappedTo = "point" | "edge" | "border";

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** The point of an edge that is nearest. */
function foot([a, b]: readonly [Point, Point], p: Point): Point {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length)) : 0;
  return [a[0] + along * dx, a[1] + along * dy];
}

/** Snap to a point, else an edge, else the border, if one is within reach; null = nothing is. */
export function snapped(
  to: Point,
  others: readonly { points: readonly Point[]; kind: ShapeKind }[],
  size: Size,
  reach: number,
): { point: Point; to: SnappedTo } | null {
  const nearest = (found: Point[]): Point | undefined =>
    found.filter((each) => distance(each, to) <= reach).sort((a, b) => distance(a, to) - distance(b, to))[0];
  const point = nearest(others.flatMap(({ points }) => [...points]));
  if (point) return { point, to: "point" };
  const [width, height] = size;
  const edge = nearest(others.flatMap(({ points, kind }) => edges(points, kind).map((each) => foot(each, to))));
  if (edge) return { point: edge, to: "edge" };
  const [x, y] = to;
  const border: Point = [
    x <= reach ? 0 : width - x <= reach ? width : x,
    y <= reach ? 0 : height - y <= reach ? height : y,
  ];
  return border[0] !== x || border[1] !== y ? { point: border, to: "border" } : null;
}

/** The way into a line, as the engine counts it: to the left of someone who looks from start to end on the screen. */
export function arrowOf(points: readonly Point[], length: number): [Point, Point] | null {
  const [a, b] = [points[0], points.at(-1)];
  if (!a || !b) return null;
  const long = distance(a, b);
  if (!long) return null;
  const middle: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  return [middle, [middle[0] + ((b[1] - a[1]) / long) * length, middle[1] - ((b[0] - a[0]) / long) * length]];
}
