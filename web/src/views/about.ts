import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask } from "../api/client";
import type { AboutInfo } from "../api/schema";
import { Part } from "../parts/part";
import { failed, loading } from "../parts/states";
import { type Key, t, word } from "../text/text";

const NEVER: readonly Key[] = ["about.never_1", "about.never_2", "about.never_3", "about.never_4", "about.never_5"];
const PARTS: readonly Key[] = ["about.part_1", "about.part_2", "about.part_3"];

/** What passerby never does, the networks that it finds people with, and licences. */
@customElement("pb-about")
export class AboutView extends Part {
  @state() private about: AboutInfo | null = null;
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    ask("GET /api/about").then(
      (about) => {
        this.about = about;
      },
      (error) => {
        this.failure = error;
      },
    );
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    const { about } = this;
    if (!about) return loading();
    return html`<div class="page">
      <div class="head"><h1>${t("about.title")}</h1><span class="quiet">${t("about.version", { version: about.version })}</span></div>
      <div class="columns">
        <section class="panel"><h2>${t("about.never")}</h2><ul>${NEVER.map((each) => html`<li>${t(each)}</li>`)}</ul></section>
        <section class="panel"><h2>${t("about.parts")}</h2><p>${t("about.licence")}</p>
          <ul>${PARTS.map((each) => html`<li>${t(each)}</li>`)}</ul></section>
      </div>
      <section class="panel scrolls" tabindex="0" aria-label=${t("about.networks")}><h2>${t("about.networks")}</h2>
        <p class="quiet">${t("about.networks_hint")}</p>
        <table><thead><tr><th>${t("tokens.name")}</th><th>${t("about.finds")}</th><th>${t("about.weights")}</th><th>${t("about.sha")}</th></tr></thead>
          <tbody>${about.networks.map(
            (
              each,
            ) => html`<tr><td><strong>${each.name}</strong></td><td>${each.finds.map((kind) => word("finds", kind)).join(", ")}</td>
              <td>${each.licence}</td><td><code class="long">${each.sha256}</code></td></tr>`,
          )}</tbody></table>
      </section>
    </div>`;
  }
}
