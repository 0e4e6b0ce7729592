import { describe, expect, it } from "vitest";
import { fromPlan, onPlan } from "../src/setup/plan-scale";

describe("the scale of a floor plan", () => {
  const straight = { m_per_px: 0.5, origin_px: [10, 20] as [number, number], turn_deg: 0 };

  it("puts metres on the picture as the gateway does", () => {
    expect(onPlan([1, 2], straight)).toEqual([12, 16]);
  });

  it.each([0, 30, 90, -135])("leads back to the same metres, turned by %i degrees", (turn_deg) => {
    const scale = { ...straight, turn_deg };
    const [x, y] = fromPlan(onPlan([3.25, -1.5], scale), scale);
    expect(x).toBeCloseTo(3.25, 6);
    expect(y).toBeCloseTo(-1.5, 6);
  });

  it("turns counter-clockwise", () => {
    const [x, y] = onPlan([1, 0], { ...straight, turn_deg: 90 });
    expect(x).toBeCloseTo(10, 6);
    expect(y).toBeCloseTo(18, 6);
  });
});
