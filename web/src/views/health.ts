import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { live } from "../api/live";
import type { Camera, ContactInfo } from "../api/schema";
import { write } from "../app/address";
import { may } from "../app/person";
import { Part } from "../parts/part";
import { empty, loading } from "../parts/states";
import { moment } from "../parts/time";
import { shown, summary } from "../text/condition";
import { decimal, milliseconds, percent, period } from "../text/format";
import { count, t } from "../text/text";

const SPANS = ["24h", "7d", "30d"];

/** How the cameras do, now and over time, and whether messages reach their contacts. */
@customElement("pb-health")
export class HealthView extends Part {
  @state() private contacts: ContactInfo[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    if (may("see_alerts") && live.alerts) {
      ask("GET /api/alerts/contacts").then(
        (contacts) => {
          this.contacts = contacts;
        },
        () => {},
      );
    }
  }

  protected override render(): TemplateResult {
    return html`<div class="page"><h1>${t("health.title")}</h1>${this.#body()}</div>`;
  }

  #body(): TemplateResult {
    const { cameras } = live;
    if (!cameras) return loading();
    if (!cameras.length) return empty(t("wall.empty.title"), t("wall.empty.words"));
    const counts = summary(cameras).counts;
    return html`<div class="figures">
        ${counts.map(
          ({ tone, words, count: number }) =>
            html`<div class="tile-figure"><b>${number}</b><span class="badge ${tone}">${words}</span></div>`,
        )}
      </div>
      <section class="panel scrolls" tabindex="0" aria-label=${t("health.cameras")}>
        <h2>${t("health.cameras")}</h2>
        <table>
          <thead><tr>
            <th>${t("camera.title")}</th><th>${t("camera.state")}</th><th>${t("camera.since")}</th>
            ${SPANS.map((span) => html`<th class="number-cell">${t("health.usable", { span })}</th>`)}
            <th class="number-cell">${t("camera.rate")}</th><th class="number-cell">${t("camera.lag")}</th>
            <th class="number-cell">${t("camera.restarts")}</th>
          </tr></thead>
          <tbody>${cameras.map((each) => this.#row(each))}</tbody>
        </table>
        <p class="quiet">${t("health.about")}</p>
      </section>
      ${this.contacts.length ? this.#delivery() : nothing}`;
  }

  #row(camera: Camera): TemplateResult {
    const { tone, words } = shown(camera);
    return html`<tr>
      <td><a href=${write("camera", camera.name)}>${camera.name}</a></td>
      <td><span class="badge ${tone}">${words}</span>${camera.detail ? html`<br /><small>${camera.detail}</small>` : nothing}</td>
      <td>${moment(camera.since)}</td>
      ${SPANS.map((span) => html`<td class="number-cell">${this.#share(camera, span)}</td>`)}
      <td class="number-cell">${decimal(camera.fps, 1)}/s</td>
      <td class="number-cell">${milliseconds(camera.lag_ms)}</td>
      <td class="number-cell">${camera.restarts}</td>
    </tr>`;
  }

  #share(camera: Camera, span: string): TemplateResult {
    const share = camera.serviceability[span];
    if (share === undefined) return html`<span class="unobserved">${t("health.unobserved")}</span>`;
    const over = period(span, camera.serviceability_over_s[span] ?? 0);
    return html`<span title=${over}>${percent(share)}</span>
      <meter min="0" max="1" value=${share} aria-label=${over}></meter>`;
  }

  #delivery(): TemplateResult {
    return html`<section class="panel"><h2>${t("health.delivery")}</h2>
      <table><thead><tr><th>${t("health.contact")}</th><th>${t("camera.state")}</th><th class="number-cell">${t("health.waiting")}</th></tr></thead>
        <tbody>${this.contacts.map(
          (each) => html`<tr>
            <td>${each.contact}</td>
            <td>${each.problem ? html`<span class="badge none">${each.problem}</span>` : html`<span class="badge active">${t("health.delivered")}</span>`}
              ${each.undelivered.length ? html`<br /><small>${count(each.undelivered.length, "undelivered")}</small>` : nothing}</td>
            <td class="number-cell">${each.waiting}</td>
          </tr>`,
        )}</tbody></table>
    </section>`;
  }
}
