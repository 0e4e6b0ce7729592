import { describe, expect, it } from "vitest";
import { Refusal } from "../src/api/client";
import type { EmbeddedCamera } from "../src/api/schema";
import { cardOf, elementOf } from "../src/app/snippet";
import { appearance, isRefused, STALE_MS } from "../src/embedded/state";

const camera: EmbeddedCamera = {
  name: "door",
  state: "ok",
  redaction: "active",
  faults: [],
  fault_since: {},
  detail: "",
  fps: 20,
  lag_ms: 100,
  time_ms: 0,
  timezone: "UTC",
};
const known = { camera, failure: null, ageMs: 200, lostMs: 50 };

describe("an embedded camera", () => {
  it("shows a covered picture, and why one is covered whole", () => {
    expect(appearance(known).mode).toBe("live");
    const whole = { ...camera, redaction: "whole" as const };
    expect(appearance({ ...known, camera: { ...whole, detail: "too slow" } })).toMatchObject({
      mode: "whole",
      words: "too slow",
    });
    expect(appearance({ ...known, camera: whole }).words).toBe("The whole picture is covered.");
  });

  it("marks an old picture with its age, whatever else it knows, and none whose age is not known", () => {
    const whole = { ...camera, redaction: "whole" as const };
    const old = { ...known, camera: whole, ageMs: STALE_MS + 1000 };
    expect(appearance(old)).toMatchObject({ mode: "stale", heading: "This picture is 6 s old" });
    expect(appearance({ ...known, ageMs: Number.NaN }).mode).toBe("live");
  });

  it("says how long ago the last picture was", () => {
    const lost = { ...known, ageMs: null, lostMs: 12_300 };
    expect(appearance(lost)).toMatchObject({ mode: "none", words: "The last picture was 12 s ago." });
    expect(appearance({ ...lost, lostMs: null }).words).toBe("");
    expect(appearance({ ...lost, failure: new TypeError("away") }).words).toMatch(/does not answer.*12 s ago/);
  });

  it.each([401, 403, 404])("has no picture once the gateway answers %s", (status) => {
    const failure = new Refusal(status, "the ticket has ended");
    expect(isRefused(failure)).toBe(true);
    expect(appearance({ ...known, failure })).toMatchObject({ mode: "off" });
    expect(appearance({ ...known, failure }).words).toMatch(/^the ticket has ended\. Ask/);
  });

  it.each([500, 503, 429])("goes on while the gateway answers %s", (status) => {
    const failure = new Refusal(status, "busy");
    expect(isRefused(failure)).toBe(false);
    expect(appearance({ ...known, failure }).mode).toBe("live");
  });
});

describe("what is copied into another page", () => {
  const made = { camera: "door", ticket: "passerby_x" };

  it("names the gateway, the camera and the ticket", () => {
    const script = "/passerby-camera.js";
    expect(elementOf("https://gw:8088", script, made)).toBe(
      '<script type="module" src="https://gw:8088/passerby-camera.js"></script>\n<passerby-camera camera="door" ticket="passerby_x"></passerby-camera>\n',
    );
    expect(cardOf("https://gw:8088", script, made)).toContain("type: custom:passerby-camera\ncamera: door\n");
  });
});
