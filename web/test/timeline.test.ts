import { describe, expect, it } from "vitest";
import type { CoverInfo } from "../src/api/schema";
import {
  coverAt,
  fromLocal,
  iso,
  movedTo,
  offsetOf,
  readMoment,
  readWindow,
  signalWindow,
  stepOf,
  ticksOf,
  writeWindow,
  zoomedWindow,
} from "../src/app/timeline";
import { pictureTimes } from "../src/play/boxes";
import { bytes } from "../src/text/format";

const NOW = Date.parse("2026-11-28T12:00:00Z") / 1000;
const BERLIN = "Europe/Berlin";
const at = (text: string) => Date.parse(text) / 1000;

describe("the window of a timeline", () => {
  it("is the last day where the address says nothing, with the moment in it", () => {
    const { begin, span, moment } = readWindow(new URLSearchParams(), NOW);
    expect(span).toBe(86_400);
    expect(begin).toBeLessThan(moment);
    expect(moment).toBeLessThan(NOW);
    expect(begin + span).toBeGreaterThan(NOW);
  });

  it("is read as it was written, to the millisecond", () => {
    const window = { begin: NOW - 600, span: 900, moment: NOW - 17.125 };
    expect(readWindow(new URLSearchParams(writeWindow(window)), NOW)).toEqual(window);
  });

  it("ignores nonsense and a start from which the moment is not in view", () => {
    expect(readWindow(new URLSearchParams("t=soon&span=-3&from=x"), NOW).span).toBe(20);
    const far = readWindow(new URLSearchParams({ t: iso(NOW - 9e5), span: "60", from: iso(NOW) }), NOW);
    expect(far.begin).toBeLessThanOrEqual(far.moment);
    expect(far.begin + far.span).toBeGreaterThanOrEqual(far.moment);
  });

  it("keeps the point under the pointer when it is zoomed, and the moment in view", () => {
    const before = { begin: 1000, span: 1000, moment: 1900 };
    const after = zoomedWindow(before, 2, 1250);
    expect((1250 - after.begin) / after.span).toBeCloseTo(0.25);
    expect(after.moment).toBe(after.begin + after.span);
    expect(zoomedWindow(before, 1e9).span).toBe(20);
    expect(zoomedWindow(before, 1e-9).span).toBe(31 * 86_400);
  });

  it("follows a moment that is out of view, and stays for one that is in view", () => {
    const window = { begin: 1000, span: 100, moment: 1050 };
    expect(movedTo(window, 1090)).toEqual({ begin: 1000, span: 100, moment: 1090 });
    expect(movedTo(window, 3000)).toEqual({ begin: 2950, span: 100, moment: 3000 });
  });

  it("is drawn in steps of about a pixel, and its curve in about 300 windows", () => {
    expect([stepOf(60, 1000), stepOf(86_400, 1000), stepOf(31 * 86_400, 300)]).toEqual([1, 120, 3600]);
    expect([60, 3600, 86_400, 604_800].map(signalWindow)).toEqual(["1s", "10s", "5min", "15min"]);
  });
});

describe("times of the site", () => {
  it("knows the offset of a zone on both sides of a change", () => {
    expect(offsetOf(BERLIN, at("2026-10-25T00:59:00Z"))).toBe(7200);
    expect(offsetOf(BERLIN, at("2026-10-25T01:01:00Z"))).toBe(3600);
    expect(offsetOf("Asia/Kathmandu", NOW)).toBe(20_700);
    expect(fromLocal(at("2026-11-28T14:30:00Z"), BERLIN)).toBe(at("2026-11-28T13:30:00Z"));
  });

  it.each([
    ["09:30", "2026-11-28T08:30:00.000Z"],
    [" 9:30:05 ", "2026-11-28T08:30:05.000Z"],
    ["14:30", "2026-11-27T13:30:00.000Z"],
    ["2026-11-20 00:15", "2026-11-19T23:15:00.000Z"],
    ["2026-07-01T12:00", "2026-07-01T10:00:00.000Z"],
  ])("reads %s as a moment, yesterday's if today's is not over yet", (text, expected) => {
    expect(iso(readMoment(text, NOW, NOW, BERLIN) ?? 0)).toBe(expected);
  });

  it.each(["", "25:00", "12:61", "noon", "2026-02-30 10:00", "14.30", "14:30:99"])("takes %s for no moment", (text) => {
    expect(readMoment(text, NOW, NOW, BERLIN)).toBeNull();
  });

  it("marks full hours of the site's zone, also where it is a quarter of an hour off", () => {
    const ticks = ticksOf({ begin: NOW, span: 6 * 3600, moment: NOW }, 700, "Asia/Kathmandu");
    expect(ticks.map(({ at: tick }) => iso(tick).slice(14, 19))).toEqual(Array(ticks.length).fill("15:00"));
    expect(ticks.length).toBeGreaterThan(3);
  });
});

describe("how a recording is covered", () => {
  const index: CoverInfo = {
    begin: "2026-11-28T12:00:00Z",
    step_s: 60,
    covered: [1, 0.4, 0, 0],
    whole: [0, 0.6, 0, 0],
    no_picture: [0, 0, 1, 0],
    unknown: [0, 0, 0, 0],
  };

  it("is told for a moment by what most of its step is", () => {
    const told = [-1, 0, 61, 120, 180, 999].map((each) => coverAt(index, NOW + each));
    expect(told).toEqual(["absent", "covered", "whole", "no_picture", "absent", "absent"]);
  });
});

/** A box of MP4. */
function box(name: string, ...parts: (number[] | Uint8Array)[]): Uint8Array {
  const body = parts.flatMap((each) => [...each]);
  const size = 8 + body.length;
  return new Uint8Array([0, 0, size >> 8, size & 255, ...[...name].map((each) => each.charCodeAt(0)), ...body]);
}
const u32 = (...values: number[]) =>
  values.flatMap((each) => [each >>> 24, (each >> 16) & 255, (each >> 8) & 255, each & 255]);

describe("the times of pictures", () => {
  const header = box("moov", box("trak", box("mdia", box("mdhd", u32(0, 0, 0, 1000, 0)))));
  const run = (start: number, flags: number, count: number, entries: number[]) =>
    box(
      "moof",
      box(
        "traf",
        box("tfhd", u32(0x20008, 1, 40)),
        box("tfdt", u32(0, start)),
        box("trun", u32(flags, count, ...entries)),
      ),
    );

  it("are read from each run, whether it names a length for all or one for each", () => {
    const file = new Uint8Array([
      ...header,
      ...run(0, 0x201, 3, [99, 7, 7, 7]),
      ...run(500, 0x301, 2, [99, 60, 7, 80, 7]),
    ]);
    expect(pictureTimes(file.buffer)).toEqual([0, 0.04, 0.08, 0.5, 0.56]);
  });

  it("are none where the header is missing or the file is cut off", () => {
    expect(pictureTimes(run(0, 0x201, 1, [9, 7]).buffer as ArrayBuffer)).toEqual([]);
    expect(pictureTimes(header.slice(0, 20).buffer)).toEqual([]);
  });
});

it("writes sizes with a fitting unit", () => {
  expect([0, 999, 1500, 2_345_678, 7e13].map(bytes)).toEqual(["0 B", "999 B", "1.50 kB", "2.30 MB", "70 TB"]);
});
