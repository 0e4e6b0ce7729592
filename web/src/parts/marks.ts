import type uPlot from "uplot";

/** A limit across a chart. */
export interface Limit {
  value: number;
  label: string;
}

/** A time in which something held or was raised, s since 1970; `held` is the part before in which it only held. */
export interface Firing {
  held: number;
  begin: number;
  end: number;
  /** Nobody could say whether it was so. */
  blind: boolean;
}

/** Draw when a rule would have fired: hatched while it only held, filled from when it was raised until it was over. */
export function drawFirings(plot: uPlot, firings: readonly Firing[], colour: string): void {
  const { ctx } = plot;
  const { top, height, left, width } = plot.bbox;
  const ratio = devicePixelRatio;
  const x = (at: number) => Math.min(left + width, Math.max(left, plot.valToPos(at, "x", true)));
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = colour;
  ctx.lineWidth = ratio;
  for (const { held, begin, end, blind } of firings) {
    const [from, raised, over] = [x(held), x(begin), x(end)];
    ctx.globalAlpha = blind ? 0.08 : 0.22;
    ctx.fillRect(raised, top, Math.max(2 * ratio, over - raised), height);
    ctx.globalAlpha = 0.8;
    ctx.setLineDash(blind ? [3 * ratio, 3 * ratio] : []);
    ctx.strokeRect(from, top, Math.max(0.5, raised - from), height);
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(raised - 4 * ratio, top);
    ctx.lineTo(raised + 4 * ratio, top);
    ctx.lineTo(raised, top + 7 * ratio);
    ctx.fill();
  }
  ctx.restore();
}

/** Draw limits as dashed lines with their words. */
export function drawLimits(plot: uPlot, limits: readonly Limit[], colours: { line: string; ink: string }): void {
  const { ctx } = plot;
  const { top, height, left, width } = plot.bbox;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colours.line;
  ctx.fillStyle = colours.ink;
  ctx.lineWidth = 1.5 * ratio;
  ctx.font = `${12 * ratio}px sans-serif`;
  ctx.textAlign = "right";
  for (const { value, label } of limits) {
    const y = plot.valToPos(value, "y", true);
    if (y < top || y > top + height) continue;
    ctx.setLineDash([8 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.fillText(label, left + width - 4 * ratio, y - 4 * ratio);
  }
  ctx.restore();
}
