import { timezone } from "../api/clock";
import type { CoverInfo, Severity, SignalChart } from "../api/schema";
import { COVERS, type Cover, DAY_S, type TimeWindow, ticksOf } from "../app/timeline";
import { figure } from "../text/format";
import { locale } from "../text/text";
import { readInks } from "./ink";

/** A flag of an alert on the timeline; times in s since 1970. */
export interface Flag {
  at: number;
  severity: Severity;
}

/** What is drawn: the strips of cameras, a curve below them with gaps as gaps, flags of alerts, moment and selection. */
export interface Drawing {
  window: TimeWindow;
  /** By camera; null: not read yet. */
  strips: readonly (CoverInfo | null)[];
  curve: SignalChart | null;
  /** Length of a window of the curve, s. */
  curveStep: number;
  flags: readonly Flag[];
  selection: readonly [number, number] | null;
  now: number;
}

/** Heights of the parts, px; the style sheet has the same for the names beside them. */
export const AXIS = 26;
export const ROW = 40;
export const CURVE = 84;
const BAR = 26;
const FLAG = 12;

/** Colours of the drawing, as the style sheet has them at present. */
export type Inks = Record<"ink" | "quiet" | "line" | "strong" | "ground" | "accent" | "good" | "warn" | "bad", string>;

export const heightOf = (rows: number, hasCurve: boolean): number => AXIS + rows * ROW + (hasCurve ? CURVE : 0);

const TOKENS: Inks = {
  ink: "ink",
  quiet: "quiet",
  line: "line",
  strong: "strong-line",
  ground: "ground",
  accent: "accent",
  good: "good",
  warn: "warn",
  bad: "bad",
};

/** Read the colours that tokens have where an element stands. */
export const inksOf = (element: HTMLElement): Inks => readInks(element, TOKENS);

/** The texture of each state: even, hatched, dotted, dashed; so they differ without colour, too. */
export function textures(context: CanvasRenderingContext2D, inks: Inks): Record<Cover, CanvasPattern | string> {
  const made = (size: number, draw: (tile: OffscreenCanvasRenderingContext2D) => void) => {
    const ratio = Math.max(1, devicePixelRatio); // in a page that is being closed it may be 0
    const tile = new OffscreenCanvas(size * ratio, size * ratio);
    const inside = tile.getContext("2d");
    if (!inside) return "";
    inside.scale(ratio, ratio);
    draw(inside);
    const pattern = context.createPattern(tile, "repeat");
    pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern ?? "";
  };
  return {
    covered: inks.good,
    whole: made(8, (tile) => {
      tile.strokeStyle = inks.warn;
      tile.lineWidth = 3;
      for (const shift of [-8, 0, 8]) {
        tile.beginPath();
        tile.moveTo(shift - 1, 9);
        tile.lineTo(shift + 9, -1);
        tile.stroke();
      }
    }),
    no_picture: made(6, (tile) => {
      tile.fillStyle = inks.bad;
      tile.fillRect(0, 0, 3, 3);
      tile.fillRect(3, 3, 3, 3);
    }),
    unknown: made(6, (tile) => {
      tile.fillStyle = inks.quiet;
      tile.fillRect(0, 2, 6, 2);
    }),
  };
}

const MARKED: Record<Severity, keyof Inks> = { notice: "quiet", amber: "warn", red: "bad", critical: "bad" };

/** Draw a timeline. */
export function drawTimeline(canvas: HTMLCanvasElement, drawing: Drawing, inks: Inks): void {
  const context = canvas.getContext("2d");
  if (!context || !canvas.clientWidth) return;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [wide, high] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  const { begin, span } = drawing.window;
  const x = (at: number) => ((at - begin) / span) * width;
  const pen = { context, inks, x, width };
  const bottom = AXIS + drawing.strips.length * ROW;
  select(pen, drawing, height);
  axis(pen, drawing.window, height);
  const fills = textures(context, inks);
  for (const [row, index] of drawing.strips.entries()) strip(pen, index, AXIS + row * ROW, fills);
  if (drawing.curve) curve(pen, drawing.curve, drawing.curveStep, bottom);
  for (const flag of drawing.flags) raise(pen, flag, bottom);
  moment(pen, drawing, height);
}

interface Pen {
  context: CanvasRenderingContext2D;
  inks: Inks;
  x(at: number): number;
  width: number;
}

