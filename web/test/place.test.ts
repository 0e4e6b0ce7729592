import { describe, expect, it } from "vitest";
import type { ReplayInfo, SignalChart } from "../src/api/schema";
import { comparedDays, dayOf, endOfDay, laterByDays } from "../src/app/days";
import { comparedAt, firingsAt, readWanted, TRIED } from "../src/app/replay";
import { aligned, isBound } from "../src/app/series";

const VIENNA = "Europe/Vienna";
const at = (text: string): number => Date.parse(text) / 1000;

describe("days of a place", () => {
  it.each([
    [null, "24h", 0],
    ["", "24h", 0],
    ["0", "24h", 0],
    ["x", "24h", 0],
    ["1.5", "24h", 0],
    ["1", "24h", 1],
    ["2", "24h", 7],
    ["99", "24h", 7],
    ["1", "7d", 7],
    ["28", "7d", 28],
  ])("reads the comparison %s of %s as %i days before", (text, span, days) => {
    expect(comparedDays(text, span)).toBe(days);
  });

  it("moves by days of the site's clocks, also across a change of the clocks", () => {
    expect(laterByDays(at("2026-10-24T10:00:00Z"), 1, VIENNA)).toBe(at("2026-10-25T11:00:00Z"));
    expect(laterByDays(at("2026-03-29T10:00:00Z"), -1, VIENNA)).toBe(at("2026-03-28T11:00:00Z"));
    expect(laterByDays(at("2026-06-10T10:00:00Z"), -7, VIENNA)).toBe(at("2026-06-03T10:00:00Z"));
    expect(laterByDays(123.5, 0, VIENNA)).toBe(123.5);
  });

  it("ends a day at the site's midnight", () => {
    expect(endOfDay("2026-10-25", VIENNA)).toBe(at("2026-10-25T23:00:00Z"));
    expect(endOfDay("2026-02-30", VIENNA)).toBeNull();
    expect(endOfDay("yesterday", VIENNA)).toBeNull();
    expect(endOfDay(null, VIENNA)).toBeNull();
    expect(dayOf(at("2026-10-25T23:30:00Z"), VIENNA)).toBe("2026-10-26");
  });
});

const chart = (more: Partial<SignalChart>): SignalChart => ({
  site: "arena",
  place: "yard",
  quantity: "occupancy",
  kind: "",
  unit: "persons",
  starts_s: [0, 300, 900],
  values: [1, 2, 4],
  coverages: [1, 0.5, 1],
  lows: [null, null, null],
  highs: [null, null, null],
  ...more,
});

describe("a chart", () => {
  it("has gaps where nothing was observed, and is moved to the days that it is compared with", () => {
    expect(aligned(chart({}), 0, 1200, 300).values).toEqual([1, 2, null, 4]);
    const day = (moment: number) => moment + 86_400;
    expect(aligned(chart({}), 86_400, 87_600, 300, day).values).toEqual([1, 2, null, 4]);
  });

  it("knows which values are lower bounds", () => {
    const bounds = aligned(chart({ lows: [1, 1, null], highs: [null, 3, null] }), 0, 1200, 300);
    expect([0, 1, 2, 3].map((index) => isBound(bounds, index))).toEqual([true, false, false, false]);
  });
});

describe("a rule that is tried", () => {
  const span = TRIED[0];
  const wanted = (query: string) => readWanted(new URLSearchParams(query), span, 86_400);

  it("is read from the address: one in use with other limits, or a new one", () => {
    const when = { start: "1970-01-01T00:00:00.000Z", end: "1970-01-02T00:00:00.000Z", window: "10s", step_s: 300 };
    expect(wanted("tab=replay")).toBeNull();
    expect(wanted("place=yard&quantity=density&limit=")).toBeNull();
    expect(wanted("rule=full&limit.amber=3.5&limit.red=x&hold=20")).toEqual({
      rule: "full",
      limits: { amber: 3.5 },
      hold_s: 20,
      ...when,
    });
    expect(wanted("place=yard&quantity=density&limit=0&side=below")).toEqual({
      draft: { place: "yard", quantity: "density", below: 0 },
      ...when,
    });
  });

  it("shows what it compared on the timeline of the chart, with gaps where nothing could be compared", () => {
    const compared = [{ place: "yard", starts_s: [0, 600, 1200], values: [1, 2.5, 9] }];
    const made = comparedAt({ compared } as unknown as ReplayInfo, "yard", 0, 1200, 300);
    expect(made.starts).toEqual([0, 300, 600, 900]);
    expect(made.values).toEqual([1, null, 2.5, null]);
    expect(comparedAt({ compared } as unknown as ReplayInfo, "roof", 0, 600, 300).values).toEqual([null, null]);
  });

  it("is drawn from when it held until it was over, and to the end if it was not", () => {
    const firing = { severity: "red" as const, places: ["yard"], value: 1 };
    const tried = {
      begin: "1970-01-01T00:00:00Z",
      end: "1970-01-01T01:00:00Z",
      windows: 1,
      rules: [{ hold_s: 20 }],
      firings: [
        { ...firing, kind: "condition", begin: "1970-01-01T00:10:00Z", end: "1970-01-01T00:20:00Z" },
        { ...firing, kind: "not_observed", begin: "1970-01-01T00:30:00Z", end: null },
        { ...firing, kind: "condition", places: ["gate"], begin: "1970-01-01T00:30:00Z", end: null },
      ],
    } as unknown as ReplayInfo;
    expect(firingsAt(tried, "yard")).toEqual([
      { held: 580, begin: 600, end: 1200, blind: false },
      { held: 1800, begin: 1800, end: 3600, blind: true },
    ]);
  });
});
