import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import { live } from "../api/live";
import type { PlacesBody } from "../api/schema";
import { write } from "../app/address";
import { may, seesAll } from "../app/person";
import { Part } from "../parts/part";
import { empty, failed, loading } from "../parts/states";
import { cameraOf } from "../setup/still";
import { condition } from "../text/condition";
import { t } from "../text/text";
import "./setup-calibration";
import "./setup-camera";
import "./setup-places";
import "./setup-sign";
import "./setup-site";

type Json = Record<string, unknown>;

/** What the console calls a place of a places file. */
const nameOf = (place: Json): string => String(place.name ?? "");

/** The pages on which a site is set up: its cameras, their places and calibration, and the site file. */
@customElement("pb-setup")
export class SetupView extends Part {
  @property() camera = "";
  @property() page = "";
  @state() private cameras: Json[] | null = null;
  @state() private places = new Map<string, PlacesBody>();
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if ((changed.has("camera") || changed.has("page")) && !this.camera && !this.page) this.#load();
  }

  async #load(): Promise<void> {
    if (!may("change_settings") || !seesAll()) return;
    try {
      const { settings } = await ask("GET /api/site");
      this.cameras = (settings.cameras as Json[] | undefined) ?? [];
      for (const each of this.cameras) {
        const name = nameOf(each);
        const body = await ask("GET /api/site/cameras/{name}/places", { path: { name } });
        this.places = new Map(this.places).set(name, body);
      }
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    if (!may("change_settings") || !seesAll()) return empty(t("forbidden.title"), t("forbidden.ask"));
    if (this.camera) {
      if (this.page === "calibration") return html`<pb-setup-calibration .name=${this.camera}></pb-setup-calibration>`;
      return this.page === "sign"
        ? html`<pb-setup-sign .name=${this.camera}></pb-setup-sign>`
        : html`<pb-setup-places .name=${this.camera}></pb-setup-places>`;
    }
    if (this.#isDemo()) return empty(t("setup.demo"), (this.failure as Refusal).message);
    if (this.page === "add") return html`<pb-setup-camera></pb-setup-camera>`;
    if (this.page === "site") return html`<pb-setup-site></pb-setup-site>`;
    return html`<div class="page">
      <div class="head"><h1>${t("setup.title")}</h1><span class="gap"></span>
        <a class="button" href=${write("setup", "", { part: "site" })}>${t("setup.site")}</a>
        <a class="button main" href=${write("setup", "", { part: "add" })}>${t("setup.add")}</a></div>
      ${this.#list()}
    </div>`;
  }

  /** Whether the gateway has no site file that could be changed. */
  #isDemo(): boolean {
    return this.failure instanceof Refusal && this.failure.status === 404;
  }

  #list(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.cameras) return loading();
    if (!this.cameras.length) return empty(t("setup.none.title"), t("setup.none.words"));
    return html`<ul class="cards">${this.cameras.map((each) => this.#card(each))}</ul>`;
  }

  #card(each: Json): TemplateResult {
    const name = nameOf(each);
    const status = cameraOf(name);
    const shown = status && condition(status);
    const body = this.places.get(name);
    const all = [...(body?.lines ?? []), ...(body?.zones ?? [])];
    return html`<li class="panel">
      <div class="line"><h2>${name}</h2>${shown ? html`<span class="badge ${shown.tone}">${shown.words}</span>` : nothing}</div>
      ${status?.detail ? html`<p class="detail">${status.detail}</p>` : nothing}
      <p class="quiet">${String(each.purpose ?? "")}</p>
      <p>${
        body
          ? all.length
            ? html`${t("setup.places_of")} ${all.map((place, index) => html`${index ? ", " : ""}<strong>${nameOf(place)}</strong>`)}`
            : html`<span class="unobserved">${t("setup.no_places")}</span>`
          : nothing
      }</p>
      <div class="line">
        <a class="button" href=${write("setup", name)} aria-label=${t("setup.draw_of", { name })}>${t("setup.draw")}</a>
        <a class="button" href=${write("setup", name, { part: "calibration" })} aria-label=${t("setup.calibrate_of", { name })}>${t("setup.calibration")}</a>
        <a class="button" href=${write("setup", name, { part: "sign" })} aria-label=${t("sign_page.of", { name })}>${t("sign_page.tab")}</a>
        ${live.cameras?.length ? html`<a class="button" href=${write("camera", name)} aria-label=${t("setup.watch_of", { name })}>${t("setup.watch")}</a>` : nothing}
      </div>
    </li>`;
  }
}