function axis({ context, inks, x, width }: Pen, window: TimeWindow, height: number): void {
  context.font = `13px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textBaseline = "middle";
  context.lineWidth = 1;
  const zone = timezone();
  const clock = new Intl.DateTimeFormat(locale(), {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const exact = new Intl.DateTimeFormat(locale(), {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const day = new Intl.DateTimeFormat(locale(), { timeZone: zone, day: "numeric", month: "short" });
  let before = "";
  for (const { at, step } of ticksOf(window, width, zone)) {
    const left = Math.round(x(at)) + 0.5;
    context.strokeStyle = inks.line;
    context.beginPath();
    context.moveTo(left, AXIS - 6);
    context.lineTo(left, height);
    context.stroke();
    const time = (step < 60 ? exact : clock).format(1000 * at);
    const date = day.format(1000 * at);
    const isNew = before !== "" && date !== before && time.startsWith("00:00");
    before = date;
    context.fillStyle = inks.quiet;
    const words = step >= DAY_S || isNew ? date : time;
    const half = context.measureText(words).width / 2;
    context.fillText(words, Math.min(width - 2 * half, Math.max(0, left - half)), AXIS / 2);
  }
}

/** Draw a camera's strip: what was not recorded is only its base line. */
function strip(
  { context, inks, x, width }: Pen,
  index: CoverInfo | null,
  top: number,
  fills: Record<Cover, CanvasPattern | string>,
): void {
  const low = top + (ROW + BAR) / 2;
  context.fillStyle = inks.strong;
  context.fillRect(0, low, width, 1);
  if (!index) return;
  const start = Date.parse(index.begin) / 1000;
  const count = index.covered.length;
  for (let step = 0; step < count; ) {
    const shares = COVERS.map((name) => index[name][step] ?? 0);
    let next = step + 1;
    while (next < count && COVERS.every((name, at) => index[name][next] === shares[at])) next += 1;
    const [left, right] = [x(start + step * index.step_s), x(start + next * index.step_s)];
    step = next;
    if (right < 0 || left > width) continue;
    let base = low;
    COVERS.forEach((name, at) => {
      const deep = BAR * (shares[at] ?? 0);
      if (deep <= 0) return;
      context.fillStyle = fills[name];
      context.fillRect(left, base - deep, Math.max(1, right - left + 0.4), deep);
      base -= deep;
    });
  }
}

/** Draw the curve of a quantity; where nothing was observed, it has a gap. */
function curve({ context, inks, x, width }: Pen, chart: SignalChart, length: number, top: number): void {
  const values = chart.values;
  const most = Math.max(...values, 0) || 1;
  const [high, low] = [top + 20, top + CURVE - 4];
  const y = (value: number) => low - (Math.max(0, value) / most) * (low - high);
  context.strokeStyle = inks.strong;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, low + 0.5);
  context.lineTo(width, low + 0.5);
  context.stroke();
  context.strokeStyle = inks.accent;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  let before = Number.NEGATIVE_INFINITY;
  chart.starts_s.forEach((at, index) => {
    const level = y(values[index] ?? 0);
    const left = x(at);
    if (at - before > 1.5 * length) context.moveTo(left, level);
    else context.lineTo(left, level);
    context.lineTo(x(at + length), level);
    before = at;
  });
  context.stroke();
  if (!values.length) return;
  context.fillStyle = inks.quiet;
  context.fillText(figure(most), 4, high - 8);
}

/** Draw a flag: square or pointed, filled or outlined, so that each severity differs without colour, too. */
function raise({ context, inks, x, width }: Pen, { at, severity }: Flag, bottom: number): void {
  const left = x(at);
  if (left < -FLAG || left > width) return;
  const colour = inks[MARKED[severity]];
  const isSquare = severity === "notice" || severity === "critical";
  context.strokeStyle = colour;
  context.fillStyle = severity === "red" || severity === "critical" ? colour : inks.ground;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(left, bottom);
  context.lineTo(left, AXIS);
  if (isSquare) {
    context.lineTo(left + FLAG, AXIS);
    context.lineTo(left + FLAG, AXIS + FLAG);
  } else context.lineTo(left + FLAG, AXIS + FLAG / 2);
  context.lineTo(left, AXIS + FLAG);
  context.fill();
  context.stroke();
}

function select({ context, inks, x }: Pen, { selection }: Drawing, height: number): void {
  if (!selection) return;
  const [left, right] = selection.map(x) as [number, number];
  context.globalAlpha = 0.18;
  context.fillStyle = inks.accent;
  context.fillRect(left, AXIS, right - left, height - AXIS);
  context.globalAlpha = 1;
  context.strokeStyle = inks.accent;
  context.lineWidth = 2;
  context.strokeRect(left, AXIS, right - left, height - AXIS - 1);
}

/** Draw the chosen moment, and where now is. */
function moment({ context, inks, x, width }: Pen, { window, now }: Drawing, height: number): void {
  const present = x(now);
  if (present < width) {
    context.strokeStyle = inks.quiet;
    context.setLineDash([3, 3]);
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(present, AXIS);
    context.lineTo(present, height);
    context.stroke();
    context.setLineDash([]);
  }
  const at = x(window.moment);
  context.fillStyle = inks.ink;
  context.fillRect(at - 1, AXIS - 8, 2, height);
  context.beginPath();
  context.moveTo(at - 7, AXIS - 10);
  context.lineTo(at + 7, AXIS - 10);
  context.lineTo(at, AXIS);
  context.fill();
}
