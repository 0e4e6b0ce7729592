import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { live } from "../api/live";
import type { AlertFilter, AlertInfo, Severity } from "../api/schema";
import { write } from "../app/address";
import { here, setQuery } from "../app/go";
import { severity } from "../parts/alert-strip";
import { compared, unitOf, whereOf } from "../parts/alert-words";
import { listen, Part } from "../parts/part";
import { empty, failed, loading } from "../parts/states";
import { ago, utcTime } from "../text/format";
import { type Key, t, word } from "../text/text";
import "./alert";
import "./alert-drill";
import "./alert-handover";
import "./alert-load";
import "./alert-replay";

const STATES: readonly AlertFilter[] = ["open", "raised", "acknowledged", "resolved", "all"];
const SEVERITIES: readonly Severity[] = ["critical", "red", "amber", "notice"];
const TABS: readonly [string, Key][] = [
  ["", "alerts.inbox"],
  ["load", "alerts.load"],
  ["handover", "alerts.handover"],
  ["replay", "alerts.replay"],
  ["drill", "alerts.drill"],
];
const CALM_MS = 300;

/** The alerts as an inbox with one of them beside it, the alarm load, the hand-over of the shift, and drills. */
@customElement("pb-alerts")
export class AlertsView extends Part {
  /** Number of the alert that is open; "" = none. */
  @property() number = "";
  @state() private alerts: AlertInfo[] | null = null;
  @state() private next: string | null = null;
  @state() private failure: unknown = null;
  #asked = "";
  #later: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
    this.during(() => listen(live, "alert", () => this.#soon()));
    this.during(() => () => clearTimeout(this.#later));
  }

  get #state(): AlertFilter {
    return STATES.find((each) => each === here().query.get("state")) ?? "open";
  }

  protected override willUpdate(): void {
    if (this.#asked !== this.#state) this.#load();
  }

  /** Read the list anew, but not for each of many alerts at once. */
  #soon(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#load(), CALM_MS);
  }

  async #load(cursor = ""): Promise<void> {
    const state = this.#state;
    if (state !== this.#asked) this.alerts = null;
    this.#asked = state;
    try {
      const page = await ask("GET /api/alerts", { query: { state, cursor } });
      if (state !== this.#asked) return;
      this.alerts = cursor ? [...(this.alerts ?? []), ...page.alerts] : page.alerts;
      this.next = page.next;
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    const tab = here().query.get("tab") ?? "";
    return html`<div class="page">
      <div class="head"><h1>${t("alerts.title")}</h1>
        <nav class="tabs" aria-label=${t("alerts.parts")}>
          ${TABS.map(
            ([each, words]) =>
              html`<a href=${write("alerts", "", { tab: each })} aria-current=${each === tab ? "page" : nothing}>${t(words)}</a>`,
          )}
        </nav>
      </div>
      ${this.#tab(tab)}
    </div>`;
  }

  #tab(tab: string): TemplateResult {
    if (tab === "load") return html`<pb-alert-load></pb-alert-load>`;
    if (tab === "handover") return html`<pb-alert-handover></pb-alert-handover>`;
    if (tab === "replay") return html`<pb-alert-replay></pb-alert-replay>`;
    if (tab === "drill") return html`<pb-alert-drill></pb-alert-drill>`;
    return html`<div class="inbox ${this.number ? "opened" : ""}">
      <section class="list" aria-label=${t("alerts.list")}>${this.#filters()}${this.#list()}</section>
      ${
        this.number
          ? html`<pb-alert .number=${this.number}></pb-alert>`
          : html`<div class="nothing">${empty(t("alerts.none_open"), t("alerts.choose"))}</div>`
      }
    </div>`;
  }

  #filters(): TemplateResult {
    const { query } = here();
    const set = (name: string) => (event: Event) => setQuery({ [name]: (event.target as HTMLInputElement).value });
    return html`<div class="filters" role="search">
      <label>${t("alerts.state")}<select @change=${set("state")}>
        ${STATES.map((each) => html`<option value=${each} ?selected=${each === this.#state}>${word("alert_filter", each)}</option>`)}
      </select></label>
      <label>${t("alerts.severity")}<select @change=${set("severity")}>
        <option value="">${t("alerts.any")}</option>
        ${SEVERITIES.map(
          (each) =>
            html`<option value=${each} ?selected=${each === query.get("severity")}>${word("severity", each)}</option>`,
        )}
      </select></label>
      <label>${t("alerts.text")}<input type="search" .value=${query.get("text") ?? ""} @input=${set("text")} /></label>
    </div>`;
  }

  #list(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.alerts) return loading();
    const shown = this.alerts.filter((each) => fits(each, here().query));
    if (!shown.length) return empty(t("alerts.empty.title"), t("alerts.empty.words"));
    return html`<ul class="alerts">${shown.map((each) => this.#row(each))}</ul>
      ${
        this.next
          ? html`<button type="button" @click=${() => this.#load(this.next ?? "")}>${t("alerts.more")}</button>`
          : nothing
      }`;
  }

  #row(each: AlertInfo): TemplateResult {
    const query = Object.fromEntries(here().query);
    return html`<li class="${each.severity} ${each.state}">
      <a href=${write("alerts", each.alert, query)} aria-current=${each.alert === this.number ? "true" : nothing}>
        <span class="line">${severity(each)}<span class="chip">${word("alert_state", each.state)}</span>
          ${each.drill ? html`<span class="chip">${t("alert.drill")}</span>` : nothing}
          <span class="gap"></span><span class="quiet" title=${utcTime(each.raised)}>${ago(each.raised)}</span></span>
        <strong>${unitOf(each.summary)}</strong>
        <span class="line quiet">${whereOf(each)}<span class="gap"></span>${t("alerts.last", { value: compared(each) })}</span>
      </a>
    </li>`;
  }
}

/** Whether an alert passes the filters of the address. */
export function fits(each: AlertInfo, query: URLSearchParams): boolean {
  const level = query.get("severity");
  if (level && each.severity !== level) return false;
  const text = (query.get("text") ?? "").trim().toLowerCase();
  return !text || [each.summary, each.rule, each.role, ...each.where].join(" ").toLowerCase().includes(text);
}
