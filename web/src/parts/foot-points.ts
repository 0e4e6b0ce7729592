import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import type { FootPoints } from "../api/schema";
import { cellsAsCsv, type FootCell, footCells } from "../app/foot-cells";
import { figure, percent } from "../text/format";
import { count, t } from "../text/text";
import { Part } from "./part";
import "../style/place.css";

/** Where in a zone foot points came to within a span of time: counts per cell, never a path. */
@customElement("pb-foot-points")
export class FootPointsPart extends Part {
  @property() place = "";
  /** Begin and end of the span, s since 1970. */
  @property({ type: Number }) start = 0;
  @property({ type: Number }) end = 0;
  @state() private points: FootPoints | null = null;
  @state() private failure = "";

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("place") || changed.has("start") || changed.has("end")) this.#load();
  }

  get #span(): { start: string; end: string } {
    return { start: new Date(1000 * this.start).toISOString(), end: new Date(1000 * this.end).toISOString() };
  }

  async #load(): Promise<void> {
    const [place, span] = [this.place, this.#span];
    const isAsked = () => place === this.place && span.start === this.#span.start && span.end === this.#span.end;
    try {
      const points = await ask("GET /api/places/{place}/foot-points", { path: { place }, query: span });
      if (isAsked()) [this.points, this.failure] = [points, ""];
    } catch (error) {
      if (isAsked()) this.failure = error instanceof Refusal ? error.message : t("lost.gateway");
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { points } = this;
    if (this.failure) return this.#panel(html`<p class="wrong" role="alert">${this.failure}</p>`);
    if (!points) return nothing;
    if (!points.hours) return this.#panel(html`<p class="quiet">${t("feet.none")}</p>`);
    const { cells, steps } = footCells(points);
    if (!cells.length) return this.#panel(html`<p>${t("feet.few", { least: points.least })}</p>${this.#about(points)}`);
    return this.#panel(html`<div class="feet">
        ${picture(points, cells)}
        <div class="beside">
          <ul class="scale" aria-label=${t("feet.scale")}>${steps.map(
            ({ step, from, to }) =>
              html`<li><i class="foot-${step}"></i>${from === to ? figure(from) : t("feet.between", { from: figure(from), to: figure(to) })}</li>`,
          )}</ul>
          ${this.#about(points)}
          <p class="quiet">${t("feet.rule", { least: points.least })}</p>
          ${points.other_grid ? html`<p class="quiet">${count(points.other_grid, "feet_left_out")}</p>` : nothing}
          <div class="line"><button type="button" @click=${this.#export}>${t("feet.export")}</button></div>
        </div>
      </div>`);
  }

  #panel(body: TemplateResult): TemplateResult {
    return html`<section class="panel" aria-label=${t("feet.title")}><h2>${t("feet.title")}</h2>${body}</section>`;
  }

  #about({ hours, coverage, side, unit }: FootPoints): TemplateResult {
    return html`<p>${count(hours, "feet_hours")} ${t("feet.observed", { share: percent(coverage) })}</p>
      <p class="quiet">${t(unit === "m" ? "feet.cells_m" : "feet.cells_px", { side: figure(side) })}</p>`;
  }

  #export(): void {
    if (!this.points) return;
    const { start, end } = this.#span;
    const url = URL.createObjectURL(new Blob([cellsAsCsv(this.points, start, end)], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { href: url, download: `${this.place}-foot-points.csv` }).click();
    URL.revokeObjectURL(url);
  }
}

/** The cells as on a floor plan (y upwards), or as in the picture (y downwards). */
function picture(points: FootPoints, cells: readonly FootCell[]): TemplateResult {
  const { side, left, top, columns, counts, unit } = points;
  const rows = counts.length / columns;
  const [wide, high] = [columns * side, rows * side];
  const row = (y: number) => (unit === "m" ? high - (y - top * side) - side : y - top * side);
  const busiest = cells.reduce((one, other) => (other.count > one.count ? other : one));
  const words = t("feet.picture", {
    width: figure(wide),
    height: figure(high),
    unit,
    most: figure(busiest.count),
    x: figure(busiest.x + side / 2),
    y: figure(busiest.y + side / 2),
  });
  const of = ({ x, y, count: came }: FootCell) =>
    t("feet.cell", { n: figure(came), x: figure(x + side / 2), y: figure(y + side / 2), unit });
  return html`<figure><svg class="cells" viewBox="0 0 ${wide} ${high}" role="img" aria-label=${words}>${svg`
      <rect class="ground" width=${wide} height=${high}></rect>
      ${cells.map((each) => svg`<rect class="foot-${each.step}" x=${each.x - left * side} y=${row(each.y)} width=${side} height=${side}><title>${of(each)}</title></rect>`)}`}</svg>
    <figcaption class="quiet">${t("feet.size", { width: figure(wide), height: figure(high), unit })}</figcaption></figure>`;
}
