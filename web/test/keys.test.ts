import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hasSingleKeys, keyOf, setSingleKeys } from "../src/app/keys";

const pressed = (key: string, about: Partial<Record<"ctrlKey" | "altKey" | "metaKey", boolean>> = {}, within = "") => {
  const closest = (selectors: string) => (selectors.split(", ").includes(within) ? {} : null);
  return keyOf({
    key,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    ...about,
    target: { closest },
  } as unknown as KeyboardEvent);
};

describe("single keys", () => {
  beforeEach(() => {
    const kept = new Map<string, string>();
    const get = (name: string) => kept.get(name) ?? null;
    const set = (name: string, value: string) => kept.set(name, value);
    vi.stubGlobal("localStorage", { getItem: get, setItem: set });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("act on the page unless somebody types or holds another key down", () => {
    expect(hasSingleKeys()).toBe(true);
    expect(["f", "?", "ArrowLeft"].map((key) => pressed(key))).toEqual(["f", "?", "ArrowLeft"]);
    expect(["input", "select", "textarea", "dialog"].map((within) => pressed("f", {}, within))).toEqual([
      "",
      "",
      "",
      "",
    ]);
    expect([pressed("f", { ctrlKey: true }), pressed("f", { altKey: true }), pressed("f", { metaKey: true })]).toEqual([
      "",
      "",
      "",
    ]);
  });

  it("can be switched off; keys that are no characters stay", () => {
    setSingleKeys(false);
    expect(["f", "?", "+", "ArrowLeft", "Escape"].map((key) => pressed(key))).toEqual([
      "",
      "",
      "",
      "ArrowLeft",
      "Escape",
    ]);
    setSingleKeys(true);
    expect(pressed("f")).toBe("f");
  });
});
