import { describe, expect, it } from "vitest";
import { sorted } from "../src/api/alert-order";
import { addressOf } from "../src/api/client";
import type { AlertInfo, Camera } from "../src/api/schema";
import { read, secretOf, write } from "../src/app/address";
import { gridFor } from "../src/app/grid";
import { arranged, moved } from "../src/app/layout";
import { panned, readZoom, WHOLE, within, writeZoom, zoomed } from "../src/app/zoom";
import { codecOfMp4, codecOfPacket, parted, Told } from "../src/play/header";
import { condition, shown, summary } from "../src/text/condition";
import { clockTime, duration, figure, milliseconds, percent, period, preciseTime } from "../src/text/format";

const camera = (about: Partial<Camera> = {}): Camera => ({
  name: "door",
  state: "ok",
  since: "2026-11-28T10:00:00Z",
  redaction: "active",
  faults: [],
  fault_since: {},
  detail: "",
  width: 640,
  height: 360,
  fps: 20,
  lag_ms: 90,
  frames_total: 1,
  withheld: {},
  restarts: 0,
  tries: 0,
  serviceability: {},
  serviceability_over_s: {},
  ...about,
});

describe("addresses", () => {
  it.each([
    ["/", "wall", ""],
    ["/wall/front", "wall", "front"],
    ["/camera/a.b%20c", "camera", "a.b c"],
    ["/camera", "absent", ""],
    ["/nowhere", "absent", ""],
    ["/camera/a/b", "absent", ""],
    ["/camera/%E0%A4%A", "camera", "%E0%A4%A"],
  ])("%s is %s %s", (path, view, name) => {
    expect(read(path, "")).toMatchObject({ view, name });
  });

  it("comes back as it was written", () => {
    const place = read(...(write("camera", "Tür/1", { zoom: "2,0.5,0.5", way: "" }).split("?") as [string, string]));
    expect([place.name, place.query.get("zoom"), place.query.get("way")]).toEqual(["Tür/1", "2,0.5,0.5", null]);
  });

  it("leads to the recording where a camera has a time", () => {
    const { view, name, query } = read("/camera/door", "?t=2026-11-02T13:30:00Z");
    expect([view, name, query.get("cams"), query.get("t")]).toEqual(["timeline", "", "door", "2026-11-02T13:30:00Z"]);
    expect(read("/camera/door", "?t=").view).toBe("camera");
  });

  it("holds the secret of a link behind #", () => {
    expect(secretOf("#/first/abc")).toEqual({ kind: "first", secret: "abc" });
    expect(secretOf("#main")).toBeNull();
  });

  it("fills in a route", () => {
    const query = { place: ["a", "b"], window: "1h", zone: undefined };
    expect(addressOf("GET /api/x/{name}", { name: "a/b" }, query)).toBe("/api/x/a%2Fb?place=a&place=b&window=1h");
  });
});

describe("a layout", () => {
  const names = (layout: object) =>
    arranged(
      ["a", "b", "c", "d"].map((name) => ({ name })),
      layout,
    ).map((each) => each.name);

  it("names what comes first; the others follow, and new cameras are shown", () => {
    expect(names({})).toEqual(["a", "b", "c", "d"]);
    expect(names({ cameras: ["c", "gone", "a"], hidden: ["b"] })).toEqual(["c", "a", "d"]);
  });

  it("moves a camera, but not beyond the ends", () => {
    expect(moved(["a", "b", "c"], "a", 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], "c", -4)).toEqual(["c", "a", "b"]);
    expect(moved(["a", "b", "c"], "a", 9)).toEqual(["b", "c", "a"]);
  });
});

describe("the wall", () => {
  const space = { width: 1200, height: 700, gap: 12, caption: 40 };
  it.each([[1], [2], [4], [6], [9], [16]])("shows %i tiles in view", (count) => {
    const { columns, tile } = gridFor(count, space);
    const rows = Math.ceil(count / columns);
    expect(columns * tile + (columns - 1) * space.gap).toBeLessThanOrEqual(space.width);
    expect(rows * (tile * (9 / 16) + space.caption) + (rows - 1) * space.gap).toBeLessThanOrEqual(space.height + 1);
  });

  it("scrolls rather than show tiles that nobody can read, and never overflows", () => {
    const { columns, tile } = gridFor(64, space);
    expect(tile).toBeGreaterThanOrEqual(220);
    expect(columns * tile + (columns - 1) * space.gap).toBeLessThanOrEqual(space.width);
    expect(gridFor(64, { ...space, width: 200 })).toMatchObject({ columns: 1, tile: 200 });
  });
});

