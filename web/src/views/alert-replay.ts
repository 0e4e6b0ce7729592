import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import { now } from "../api/clock";
import type { AlertRuleInfo, PlaceInfo, ReplayedRule, ReplayInfo, SignalChart } from "../api/schema";
import { here, setQuery } from "../app/go";
import { comparedAt, firingsAt, readWanted, TRIED, type TriedSpan } from "../app/replay";
import { type Aligned, aligned, observed } from "../app/series";
import { severity } from "../parts/alert-strip";
import { unitOf } from "../parts/alert-words";
import { Part } from "../parts/part";
import { nameOf } from "../parts/quantity";
import { empty, failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { decimal, duration, figure, percent } from "../text/format";
import { t, word } from "../text/text";
import "../parts/chart";

/** When a rule would have fired over what was stored, with its limits, its hold and its alarm load. */
@customElement("pb-alert-replay")
export class AlertReplayView extends Part {
  @state() private rules: AlertRuleInfo[] | null = null;
  @state() private known: PlaceInfo[] = [];
  @state() private tried: ReplayInfo | null = null;
  @state() private charts: SignalChart[] = [];
  @state() private busy = false;
  @state() private wrong = "";
  @state() private failure: unknown = null;
  #asked: string | null = null;
  #end = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
    Promise.all([ask("GET /api/alerts/rules"), ask("GET /api/places").catch(() => [])]).then(
      ([rules, known]) => {
        [this.rules, this.known] = [rules, known];
      },
      (error) => {
        this.failure = error;
      },
    );
  }

  get #span(): TriedSpan {
    return TRIED.find(({ name }) => name === here().query.get("span")) ?? TRIED[0];
  }

  protected override willUpdate(): void {
    const asked = here().query.toString();
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#try();
  }

  async #try(): Promise<void> {
    const [asked, span, end] = [this.#asked, this.#span, now() / 1000];
    const wanted = readWanted(here().query, span, end);
    [this.tried, this.wrong, this.busy] = [null, "", wanted !== null];
    if (!wanted) return;
    try {
      const tried = await ask("POST /api/alerts/replay", { body: wanted });
      const place = [...new Set(tried.rules.flatMap(({ places }) => places))];
      const quantity = [...new Set(tried.rules.map((each) => each.quantity))];
      const query = { start: wanted.start, end: wanted.end, place, quantity, window: span.shown };
      const charts = await ask("GET /api/signals", { query });
      if (asked !== this.#asked) return;
      [this.charts, this.#end, this.tried] = [charts, end, tried];
    } catch (error) {
      if (asked !== this.#asked) return;
      this.wrong = error instanceof Refusal ? error.message : t("lost.gateway");
    }
    this.busy = false;
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.rules) return loading();
    return html`<p class="quiet">${t("replay.about")}</p>${this.#form(this.rules)}
      ${this.wrong ? html`<p class="wrong" role="alert">${this.wrong}</p>` : nothing}
      ${this.busy ? loading() : this.tried ? this.#result(this.tried) : this.wrong ? nothing : empty(t("replay.empty.title"), t("replay.empty.words"))}`;
  }

  #form(rules: readonly AlertRuleInfo[]): TemplateResult {
    const { query } = here();
    const rule = query.get("rule") ?? "";
    const names = [...new Set(rules.map((each) => each.rule))];
    const set = (event: Event) => {
      event.preventDefault();
      const given = new FormData(event.currentTarget as HTMLFormElement);
      const values = Object.fromEntries([...given].map(([name, value]) => [name, String(value)]));
      const cleared = Object.fromEntries([...query.keys()].filter((each) => each !== "tab").map((each) => [each, ""]));
      setQuery({ ...cleared, ...values });
    };
    const choose = (event: Event) => setQuery({ rule: (event.target as HTMLSelectElement).value });
    return html`<form class="filters tried" @submit=${set}>
      <label>${t("alert.rule")}<select name="rule" @change=${choose}>
        <option value="" ?selected=${!rule}>${t("replay.draft")}</option>
        ${names.map((each) => html`<option value=${each} ?selected=${each === rule}>${each}</option>`)}
      </select></label>
      ${rule ? this.#limits(rules.filter((each) => each.rule === rule)) : this.#draft()}
      <label>${t("replay.hold")}<input name="hold" type="number" min="0" max="3600" step="any" .value=${query.get("hold") ?? ""}
        placeholder=${String(rules.find((each) => each.rule === rule)?.hold_s ?? 10)} /></label>
      <label>${t("place.span")}<select name="span">
        ${TRIED.map(({ name }) => html`<option value=${name} ?selected=${name === this.#span.name}>${word("span", name)}</option>`)}
      </select></label>
      <button type="submit" class="main">${t("replay.do")}</button>
    </form>`;
  }

  /** Other limits for a rule in use; those in use stand there until one is typed. */
  #limits(rules: readonly AlertRuleInfo[]): TemplateResult {
    const used = new Map(this.tried?.rules.map((each) => [each.severity, each.limit]));
    return html`${rules.map((each) => {
      const name = `limit.${each.severity}`;
      return html`<label>${t("replay.limit_of", { severity: word("severity", each.severity) })}<input name=${name} type="number" step="any"
        .value=${here().query.get(name) ?? ""} placeholder=${String(used.get(each.severity) ?? "")} /></label>`;
    })}`;
  }

  #draft(): TemplateResult {
    const { query } = here();
    const places = [...new Set(this.known.map(({ place }) => place))];
    const quantities = [...new Set(this.known.map(({ quantity }) => quantity))];
    return html`<label>${t("replay.place")}<select name="place" required>
        ${places.map((each) => html`<option value=${each} ?selected=${each === query.get("place")}>${each}</option>`)}</select></label>
      <label>${t("replay.quantity")}<select name="quantity" required>
        ${quantities.map((each) => html`<option value=${each} ?selected=${each === query.get("quantity")}>${nameOf(each, "")}</option>`)}</select></label>
      <label>${t("replay.side")}<select name="side">
        ${["above", "below"].map((each) => html`<option value=${each} ?selected=${each === query.get("side")}>${word("side", each)}</option>`)}</select></label>
      <label>${t("replay.limit")}<input name="limit" type="number" step="any" required .value=${query.get("limit") ?? ""} /></label>`;
  }

  #result(tried: ReplayInfo): TemplateResult {
    if (!tried.windows) return empty(t("place.empty.title"), t("replay.unobserved"));
    const [first] = tried.rules;
    const places = [...new Set(tried.rules.flatMap((each) => each.places))];
    return html`<div class="figures">
        <div class="tile-figure"><b>${tried.firings.length}</b><span>${t("replay.firings")}</span><small>${t("replay.since")} ${moment(tried.begin)}</small></div>
        <div class="tile-figure ${tried.load.mean > 1 ? "bad" : ""}"><b>${decimal(tried.load.mean, 2)}</b><span>${t("load.mean")}</span><small>${t("load.mean_limit")}</small></div>
        <div class="tile-figure ${tried.load.most > 10 ? "bad" : ""}"><b>${decimal(tried.load.most, 0)}</b><span>${t("load.most")}</span><small>${t("load.most_limit")}</small></div>
        <div class="tile-figure"><b>${tried.load.chattering}</b><span>${t("load.chattering")}</span></div>
      </div>
      ${first && first.conditions > 1 ? html`<p class="quiet">${t("replay.more", { n: first.conditions })}</p>` : nothing}
      ${places.map((place) => this.#chart(tried, place))}
      ${this.#table(tried)}<p class="quiet">${t("replay.legend")}</p>`;
  }

  #chart(tried: ReplayInfo, place: string): TemplateResult {
    const { seconds, step } = this.#span;
    const rules = tried.rules.filter((each) => each.places.includes(place));
    const quantity = rules[0]?.quantity ?? "occupancy";
    const chart = this.charts.find((each) => each.place === place && each.quantity === quantity);
    const [begin, end] = [this.#end - seconds, this.#end];
    const data = aligned(chart, begin, end, step);
    const measured = `${place}: ${nameOf(quantity, chart?.kind ?? "")}`;
    const unit = chart && chart.unit !== "1" ? unitOf(chart.unit) : "";
    const limits = rules.map((each) => ({
      value: each.limit,
      label: `${word("severity", each.severity)} ${figure(each.limit)}`,
    }));
    const firings = firingsAt(tried, place);
    const [rule] = rules;
    if (!rule || rule.form === "value")
      return html`<section class="panel series" aria-label=${measured}>
        <div class="now"><h2>${measured}</h2>${rules.map((each) => this.#rule(each))}${this.#observed(data)}</div>
        <pb-chart .data=${data} .limits=${limits} .firings=${firings} .label=${measured} .unit=${unit}></pb-chart>
      </section>`;
    const label = `${place}: ${this.#comparedName(rule)}`;
    const other = comparedAt(tried, place, begin, end, step);
    return html`<section class="panel series" aria-label=${label}>
        <div class="now"><h2>${label}</h2>${rules.map((each) => this.#rule(each))}<p class="quiet">${t("replay.nearest")}</p></div>
        <pb-chart .data=${other} .limits=${limits} .firings=${firings} .label=${label} .unit=${shownUnit(rule)}></pb-chart>
      </section>
      <section class="panel series" aria-label=${measured}>
        <div class="now"><h2>${measured}</h2>${this.#observed(data)}</div>
        <pb-chart .data=${data} .label=${measured} .unit=${unit}></pb-chart>
      </section>`;
  }

  #observed(data: Aligned): TemplateResult {
    return html`<p class="quiet">${t("place.observed", { share: percent(observed(data)) })}</p>`;
  }

  /** What a rule about a change or a sum compares, in words. */
  #comparedName(rule: ReplayedRule): string {
    const words = { quantity: nameOf(rule.quantity, ""), span: duration(rule.over_s) };
    return t(rule.form === "rate" ? "replay.rate" : "replay.total", words);
  }

  #rule(each: ReplayedRule): TemplateResult {
    const unit = shownUnit(each);
    const limit = `${figure(each.limit)} ${unit}`.trim();
    const words = t(each.above ? "replay.rule_above" : "replay.rule_below", { limit, hold: duration(each.hold_s) });
    return html`<p>${severity(each)} ${words}</p>`;
  }

  #table({ firings }: ReplayInfo): TemplateResult {
    if (!firings.length) return html`<p role="status">${t("replay.none")}</p>`;
    return html`<section class="panel scrolls" tabindex="0" aria-label=${t("replay.firings")}><h2>${t("replay.firings")}</h2>
      <table><thead><tr><th>${t("replay.begin")}</th><th>${t("replay.end")}</th><th>${t("alerts.severity")}</th><th>${t("replay.place")}</th><th>${t("replay.what")}</th></tr></thead>
      <tbody>${firings.map(
        (each) => html`<tr><td>${moment(each.begin)}</td><td>${each.end ? moment(each.end) : t("replay.open")}</td>
          <td>${severity(each)}</td><td>${each.places.join(", ")}</td>
          <td>${each.kind === "not_observed" ? t("place.unobserved") : figure(each.value)}</td></tr>`,
      )}</tbody></table></section>`;
  }
}

const shownUnit = ({ unit }: ReplayedRule): string => (unit === "1" ? "" : unitOf(unit));
