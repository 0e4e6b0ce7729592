import type { PlanInfo } from "../api/schema";
import type { Point } from "./geometry";

type Scale = Pick<PlanInfo, "m_per_px" | "origin_px" | "turn_deg">;

/** Where a point of the ground (m) lies on the picture of a floor plan (px); y points down there. */
export function onPlan([x, y]: Point, { m_per_px, origin_px, turn_deg }: Scale): Point {
  const turn = (turn_deg * Math.PI) / 180;
  const [along, up] = [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)];
  return [origin_px[0] + along / m_per_px, origin_px[1] - up / m_per_px];
}

/** The point of the ground (m, to the centimetre) at a point of the picture of a floor plan (px). */
export function fromPlan([x, y]: Point, { m_per_px, origin_px, turn_deg }: Scale): Point {
  const turn = (turn_deg * Math.PI) / 180;
  const [along, up] = [(x - origin_px[0]) * m_per_px, (origin_px[1] - y) * m_per_px];
  const rounded = (value: number) => Math.round(100 * value) / 100 || 0;
  return [rounded(along * Math.cos(turn) + up * Math.sin(turn)), rounded(up * Math.cos(turn) - along * Math.sin(turn))];
}
