import type { PlacesBody, SurveyedShape } from "../api/schema";
import type { Point, ShapeKind, Size } from "./geometry";

type Json = Record<string, unknown>;

/** A line or a zone while it is edited; points are px of the picture, wherever it is stored. */
export interface Shape {
  id: number;
  kind: ShapeKind;
  name: string;
  points: readonly Point[];
  holes: readonly (readonly Point[])[];
  /** Whether it is stored in metres. */
  metric: boolean;
  /** Its geometry as it is stored, as long as nobody moved it: what was not edited is written as it was. */
  stored: Json | null;
  /** Its other settings. */
  rest: Json;
}

const GEOMETRY = new Set(["from_px", "to_px", "from_m", "to_m", "corners_px", "corners_m", "holes_px", "holes_m"]);

const isPoint = (value: unknown): value is Point =>
  Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === "number");

const pointsOf = (value: unknown): Point[] => (Array.isArray(value) ? value.filter(isPoint) : []);

function read(entry: Json, kind: ShapeKind, id: number): Shape {
  const stored = Object.fromEntries(Object.entries(entry).filter(([key]) => GEOMETRY.has(key)));
  const rest = Object.fromEntries(Object.entries(entry).filter(([key]) => !GEOMETRY.has(key) && key !== "name"));
  const metric = "from_m" in entry || "corners_m" in entry;
  const space = metric ? "m" : "px";
  const points =
    kind === "line"
      ? [entry[`from_${space}`], entry[`to_${space}`]].filter(isPoint)
      : pointsOf(entry[`corners_${space}`]);
  const holes = Array.isArray(entry[`holes_${space}`]) ? (entry[`holes_${space}`] as unknown[]).map(pointsOf) : [];
  return { id, kind, name: String(entry.name ?? ""), points, holes, metric, stored, rest };
}

/** The lines and zones of a camera; those in metres have metres as points until `placed` puts them into the picture. */
export const shapesOf = ({ lines = [], zones = [] }: PlacesBody): Shape[] => [
  ...lines.map((each, index) => read(each, "line", index + 1)),
  ...zones.map((each, index) => read(each, "zone", lines.length + index + 1)),
];

/** Put a shape that is stored in metres into the picture; null if a point of it is not in front of the camera. */
export function placed(shape: Shape, surveyed: SurveyedShape | undefined): Shape | null {
  const points = surveyed?.points_px ?? [];
  if (!points.length || points.some((each) => each === null)) return null;
  return { ...shape, points: points.filter((each) => each !== null) };
}

/** What the API takes; `onGround` gives the metres of each shape that is stored in them. */
export function bodyOf(
  shapes: readonly Shape[],
  size: Size,
  onGround: ReadonlyMap<number, SurveyedShape["points_m"]>,
  unseen: readonly Shape[] = [],
): PlacesBody {
  const all = [...shapes, ...unseen];
  const entry = (shape: Shape): Json => ({
    name: shape.name,
    ...(shape.stored ?? geometryOf(shape, onGround.get(shape.id) ?? [])),
    ...shape.rest,
  });
  return {
    picture_px: [...size],
    lines: all.filter(({ kind }) => kind === "line").map(entry),
    zones: all.filter(({ kind }) => kind === "zone").map(entry),
  };
}

function geometryOf({ kind, metric, points, holes }: Shape, onGround: SurveyedShape["points_m"]): Json {
  const space = metric ? "m" : "px";
  const used = metric ? onGround : points.map(([x, y]): [number, number] => [rounded(x), rounded(y)]);
  if (kind === "line") return { [`from_${space}`]: used[0], [`to_${space}`]: used.at(-1) };
  const cut = holes.map((hole) => hole.map(([x, y]) => [rounded(x), rounded(y)]));
  return { [`corners_${space}`]: used, ...(cut.length && !metric ? { holes_px: cut } : {}) };
}

const rounded = (value: number): number => Math.round(10 * value) / 10;

/** A name that no place has yet. */
export function freshName(word: string, shapes: readonly Shape[]): string {
  const names = new Set(shapes.map(({ name }) => name.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const name = `${word} ${number}`;
    if (!names.has(name.toLowerCase())) return name;
  }
}

/** A new line or zone in the middle of the picture. */
export function freshShape(kind: "line" | "zone", name: string, id: number, [width, height]: Size): Shape {
  const [left, right, top, bottom] = [width / 3, (2 * width) / 3, height / 3, (2 * height) / 3].map(Math.round) as [
    number,
    number,
    number,
    number,
  ];
  const points: Point[] =
    kind === "line"
      ? [
          [left, Math.round(height / 2)],
          [right, Math.round(height / 2)],
        ]
      : [
          [left, top],
          [right, top],
          [right, bottom],
          [left, bottom],
        ];
  return { id, kind, name, points, holes: [], metric: false, stored: null, rest: {} };
}

/** Two versions of the same places, by name: what differs between them. */
export function versions(mine: PlacesBody, theirs: PlacesBody): { name: string; mine: string; theirs: string }[] {
  const texts = ({ lines = [], zones = [] }: PlacesBody) =>
    new Map([...lines, ...zones].map((each) => [String(each.name), JSON.stringify(each)]));
  const [one, other] = [texts(mine), texts(theirs)];
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((name) => one.get(name) !== other.get(name))
    .map((name) => ({ name, mine: one.get(name) ?? "", theirs: other.get(name) ?? "" }));
}
