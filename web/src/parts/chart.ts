import { html, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { timezone } from "../api/clock";
import { type Aligned, isBound } from "../app/series";
import { figure, percent } from "../text/format";
import { locale, t } from "../text/text";
import { readInks } from "./ink";
import { drawFirings, drawLimits, type Firing, type Limit } from "./marks";
import { listen, Part } from "./part";

const HEIGHT = 220;
const RIBBON = 8;
const INKS = { ink: "quiet", line: "line", accent: "accent", quiet: "strong-line", bad: "bad" };
const HOURS = [3600, 7200, 10_800, 14_400, 21_600];
const DAYS = [86_400, 2 * 86_400];

/** A time series with its interval, the days before for comparison, and a ribbon that says what was observed. */
@customElement("pb-chart")
export class ChartPart extends Part {
  @property({ attribute: false }) data: Aligned | null = null;
  @property({ attribute: false }) earlier: Aligned | null = null;
  /** What `earlier` is, for the legend. */
  @property() compared = "";
  @property({ attribute: false }) limits: readonly Limit[] = [];
  @property({ attribute: false }) firings: readonly Firing[] = [];
  @property() label = "";
  @property() unit = "";
  #plot: uPlot | null = null;
  #resizing: ResizeObserver | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    this.during(() => listen(dark, "change", () => this.#draw()));
    const themed = new MutationObserver(() => this.#draw());
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.during(() => () => themed.disconnect());
    this.#resizing = new ResizeObserver(() => this.#plot?.setSize({ width: this.#width, height: HEIGHT }));
    this.#resizing.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizing?.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  get #width(): number {
    return Math.max(240, this.clientWidth);
  }

  protected override render(): TemplateResult {
    return html`<div class="plot" role="img" aria-label=${this.#summary()}></div>`;
  }

  protected override updated(_changed: PropertyValues<this>): void {
    this.#draw();
  }

  /** The chart in words. */
  #summary(): string {
    const values = (this.data?.values ?? []).filter((each) => each !== null);
    if (!values.length) return t("chart.none", { label: this.label });
    const [low, high] = [Math.min(...values), Math.max(...values)].map(figure);
    const words = t("chart.words", { label: this.label, low: low ?? "", high: high ?? "", unit: this.unit });
    const data = this.data;
    const bounded = data?.values.filter((value, index) => value !== null && isBound(data, index)).length ?? 0;
    return bounded ? `${words}; ${t("chart.bounds", { n: bounded })}` : words;
  }

  #draw(): void {
    const place = this.querySelector<HTMLElement>(".plot");
    if (!place || !this.data) return;
    this.#plot?.destroy();
    const colour = (name: string) => getComputedStyle(this).getPropertyValue(name).trim();
    const { ink, line, accent, quiet, bad } = readInks(this, INKS);
    const font = `13px ${colour("font-family") || "sans-serif"}`;
    const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const { starts, values, lows, highs, coverages } = this.data;
    const { earlier } = this;
    const other: uPlot.Series = {
      label: this.compared || t("chart.before"),
      stroke: quiet,
      width: 1.5,
      dash: [5, 4],
      spanGaps: false,
      value: (_plot, at, _series, index) => this.#read(at, index, earlier),
    };
    const options: uPlot.Options = {
      width: this.#width,
      height: HEIGHT,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), timezone()),
      cursor: { sync: { key: "passerby" }, drag: { x: false, y: false } },
      legend: { live: true },
      scales: {
        y: {
          range: (_plot, low, high) => [
            Math.min(0, low ?? 0),
            Math.max(high || 1, ...this.limits.map(({ value }) => value)) * 1.08,
          ],
        },
      },
      axes: [
        {
          ...axis,
          incrs: isLong(starts) ? DAYS : HOURS,
          space: 64,
          values: (_plot, at) => at.map((each) => hour(each, starts)),
        },
        { ...axis, size: 56, values: (_plot, at) => at.map(figure) },
      ],
      series: [
        { label: t("chart.time"), value: (_plot, at) => (at === null ? "–" : stamp(at)) },
        {
          label: this.label,
          stroke: accent,
          width: 2,
          spanGaps: false,
          value: (_plot, at, _series, index) => this.#read(at, index, this.data),
        },
        {
          label: t("chart.low"),
          show: true,
          width: 0,
          stroke: "transparent",
          points: { show: false },
          value: (_plot, at, _series, index) => this.#read(at, index),
        },
        {
          label: t("chart.high"),
          show: true,
          width: 0,
          stroke: "transparent",
          points: { show: false },
          value: (_plot, at, _series, index) =>
            index !== null && index !== undefined && this.data && isBound(this.data, index)
              ? t("chart.open")
              : this.#read(at, index),
        },
        ...(earlier ? [other] : []),
        {
          label: t("chart.observed"),
          scale: "coverage",
          width: 0,
          points: { show: false },
          stroke: "transparent",
          value: (_plot, at) => (at === null ? "–" : percent(at)),
        },
      ],
      bands: [{ series: [3, 2], fill: fade(accent) }],
      hooks: {
        draw: [
          (plot) => {
            ribbon(plot, coverages, { ink, accent });
            if (this.data) bounds(plot, this.data, accent);
            drawFirings(plot, this.firings, bad);
            drawLimits(plot, this.limits, { line: bad, ink });
          },
        ],
      },
    };
    const columns = [starts, values, lows, highs, ...(earlier ? [earlier.values] : []), coverages];
    this.#plot = new uPlot(options, columns as uPlot.AlignedData, place);
    this.dispatchEvent(new Event("drawn", { bubbles: true }));
  }

  /** Move the crosshair to a window. */
  point(index: number): void {
    const at = this.data?.starts[index];
    if (this.#plot && at !== undefined) this.#plot.setCursor({ left: this.#plot.valToPos(at, "x"), top: 0 });
  }

  /** A value under the pointer, which may be a lower bound; nothing while there is no pointer. */
  #read(value: number | null, index: number | null, of: Aligned | null = null): string {
    if (index === null || index === undefined) return "–";
    if (value === null || value === undefined) return t("chart.unobserved");
    const words = `${figure(value)} ${this.unit}`.trim();
    return of && isBound(of, index) ? `${t("place.at_least")} ${words}` : words;
  }
}