describe("zoom", () => {
  it("keeps the point under the pointer where it is", () => {
    const at = { x: 0.25, y: 0.75 };
    const next = zoomed(WHOLE, 2, at);
    expect(next.x + (at.x - 0.5) / next.scale).toBeCloseTo(0.25);
    expect(next.y + (at.y - 0.5) / next.scale).toBeCloseTo(0.75);
  });

  it("never shows what is beside the picture", () => {
    expect(panned({ scale: 2, x: 0.5, y: 0.5 }, 5, -5)).toEqual({ scale: 2, x: 0.75, y: 0.25 });
    expect(within({ scale: 99, x: Number.NaN, y: 2 })).toEqual({ scale: 8, x: 0.5, y: 1 - 0.5 / 8 });
    expect(zoomed(WHOLE, 0.1)).toEqual(WHOLE);
  });

  it("comes back from the address", () => {
    expect(readZoom(writeZoom({ scale: 2, x: 0.6, y: 0.4 }))).toEqual({ scale: 2, x: 0.6, y: 0.4 });
    expect(writeZoom(WHOLE)).toBe("");
    expect(readZoom("nonsense")).toEqual(WHOLE);
  });
});

describe("streams", () => {
  it("splits a message", () => {
    const view = new DataView(new ArrayBuffer(16));
    view.setUint8(0, 1);
    view.setUint8(1, 2);
    view.setUint16(2, 640);
    view.setUint16(4, 360);
    view.setBigInt64(6, 1_700_000_000_000_000n);
    view.setUint8(15, 7);
    const { data, ...about } = parted(view.buffer);
    expect(about).toEqual({ key: true, redaction: "whole", width: 640, height: 360, time: 1_700_000_000_000_000 });
    expect([...data]).toEqual([0, 7]);
  });

  it("never takes an unknown kind of cover for a covered picture", () => {
    const view = new DataView(new ArrayBuffer(14));
    view.setUint8(1, 9);
    expect(parted(view.buffer).redaction).toBe("none");
  });

  it("reads the codec", () => {
    expect(codecOfPacket(new Uint8Array([0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 9]))).toBe("avc1.42c01e");
    expect(codecOfPacket(new Uint8Array([0, 0, 1, 0x65, 1, 2, 3, 4]))).toBe("");
    expect(codecOfMp4(new Uint8Array([0, 97, 118, 99, 67, 1, 0x42, 0xc0, 0x1e, 0]))).toBe("avc1.42c01e");
  });

  it("knows how each picture is covered until it is shown", () => {
    const told = new Told();
    told.add(0, "active");
    told.add(50_000, "whole");
    expect([told.of(49_000), told.of(50_000), told.of(90_000)]).toEqual(["active", "whole", "whole"]);
    expect(new Told().of(1)).toBe("none");
  });
});

describe("conditions", () => {
  it.each([
    [camera(), "active", "covered"],
    [camera({ state: "degraded", faults: ["dark", "late"] }), "fault", "covered, too dark, late"],
    [camera({ state: "degraded" }), "fault", "covered, picture impaired"],
    [camera({ redaction: "whole" }), "whole", "covered whole"],
    [camera({ redaction: "none", state: "refused" }), "none", "no picture, camera rejects the connection"],
    [camera({ redaction: "none", state: "ok" }), "none", "no picture"],
  ])("case %#", (status, tone, words) => {
    expect(condition(status)).toEqual({ tone, words });
  });

  it("mentions few pictures a second, and counts cameras by condition", () => {
    expect(shown(camera({ fps: 2 }))).toEqual({ tone: "fault", words: "covered, only 2.0 pictures/s" });
    const { total, counts } = summary([camera(), camera({ redaction: "none" }), camera()]);
    expect(total).toBe("3 cameras");
    expect(counts.map(({ count, words }) => `${count} ${words}`)).toEqual(["2 covered", "1 no picture"]);
  });
});

describe("figures", () => {
  it.each([
    [milliseconds(Number.NaN), ""],
    [milliseconds(-3), "0 ms"],
    [milliseconds(12_000), "12 s"],
    [duration(40), "40 s"],
    [duration(2 * 86_400), "2 d"],
    [duration(-1), "0 s"],
    [percent(0.9996), "100 %"],
    [percent(0.5), "50.0 %"],
    [clockTime("2020-01-02T14:30:00Z"), "Jan 2, 2020, 14:30:00"],
    [preciseTime("2020-01-02T00:05:00.200Z"), "Jan 2, 2020, 00:05:00.2"],
    [figure(4.7), "4.70"],
    [figure(123.4), "123"],
    [period("24h", 86_400), "last 24h"],
    [period("7d", 100_000), "last 27 h (less than 7d)"],
  ])("%s", (got, expected) => {
    expect(got).toBe(expected);
  });
});

describe("alerts", () => {
  it("puts those first that wait, then the more severe, then the newest", () => {
    const alert = (name: string, state: AlertInfo["state"], severity: AlertInfo["severity"], raised: string) =>
      ({ alert: name, state, severity, raised }) as AlertInfo;
    const order = sorted([
      alert("old", "raised", "amber", "2026-11-28T10:00:00Z"),
      alert("taken", "acknowledged", "critical", "2026-11-28T12:00:00Z"),
      alert("new", "raised", "amber", "2026-11-28T11:00:00Z"),
      alert("worst", "raised", "critical", "2026-11-28T09:00:00Z"),
    ]);
    expect(order.map((each) => each.alert)).toEqual(["worst", "new", "old", "taken"]);
  });
});
