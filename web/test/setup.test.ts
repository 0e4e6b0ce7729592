import { describe, expect, it } from "vitest";
import { onMap } from "../src/app/level";
import { freshRectangle, sidesOf, withSides } from "../src/setup/calibration";
import { checksOf, nameFrom } from "../src/setup/camera-checks";
import { arrowOf, crosses, inserted, moved, type Point, removed, snapped } from "../src/setup/geometry";
import { Steps } from "../src/setup/history";
import { bodyOf, freshName, freshShape, shapesOf, versions } from "../src/setup/places";
import { doubtOf, numberOf } from "../src/setup/preview";
import { isChanged, kindOf, resolved, type Schema, withValue } from "../src/setup/schema";
import { ShapeEditor } from "../src/setup/shape-editor";

const SIZE = [640, 360] as const;
const SQUARE: Point[] = [
  [100, 100],
  [300, 100],
  [300, 300],
  [100, 300],
];

describe("drawing", () => {
  it("refuses what leaves the picture, crosses, lies on itself, or has too few points", () => {
    expect(moved(SQUARE, "zone", 0, [-1, 50], SIZE)).toEqual({ refused: "outside" });
    expect(moved(SQUARE, "zone", 0, [350, 200], SIZE)).toEqual({ refused: "crossing" });
    expect(moved(SQUARE, "zone", 0, [400, 100], SIZE)).toEqual({ refused: "crossing" });
    expect(moved(SQUARE, "zone", 0, [300, 100], SIZE)).toEqual({ refused: "same" });
    expect(removed(SQUARE.slice(0, 3), "zone", 1, SIZE)).toEqual({ refused: "fewest_zone" });
    expect(removed(SQUARE.slice(0, 2), "line", 1, SIZE)).toEqual({ refused: "fewest_line" });
    expect(moved(SQUARE, "zone", 0, [120, 90], SIZE)).toEqual({ points: [[120, 90], ...SQUARE.slice(1)] });
  });

  it("lets a point come back that lay outside", () => {
    const out: Point[] = [[-50, 100], ...SQUARE.slice(1)];
    expect(moved(out, "zone", 0, [10, 100], SIZE)).toEqual({ points: [[10, 100], ...SQUARE.slice(1)] });
    expect(moved(out, "zone", 1, [310, 100], SIZE)).toEqual({ points: [out[0], [310, 100], ...SQUARE.slice(2)] });
  });

  it("knows a bow tie from an outline", () => {
    expect(crosses(SQUARE, "zone")).toBe(false);
    expect(
      crosses(
        [
          [0, 0],
          [9, 9],
          [9, 0],
          [0, 9],
        ],
        "zone",
      ),
    ).toBe(true);
  });

  it("puts a point half way to the next one", () => {
    expect(inserted(SQUARE, "zone", 3)).toEqual({ points: [...SQUARE, [100, 200]], at: 4 });
    expect(inserted(SQUARE.slice(0, 2), "line", 1).points[1]).toEqual([200, 100]);
  });

  it("snaps to a point before an edge, and to an edge before the border", () => {
    const others = [{ points: SQUARE, kind: "zone" as const }];
    expect(snapped([104, 97], others, SIZE, 8)).toEqual({ point: [100, 100], to: "point" });
    expect(snapped([200, 104], others, SIZE, 8)).toEqual({ point: [200, 100], to: "edge" });
    expect(snapped([636, 355], others, SIZE, 8)).toEqual({ point: [640, 360], to: "border" });
    expect(snapped([400, 200], others, SIZE, 8)).toBeNull();
  });

  it("points into a line to the left of who looks from its start to its end", () => {
    const right: Point[] = [
      [100, 200],
      [300, 200],
    ];
    expect(arrowOf(right, 50)).toEqual([
      [200, 200],
      [200, 150],
    ]);
    expect(arrowOf([...right].reverse(), 50)?.[1]).toEqual([200, 250]);
  });

  it("undoes and does again without end", () => {
    const steps = new Steps(0);
    for (let number = 1; number <= 500; number += 1) steps.set(number);
    steps.set(501, { same: true });
    for (let number = 0; number < 500; number += 1) steps.undo();
    expect([steps.now, steps.canUndo]).toEqual([0, false]);
    for (let number = 0; number < 500; number += 1) steps.redo();
    expect([steps.now, steps.canRedo]).toEqual([501, false]);
    steps.undo();
    steps.set(7);
    expect(steps.canRedo).toBe(false);
  });
});

