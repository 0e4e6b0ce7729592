import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import { now, timezone } from "../api/clock";
import { live } from "../api/live";
import type { SignalChart } from "../api/schema";
import { COMPARED, comparedDays, dayOf, endOfDay, laterByDays } from "../app/days";
import { here, setQuery } from "../app/go";
import { aligned, asCsv, isBound, observed, SPANS, type Span } from "../app/series";
import { DAY_S } from "../app/timeline";
import { alertStrip } from "../parts/alert-strip";
import { unitOf } from "../parts/alert-words";
import type { ChartPart } from "../parts/chart";
import { icon } from "../parts/icon";
import { listen, Part } from "../parts/part";
import { nameOf } from "../parts/quantity";
import { empty, failed, loading } from "../parts/states";
import { clockTime, figure, percent } from "../text/format";
import { type Key, t, word } from "../text/text";
import "../parts/chart";
import "../parts/foot-points";

const AGAIN_MS = 20_000;
/** A value that is older than this is no longer shown as the present one. */
const FRESH_S = 180;
const HOUR_S = 3600;
/** Days before, in words. */
const WORDS: Record<number, Key> = {
  1: "place.yesterday",
  7: "place.week_before",
  28: "place.four_weeks_before",
};

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
  /** What is shown is older than it should be: the gateway does not answer. */
  @state() private away = false;
  /** The window that the crosshair points to; null: none was chosen with the control below the charts. */
  @state() private pointed: number | null = null;
  #end = 0;
  #asked = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
    this.followLive();
    const timer = setInterval(() => document.visibilityState === "visible" && this.#load(), AGAIN_MS);
    this.during(() => () => clearInterval(timer));
    this.during(() => listen(this, "drawn", (event) => this.#point(event.target as ChartPart)));
  }

  get #span(): Span {
    return SPANS.find(({ name }) => name === here().query.get("span")) ?? SPANS[0];
  }

  /** With how many days before it is compared; 0 = with nothing. */
  get #days(): number {
    return comparedDays(here().query.get("compare"), this.#span.name);
  }

  /** The end of what is shown: of the day that the address names, or now. */
  get #until(): number {
    return endOfDay(here().query.get("day"), timezone()) ?? now() / 1000;
  }

  /** The begin of what ends at a moment: at the same time of the day, so many days before. */
  #begin(end: number): number {
    return laterByDays(end, -this.#span.seconds / DAY_S, timezone());
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const asked = [this.name, this.#span.name, this.#days, here().query.get("day")].join(" ");
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.charts = null;
    this.pointed = null;
    this.#load();
  }

  async #load(): Promise<void> {
    const { window } = this.#span;
    const asked = this.#asked;
    const days = this.#days;
    const [end, present] = [this.#until, now() / 1000];
    const place = [this.name];
    const read = (from: number, until: number, length = window) =>
      ask("GET /api/signals", { query: { start: iso(from), end: iso(until), place, window: length } });
    const before = (at: number) => laterByDays(at, -days, timezone());
    try {
      const parts = [
        read(this.#begin(end), end),
        days ? read(before(this.#begin(end)), before(end)) : Promise.resolve([]),
        read(present - FRESH_S, present, "1min"),
      ] as const;
      const [charts, earlier, recent] = await Promise.all(parts);
      if (asked !== this.#asked) return;
      this.#end = end;
      [this.charts, this.earlier, this.recent, this.failure, this.away] = [charts, earlier, recent, null, false];
    } catch (error) {
      if (asked !== this.#asked) return;
      const isAway = !(error instanceof Refusal) && this.charts !== null;
      this.away = isAway;
      if (!isAway) this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    const about = (live.alerts ?? []).filter(({ where }) => where.includes(`place ${this.name}`));
    const { name: span } = this.#span;
    const days = this.#days;
    return html`<div class="page">
      <div class="head">
        <a class="back" href="/places">${icon("back")}${t("places.title")}</a>
        <h1>${this.name}</h1><span class="gap"></span>
        <span class="group" role="group" aria-label=${t("place.span")}>
          ${SPANS.map(
            ({ name }) => html`<button type="button" aria-pressed=${name === span ? "true" : "false"}
              @click=${() => setQuery({ span: name }, { replace: false })}>${word("span", name)}</button>`,
          )}
        </span>
        <label class="inline">${t("place.day")}<input type="date" max=${dayOf(now() / 1000, timezone())}
          .value=${here().query.get("day") ?? ""}
          @change=${(event: Event) => setQuery({ day: (event.target as HTMLInputElement).value }, { replace: false })} /></label>
        <label class="inline">${t("place.compare")}<select
          @change=${(event: Event) => setQuery({ compare: (event.target as HTMLSelectElement).value }, { replace: false })}>
          <option value="" ?selected=${!days}>${t("place.with_nothing")}</option>
          ${(COMPARED[span] ?? []).map((each) => html`<option value=${each} ?selected=${each === days}>${t(WORDS[each] ?? "chart.before")}</option>`)}
        </select></label>
        <button type="button" ?disabled=${!this.charts?.length} @click=${this.#export}>${t("place.export")}</button>
      </div>
      ${alertStrip(about)}
      ${this.away ? html`<p class="stale" role="status">${t("place.away", { time: clockTime(1000 * this.#end) })}</p>` : nothing}
      ${this.#body()}
    </div>`;
  }

  #body(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.charts) return loading();
    if (!this.charts.length) return empty(t("place.empty.title"), t("place.empty.words"));
    return html`${this.#missing()}${this.charts.map((chart) => this.#chart(chart))}
      ${this.#moment(this.charts)}<p class="quiet">${t("place.legend")}</p>${this.#feet(this.charts)}`;
  }

  /** Of a zone: where in it people walked in the hours that are shown. */
  #feet(charts: readonly SignalChart[]): TemplateResult | typeof nothing {
    if (!charts.some(({ quantity }) => quantity === "occupancy")) return nothing;
    const whole = (at: number) => Math.floor(at / HOUR_S) * HOUR_S;
    return html`<pb-foot-points .place=${this.name} .start=${whole(this.#begin(this.#end))} .end=${whole(this.#end)}></pb-foot-points>`;
  }

  /** Whether there is nothing to compare with, in words. */
  #missing(): TemplateResult | typeof nothing {
    if (!this.#days || this.earlier.length) return nothing;
    return html`<p class="quiet" role="status">${t("place.no_earlier")}</p>`;
  }

  /** One control that moves the crosshair of all charts, for the keyboard. */
  #moment(charts: readonly SignalChart[]): TemplateResult {
    const { step } = this.#span;
    const [start, end] = [this.#begin(this.#end), this.#end];
    const first = Math.ceil(start / step) * step;
    const last = Math.ceil((end - first) / step) - 1;
    const at = this.pointed ?? last;
    const values = charts.map((chart) => {
      const data = aligned(chart, start, end, step);
      const value = data.values[at] ?? null;
      const unit = chart.unit === "1" ? "" : unitOf(chart.unit);
      const least = isBound(data, at) ? `${t("place.at_least")} ` : "";
      const words = value === null ? t("chart.unobserved") : `${least}${figure(value)} ${unit}`.trim();
      return `${nameOf(chart.quantity, chart.kind)}: ${words}`;
    });
    const time = clockTime(1000 * (first + at * step));
    return html`<label class="moment">${t("place.moment")}
      <input type="range" min="0" max=${last} .value=${String(at)} aria-valuetext=${[time, ...values].join(", ")}
        @input=${this.#move} /><output>${this.pointed === null ? "" : time}</output></label>`;
  }

  #move(event: Event): void {
    this.pointed = Number((event.target as HTMLInputElement).value);
    for (const chart of this.querySelectorAll<ChartPart>("pb-chart")) this.#point(chart);
  }

  #point(chart: ChartPart): void {
    if (this.pointed !== null) chart.point(this.pointed);
  }

  #chart(chart: SignalChart): TemplateResult {
    const { step } = this.#span;
    const [start, end] = [this.#begin(this.#end), this.#end];
    const data = aligned(chart, start, end, step);
    const other = this.earlier.find((each) => same(each, chart));
    const days = this.#days;
    const later = (at: number) => laterByDays(at, days, timezone());
    const before = days ? aligned(other, start, end, step, later) : null;
    const label = nameOf(chart.quantity, chart.kind);
    const unit = chart.unit === "1" ? "" : unitOf(chart.unit);
    return html`<section class="panel series" aria-label=${label}>
      <div class="now">
        <h2>${label}</h2>${this.#now(chart, unit)}
        <p class="quiet">${t("place.observed", { share: percent(observed(data)) })}</p>
      </div>
      <pb-chart .data=${data} .earlier=${before} .compared=${days ? t(WORDS[days] ?? "chart.before") : ""} .label=${label} .unit=${unit}></pb-chart>
    </section>`;
  }

  /** The latest value in words; what was not observed is said, and is never a zero. */
  #now(chart: SignalChart, unit: string): TemplateResult {
    const fresh = latest(this.recent.find((each) => same(each, chart)));
    if (!fresh) return html`<p class="unobserved">${t("place.unobserved")}</p>`;
    const bounded = fresh.low !== null && fresh.high === null;
    return html`<p class="value">${bounded ? html`<small>${t("place.at_least")}</small> ` : nothing}<b>${figure(fresh.value)}</b> ${unit}</p>
      ${
        fresh.low !== null && fresh.high !== null
          ? html`<p class="quiet">${t("place.interval", { low: figure(fresh.low), high: figure(fresh.high) })}</p>`
          : nothing
      }
      <p class="quiet">${t("place.coverage", { share: percent(fresh.coverage) })}</p>`;
  }

  /** Give what is shown to the person as a table. */
  #export(): void {
    const url = URL.createObjectURL(new Blob([asCsv([...(this.charts ?? []), ...this.earlier])], { type: "text/csv" }));
    const link = Object.assign(document.createElement("a"), {
      href: url,
      download: `${[this.name, here().query.get("day"), this.#span.name].filter(Boolean).join("-")}.csv`,
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
