import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { now } from "../api/clock";
import type { PlaceInfo, SignalChart } from "../api/schema";
import { write } from "../app/address";
import { unitOf } from "../parts/alert-words";
import { Part } from "../parts/part";
import { nameOf } from "../parts/quantity";
import { empty, failed, loading } from "../parts/states";
import { figure } from "../text/format";
import { t } from "../text/text";

const AGAIN_MS = 15_000;
const FRESH_MS = 180_000;

/** All places with what was measured there last. */
@customElement("pb-places")
export class PlacesView extends Part {
  @state() private known: PlaceInfo[] | null = null;
  @state() private recent: SignalChart[] = [];
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#load();
    const timer = setInterval(() => document.visibilityState === "visible" && this.#load(), AGAIN_MS);
    this.during(() => () => clearInterval(timer));
  }

  async #load(): Promise<void> {
    const [start, end] = [now() - FRESH_MS, now()].map((each) => new Date(each).toISOString()) as [string, string];
    try {
      const parts = [
        ask("GET /api/places"),
        ask("GET /api/signals", { query: { start, end, window: "1min" } }),
      ] as const;
      [this.known, this.recent] = await Promise.all(parts);
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    return html`<div class="page"><h1>${t("places.title")}</h1>${this.#body()}</div>`;
  }

  #body(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.known) return loading();
    const names = [...new Set(this.known.map(({ place }) => place))];
    if (!names.length) return empty(t("places.empty.title"), t("places.empty.words"));
    return html`<ul class="cards">${names.map((name) => this.#card(name))}</ul>`;
  }

  #card(name: string): TemplateResult {
    const about = (this.known ?? []).filter(({ place, kind }) => place === name && !kind);
    return html`<li><a class="panel" href=${write("place", name)}>
      <h2>${name}</h2>
      <dl class="facts">${about.map((each) => html`<dt>${nameOf(each.quantity, each.kind)}</dt><dd>${this.#value(each)}</dd>`)}</dl>
    </a></li>`;
  }

  #value(each: PlaceInfo): TemplateResult {
    const chart = this.recent.find(
      ({ site, place, quantity, kind }) =>
        site === each.site && place === each.place && quantity === each.quantity && kind === each.kind,
    );
    const value = chart?.values.at(-1);
    if (value === undefined) return html`<span class="unobserved">${t("place.unobserved")}</span>`;
    return html`<b>${figure(value)}</b> ${each.unit === "1" ? nothing : unitOf(each.unit)}`;
  }
}