describe("places", () => {
  const body = {
    picture_px: [640, 360],
    lines: [{ name: "gate", from_px: [1, 2], to_px: [3, 4], count: ["car"] }],
    zones: [{ name: "hall", corners_m: [[0, 0], [4, 0], [4, 4.123456]], queue: true }], // biome-ignore format: as in the file
  };

  it("are written as they were read, unless somebody moves them", () => {
    const shapes = shapesOf(body);
    expect(bodyOf(shapes, SIZE, new Map())).toEqual(body);
    const [gate, hall] = shapes;
    if (!gate || !hall) throw new Error("two places");
    const points: Point[] = [
      [5.26, 6],
      [7, 8],
    ];
    const onGround = new Map([[hall.id, [[1, 1], [2, 1], [2, 2]] as [number, number][]]]); // biome-ignore format: as above
    const made = bodyOf(
      [
        { ...gate, points, stored: null },
        { ...hall, stored: null },
      ],
      SIZE,
      onGround,
    );
    expect(made.lines).toEqual([{ name: "gate", from_px: [5.3, 6], to_px: [7, 8], count: ["car"] }]);
    expect(made.zones?.[0]?.corners_m).toEqual([
      [1, 1],
      [2, 1],
      [2, 2],
    ]);
  });

  it("get names that no other has, whatever its case", () => {
    const shapes = [freshShape("zone", "Zone 1", 1, SIZE)];
    expect(freshName("zone", shapes)).toBe("zone 2");
  });

  it("of two editors are told apart by name", () => {
    const theirs = { ...body, lines: [], zones: [...body.zones, { name: "yard" }] };
    expect(versions(body, theirs).map(({ name }) => name)).toEqual(["gate", "yard"]);
  });

  it("show the present number and the range of the last hour, and no number where nothing was observed", () => {
    const chart = (quantity: "occupancy" | "crossings_in" | "crossings_out", values: number[]) => ({
      site: "arena",
      place: "hall",
      quantity,
      kind: "",
      unit: "persons",
      starts_s: values.map((_, index) => 1000 + 10 * index),
      values,
      coverages: values.map(() => 1),
      lows: values.map(() => null),
      highs: values.map(() => null),
    });
    const inside = [chart("occupancy", [3, 19, 6.8])];
    expect(numberOf(inside, "hall", 1030)).toBe("now 7 inside, last hour 3–19");
    expect(numberOf(inside, "hall", 1030, { short: true })).toBe("now 7 inside");
    expect(numberOf(inside, "hall", 2000)).toBe("not observed now, last hour 3–19");
    expect(numberOf([chart("crossings_in", [2, 3]), chart("crossings_out", [1])], "hall", 1030)).toBe(
      "last hour 5 in, 1 out",
    );
    expect(numberOf(inside, "yard", 1030)).toBe("");
    expect(doubtOf(inside, "hall")).toBe("");
    const bounded = inside.map((each) => ({ ...each, lows: [1, 2, 5.2] }));
    expect(doubtOf(bounded, "hall")).toBe("a lower bound: there may be more");
    const between = bounded.map((each) => ({ ...each, highs: [9, 9, 9] }));
    expect(doubtOf(between, "hall")).toBe("between 5 and 9 in 9 of 10 cases");
    expect(onMap("hall", [chart("crossings_in", [2, 3])], []).level).toBe("unknown");
    expect(onMap("hall", [], []).level).toBe("unobserved");
    const service = { ...chart("occupancy", [3.2]), quantity: "level_of_service" as const };
    expect(onMap("hall", [service], []).level).toBe("d");
  });
});

describe("calibration", () => {
  it("knows the sides of a rectangle, and sets them", () => {
    const pairs = freshRectangle(SIZE, 6, 12);
    expect(sidesOf(pairs)).toEqual({ across_m: 6, deep_m: 12 });
    expect(sidesOf(withSides(pairs, 4, 8))).toEqual({ across_m: 4, deep_m: 8 });
    expect(sidesOf(pairs.slice(1))).toBeNull();
    expect(sidesOf(pairs.map((each) => ({ ...each, ground_m: [1, 1] as const })))).toBeNull();
  });
});

describe("a camera that was tried", () => {
  const probe = { works: true, refused: false, detail: "", codec: "h264", width: 1920, height: 1080, fps: 12 };

  it("has checks, of which those that fail have a remedy", () => {
    expect(checksOf(probe).every(({ good }) => good)).toBe(true);
    expect(
      checksOf({ ...probe, width: 640, fps: 2, codec: "mpeg4" })
        .filter(({ good }) => !good)
        .map(({ name }) => name),
    ).toEqual(["size", "rate", "codec"]);
    expect(checksOf({ ...probe, works: false })).toEqual([{ name: "answers", good: false }]);
  });

  it.each([
    ["rtsp://10.0.0.5/main door?x=1", [], "main-door"],
    ["rtsp://10.0.0.5/live/", ["Live"], "live-2"],
    ["simulation:plaza", [], "plaza"],
    ["rtsp://10.0.0.5:554", [], "554"],
    ["///", [], "camera"],
  ])("gets a short name from %s", (address, taken, expected) => {
    expect(nameFrom(address, taken)).toBe(expected);
  });
});

