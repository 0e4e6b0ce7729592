import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask } from "../api/client";
import type { AlarmLoadInfo } from "../api/schema";
import { here, setQuery } from "../app/go";
import { Part } from "../parts/part";
import { failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { decimal, percent } from "../text/format";
import { t } from "../text/text";

const HOURS = ["8", "24", "168", "720"];

/** How many alerts a person had to handle, by EEMUA 191. */
@customElement("pb-alert-load")
export class AlertLoad extends Part {
  @state() private load: AlarmLoadInfo | null = null;
  @state() private failure: unknown = null;
  #asked = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
  }

  get #hours(): string {
    return HOURS.find((each) => each === here().query.get("hours")) ?? "24";
  }

  protected override willUpdate(): void {
    const hours = this.#hours;
    if (hours === this.#asked) return;
    this.#asked = hours;
    ask("GET /api/alerts/load", { query: { hours: Number(hours) } }).then(
      (load) => {
        this.load = load;
      },
      (error) => {
        this.failure = error;
      },
    );
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    const { load } = this;
    if (!load) return loading();
    const tile = (value: string, words: string, limit: string, bad: boolean) =>
      html`<div class="tile-figure ${bad ? "bad" : ""}"><b>${value}</b><span>${words}</span><small>${limit}</small>
        ${bad ? html`<span class="chip">${t("load.above")}</span>` : nothing}</div>`;
    return html`<label class="short">${t("load.time")}
        <select @change=${(event: Event) => setQuery({ hours: (event.target as HTMLSelectElement).value })}>
          ${HOURS.map((each) => html`<option value=${each} ?selected=${each === this.#hours}>${t("load.hours", { n: each })}</option>`)}
        </select>
      </label>
      <div class="figures">
        ${tile(decimal(load.mean, 1), t("load.mean"), t("load.mean_limit"), load.mean > 1)}
        ${tile(decimal(load.most, 0), t("load.most"), t("load.most_limit"), load.most > 10)}
        ${tile(percent(load.share_above), t("load.share"), "", false)}
        ${tile(String(load.total), t("load.total", { n: load.operators }), "", false)}
        ${tile(String(load.standing), t("load.standing"), "", load.standing > 0)}
        ${tile(String(load.chattering), t("load.chattering"), "", load.chattering > 0)}
      </div>
      ${
        load.floods.length
          ? html`<section class="panel"><h2>${t("load.floods")}</h2><ul>
              ${load.floods.map((each) => html`<li>${moment(each.start)} – ${moment(each.end)}: ${decimal(each.count, 0)}</li>`)}
            </ul></section>`
          : nothing
      }
      <p class="quiet">${t("load.source")}</p>`;
  }
}