/** Draw below the chart how much of each window was observed; what was not is hatched. */
function ribbon(plot: uPlot, coverages: readonly number[], { ink, accent }: { ink: string; accent: string }): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const ratio = devicePixelRatio;
  const deep = RIBBON * ratio;
  const each = width / Math.max(1, coverages.length);
  const y = top + height - deep;
  ctx.save();
  coverages.forEach((share, index) => {
    const x = left + index * each;
    ctx.globalAlpha = 1;
    if (share > 0) {
      ctx.fillStyle = accent;
      ctx.globalAlpha = 0.15 + 0.6 * share;
      ctx.fillRect(x, y, each + 0.5, deep);
      return;
    }
    ctx.beginPath();
    ctx.rect(x, y, each + 0.5, deep);
    ctx.save();
    ctx.clip();
    ctx.strokeStyle = ink;
    ctx.lineWidth = ratio;
    ctx.beginPath();
    const step = 5 * ratio;
    for (let at = Math.floor((x - deep) / step) * step; at < x + each + deep; at += step) {
      ctx.moveTo(at, y + deep);
      ctx.lineTo(at + deep, y);
    }
    ctx.stroke();
    ctx.restore();
  });
  ctx.restore();
}

/** A colour that lets the line through; the system's own may be see-through already. */
const fade = (colour: string): string =>
  colour.replace(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+).*\)$/, "rgba($1, $2, $3, 0.18)");
/** Mark lower bounds with an arrow upwards: the true value may be anywhere above. */
function bounds(plot: uPlot, data: Aligned, accent: string): void {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const [tall, wide, apart] = [12 * ratio, 4 * ratio, 14 * ratio];
  let last = Number.NEGATIVE_INFINITY;
  ctx.save();
  ctx.strokeStyle = accent;
  ctx.lineWidth = 1.5 * ratio;
  ctx.beginPath();
  data.values.forEach((value, index) => {
    const start = data.starts[index];
    if (value === null || start === undefined || !isBound(data, index)) return;
    const x = plot.valToPos(start, "x", true);
    if (x - last < apart) return;
    last = x;
    const y = plot.valToPos(value, "y", true);
    const top = Math.max(plot.bbox.top, y - tall);
    ctx.moveTo(x, y);
    ctx.lineTo(x, top);
    ctx.moveTo(x - wide, top + wide);
    ctx.lineTo(x, top);
    ctx.lineTo(x + wide, top + wide);
  });
  ctx.stroke();
  ctx.restore();
}

const zoned = (at: number, options: Intl.DateTimeFormatOptions): string =>
  new Date(at * 1000).toLocaleString(locale(), { ...options, timeZone: timezone() });

const isLong = (starts: readonly number[]): boolean => (starts.at(-1) ?? 0) - (starts[0] ?? 0) > 2 * 86_400;

/** A tick of the time axis: the hour, or the day of a longer span. */
function hour(at: number, starts: readonly number[]): string {
  return isLong(starts)
    ? zoned(at, { weekday: "short", day: "numeric" })
    : zoned(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

const stamp = (at: number): string =>
  zoned(at, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
