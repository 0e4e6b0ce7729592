import { describe, expect, it } from "vitest";
import type { FootPoints } from "../src/api/schema";
import { cellsAsCsv, footCells } from "../src/app/foot-cells";

const POINTS: FootPoints = {
  place: "hall",
  unit: "m",
  side: 2,
  left: -1,
  top: 3,
  columns: 3,
  counts: [0, 5, 10, 80, 40, 0],
  least: 5,
  hours: 2,
  coverage: 0.5,
  other_grid: 0,
};

describe("cells of foot points", () => {
  it("lie where their numbers say, and none are drawn for cells without a count", () => {
    expect(footCells(POINTS).cells.map(({ x, y, count }) => [x, y, count])).toEqual([
      [0, 6, 5],
      [2, 6, 10],
      [-2, 8, 80],
      [0, 8, 40],
    ]);
  });

  it("have a step of colour for each halving of the most", () => {
    const { cells, steps } = footCells(POINTS);
    expect(cells.map(({ step }) => step)).toEqual([1, 2, 5, 4]);
    expect(steps).toEqual([
      { step: 1, from: 5, to: 5 },
      { step: 2, from: 10, to: 10 },
      { step: 4, from: 40, to: 40 },
      { step: 5, from: 80, to: 80 },
    ]);
  });

  it("share the lowest step below a sixteenth of the most", () => {
    expect(footCells({ ...POINTS, counts: [5, 0, 1000] }).cells.map(({ step }) => step)).toEqual([1, 5]);
  });

  it("are none where nothing was counted", () => {
    expect(footCells({ ...POINTS, columns: 0, counts: [] })).toEqual({ cells: [], steps: [] });
  });

  it("are exported with the time that they are of", () => {
    const lines = cellsAsCsv(POINTS, "2026-11-28T00:00:00Z", "2026-11-28T02:00:00Z").trimEnd().split("\r\n");
    expect(lines[0]).toBe("start,end,place,unit,x,y,side,foot_points,coverage");
    expect(lines[3]).toBe("2026-11-28T00:00:00Z,2026-11-28T02:00:00Z,hall,m,-2,8,2,80,0.5");
    expect(lines).toHaveLength(5);
  });
});