describe("forms from a schema", () => {
  const root: Schema = {
    $defs: {
      Kind: { enum: ["a", "b"], type: "string" },
      Inner: { type: "object", properties: { x: { type: "number" } } },
    },
  };

  it("know how each field is edited", () => {
    const kind = (node: Schema) => kindOf(root, resolved(root, node).node);
    expect(kind({ $ref: "#/$defs/Kind", default: "a" })).toBe("choice");
    expect(kind({ type: "boolean" })).toBe("switch");
    expect(kind({ anyOf: [{ type: "integer" }, { type: "null" }] })).toBe("number");
    expect(kind({ type: "string", format: "password" })).toBe("secret");
    expect(kind({ type: "array", items: { $ref: "#/$defs/Inner" } })).toBe("sections");
    expect(kind({ type: "array", items: { $ref: "#/$defs/Kind" } })).toBe("choices");
    expect(kind({ type: "array", items: { type: "string" } })).toBe("lines");
    expect(kind({ type: "array", items: { type: "array" }, prefixItems: [{ type: "number" }] })).toBe("json");
    expect(kind({ $ref: "#/$defs/Inner" })).toBe("section");
    expect(resolved(root, { anyOf: [{ $ref: "#/$defs/Inner" }, { type: "null" }] }).nullable).toBe(true);
  });

  it("mark what is not the default", () => {
    expect(isChanged({ default: 25 }, 12)).toBe(true);
    expect(isChanged({ default: 25 }, 25)).toBe(false);
    expect(isChanged({ default: 25 }, undefined)).toBe(false);
    expect(isChanged({}, "door")).toBe(false);
  });

  it("change one value and leave the others as they are", () => {
    const before = { cameras: [{ name: "door", max_fps: 12 }, { name: "hall" }], site: "arena" };
    expect(withValue(before, ["cameras", 0, "max_fps"], undefined)).toEqual({
      cameras: [{ name: "door" }, { name: "hall" }],
      site: "arena",
    });
    expect(withValue(before, ["cameras", 1], undefined)).toEqual({ cameras: [before.cameras[0]], site: "arena" });
    expect(withValue(before, ["mqtt"], {})).toEqual({ ...before, mqtt: {} });
    expect(withValue({}, ["web", "port"], 80)).toEqual({ web: { port: 80 } });
    expect(before.cameras[0]).toEqual({ name: "door", max_fps: 12 });
  });
});

describe("the shapes that somebody edits", () => {
  const drawn = () => {
    const seen: string[] = [];
    const host = {
      changed: (what: string) => seen.push(what),
      focusPoint: (point: number) => seen.push(`at ${point}`),
      say: () => {},
    };
    const zone = { ...freshShape("zone", "Hall", 1, SIZE), points: SQUARE };
    return { seen, editor: new ShapeEditor([zone], [{ ...zone, id: 7, name: "Far" }], SIZE, host) };
  };

  it("numbers a new shape after those that are not in the picture, and can undo it", () => {
    const { seen, editor } = drawn();
    editor.add("line");
    expect([editor.chosen?.id, editor.shapes.length, seen.at(-1)]).toEqual([8, 2, "at 0"]);
    editor.undo();
    expect([editor.chosen?.id, editor.shapes.length, seen.at(-1)]).toEqual([1, 1, "step"]);
  });

  it("refuses what a rule forbids, says so, and forgets that with the next change", () => {
    const { seen, editor } = drawn();
    editor.do({ do: "move", shape: 1, point: 0, to: [350, 200], dragging: false, snaps: false }, 8);
    expect([editor.refused !== "", editor.canUndo, seen]).toEqual([true, false, ["view"]]);
    editor.do({ do: "move", shape: 1, point: 0, to: [120, 90], dragging: false, snaps: false }, 8);
    expect([editor.refused, editor.chosen?.points[0], seen.at(-1)]).toEqual(["", [120, 90], "edit"]);
  });

  it("takes the way of a dragged point as one step, and asks for nothing new when only the selection changes", () => {
    const { seen, editor } = drawn();
    editor.do({ do: "move", shape: 1, point: 0, to: [110, 95], dragging: false, snaps: false }, 8);
    editor.do({ do: "move", shape: 1, point: 0, to: [120, 90], dragging: true, snaps: false }, 8);
    editor.undo();
    expect(editor.chosen?.points).toEqual(SQUARE);
    seen.length = 0;
    editor.select(1, 2);
    expect(seen).toEqual(["view"]);
  });
});
