import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { now } from "../api/clock";
import { live } from "../api/live";
import type { SignalChart } from "../api/schema";
import { here, setQuery } from "../app/go";
import { aligned, asCsv, observed, SPANS, type Span } from "../app/series";
import { alertStrip } from "../parts/alert-strip";
import { unitOf } from "../parts/alert-words";
import { icon } from "../parts/icon";
import { Part } from "../parts/part";
import { nameOf } from "../parts/quantity";
import { empty, failed, loading } from "../parts/states";
import { figure, percent } from "../text/format";
import { t, word } from "../text/text";
import "../parts/chart";

const AGAIN_MS = 20_000;
/** A value that is older than this is no longer shown as the present one. */
const FRESH_S = 180;

interface Fresh {
  value: number;
  at: number;
  coverage: number;
  low: number | null;
  high: number | null;
}

/** What is measured at a place: now, over a day or a week, and beside the time before. */
@customElement("pb-place")
export class PlaceView extends Part {
  @property() name = "";
  @state() private charts: SignalChart[] | null = null;
  @state() private earlier: SignalChart[] = [];
  @state() private recent: SignalChart[] = [];
  @state() private failure: unknown = null;
  #end = 0;
  #asked = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
    this.followLive();
    const timer = setInterval(() => document.visibilityState === "visible" && this.#load(), AGAIN_MS);
    this.during(() => () => clearInterval(timer));
  }

  get #span(): Span {
    return SPANS.find(({ name }) => name === here().query.get("span")) ?? SPANS[0];
  }

  get #compares(): boolean {
    return here().query.get("compare") === "1";
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const asked = `${this.name} ${this.#span.name} ${this.#compares}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.charts = null;
    this.#load();
  }

  async #load(): Promise<void> {
    const { seconds, window } = this.#span;
    const asked = this.#asked;
    const end = now() / 1000;
    const place = [this.name];
    const read = (from: number, until: number, length = window) =>
      ask("GET /api/signals", { query: { start: iso(from), end: iso(until), place, window: length } });
    try {
      const parts = [
        read(end - seconds, end),
        this.#compares ? read(end - 2 * seconds, end - seconds) : Promise.resolve([]),
        read(end - FRESH_S, end, "1min"),
      ] as const;
      const [charts, earlier, recent] = await Promise.all(parts);
      if (asked !== this.#asked) return;
      this.#end = end;
      [this.charts, this.earlier, this.recent, this.failure] = [charts, earlier, recent, null];
    } catch (error) {
      if (asked === this.#asked) this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    const about = (live.alerts ?? []).filter(({ where }) => where.includes(`place ${this.name}`));
    return html`<div class="page">
      <div class="head">
        <a class="back" href="/places">${icon("back")}${t("places.title")}</a>
        <h1>${this.name}</h1><span class="gap"></span>
        <span class="group" role="group" aria-label=${t("place.span")}>
          ${SPANS.map(
            ({ name }) => html`<button type="button" aria-pressed=${name === this.#span.name ? "true" : "false"}
              @click=${() => setQuery({ span: name })}>${word("span", name)}</button>`,
          )}
        </span>
        <button type="button" aria-pressed=${this.#compares ? "true" : "false"}
          @click=${() => setQuery({ compare: this.#compares ? "" : "1" })}>${t("place.compare")}</button>
        <button type="button" ?disabled=${!this.charts?.length} @click=${this.#export}>${t("place.export")}</button>
      </div>
      ${alertStrip(about)}
      ${this.#body()}
    </div>`;
  }

  #body(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.charts) return loading();
    if (!this.charts.length) return empty(t("place.empty.title"), t("place.empty.words"));
    return html`${this.charts.map((chart) => this.#chart(chart))}<p class="quiet">${t("place.legend")}</p>`;
  }

  #chart(chart: SignalChart): TemplateResult {
    const { seconds, step } = this.#span;
    const [start, end] = [this.#end - seconds, this.#end];
    const data = aligned(chart, start, end, step);
    const other = this.earlier.find((each) => same(each, chart));
    const before = this.#compares ? aligned(other, start, end, step, seconds) : null;
    const label = nameOf(chart.quantity, chart.kind);
    const unit = chart.unit === "1" ? "" : unitOf(chart.unit);
    return html`<section class="panel series" aria-label=${label}>
      <div class="now">
        <h2>${label}</h2>${this.#now(chart, unit)}
        <p class="quiet">${t("place.observed", { share: percent(observed(data)) })}</p>
      </div>
      <pb-chart .data=${data} .earlier=${before} .label=${label} .unit=${unit}></pb-chart>
    </section>`;
  }

  /** The latest value in words; what was not observed is said, and is never a zero. */
  #now(chart: SignalChart, unit: string): TemplateResult {
    const fresh = latest(this.recent.find((each) => same(each, chart)));
    if (!fresh) return html`<p class="unobserved">${t("place.unobserved")}</p>`;
    const isBound = fresh.low !== null && fresh.high === null;
    return html`<p class="value">${isBound ? html`<small>${t("place.at_least")}</small> ` : nothing}<b>${figure(fresh.value)}</b> ${unit}</p>
      ${
        fresh.low !== null && fresh.high !== null
          ? html`<p class="quiet">${t("place.interval", { low: figure(fresh.low), high: figure(fresh.high) })}</p>`
          : nothing
      }
      <p class="quiet">${t("place.coverage", { share: percent(fresh.coverage) })}</p>`;
  }

  /** Give what is shown to the person as a table. */
  #export(): void {
    const url = URL.createObjectURL(new Blob([asCsv(this.charts ?? [])], { type: "text/csv" }));
    const link = Object.assign(document.createElement("a"), {
      href: url,
      download: `${this.name}-${this.#span.name}.csv`,
    });
    link.click();
    URL.revokeObjectURL(url);
  }
}

const iso = (seconds: number): string => new Date(1000 * seconds).toISOString();

const same = (one: SignalChart, other: SignalChart): boolean =>
  one.quantity === other.quantity && one.kind === other.kind && one.site === other.site;

function latest(chart: SignalChart | undefined): Fresh | null {
  const index = (chart?.starts_s.length ?? 0) - 1;
  if (!chart || index < 0) return null;
  return {
    value: chart.values[index] ?? 0,
    at: chart.starts_s[index] ?? 0,
    coverage: chart.coverages[index] ?? 0,
    low: chart.lows[index] ?? null,
    high: chart.highs[index] ?? null,
  };
}
