import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, send } from "../api/client";
import { now } from "../api/clock";
import { live } from "../api/live";
import type { ForeignPageInfo, MadeTicket, TokenInfo } from "../api/schema";
import { cardOf, elementOf } from "../app/snippet";
import { Part } from "../parts/part";
import { presentPassword } from "../parts/present-password";
import { say } from "../parts/say";
import { empty, failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { t } from "../text/text";

const DAY_MS = 86_400_000;
const DAYS = [30, 90, 365];

/** Tickets with which pages of other origins show one camera: make one, see which there are, revoke one. */
@customElement("pb-pages")
export class PagesPart extends Part {
  @state() private info: ForeignPageInfo | null = null;
  @state() private tickets: TokenInfo[] = [];
  @state() private made: MadeTicket | null = null;
  @state() private wrong = "";
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    this.#load();
  }

  async #load(): Promise<void> {
    try {
      const found: TokenInfo[] = [];
      let after = "";
      do {
        const { value, next } = await send("GET /api/tokens", { query: { after } });
        found.push(...value.filter(({ camera }) => camera !== null));
        after = next;
      } while (after);
      this.tickets = found;
      this.info = await ask("GET /api/foreign-pages");
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.info) return loading();
    const { origins } = this.info;
    return html`${this.made ? this.#once(this.made, this.info) : nothing}
      <p>${t("pages.about")}</p>
      ${
        origins.length
          ? html`<p>${t("pages.origins")} ${origins.map((each) => html`<code class="long">${each}</code> `)}</p>`
          : empty(t("pages.no_origin.title"), t("pages.no_origin.words"))
      }
      <div class="columns uneven">
        <section class="panel scrolls" tabindex="0" aria-label=${t("people.pages")}><h2>${t("people.pages")}</h2>
          ${this.tickets.length ? this.#table() : html`<p>${t("tokens.none")}</p>`}
        </section>
        ${origins.length ? this.#adding() : nothing}
      </div>`;
  }

  #once(made: MadeTicket, { script }: ForeignPageInfo): TemplateResult {
    const copy = (text: string) => () => navigator.clipboard?.writeText(text).then(() => say(t("people.copied")));
    const part = (words: string, text: string) => html`<h3>${words}</h3><pre class="long" tabindex="0">${text}</pre>
      ${"clipboard" in navigator ? html`<div><button type="button" @click=${copy(text)}>${t("people.copy")}</button></div>` : nothing}`;
    return html`<section class="panel" role="status"><h2>${made.name}</h2><p>${t("pages.once")}</p>
      ${part(t("pages.plain"), elementOf(location.origin, script, made))}
      ${part(t("pages.home_assistant"), cardOf(location.origin, script, made))}
    </section>`;
  }

  #table(): TemplateResult {
    return html`<table><thead><tr><th>${t("pages.page")}</th><th>${t("pages.camera")}</th><th>${t("tokens.owner")}</th><th>${t("tokens.ends")}</th><th></th></tr></thead>
      <tbody>${this.tickets.map(
        (each) => html`<tr>
          <td><strong>${each.name}</strong></td><td>${each.camera}</td><td>${each.owner}</td>
          <td>${moment(each.ends)}${Date.parse(each.ends) < now() ? html` <span class="chip">${t("pages.over")}</span>` : nothing}</td>
          <td class="number-cell"><button type="button" aria-label=${t("tokens.revoke_of", { name: each.name })}
            @click=${() => this.#revoke(each.number)}>${t("tokens.revoke")}</button></td>
        </tr>`,
      )}</tbody></table>`;
  }

  #adding(): TemplateResult {
    return html`<section class="panel"><h2>${t("pages.add")}</h2>
      <form class="deeds" @submit=${this.#add}>
        <label>${t("pages.page")}<input name="name" required maxlength="64" autocomplete="off" /></label>
        <label>${t("pages.camera")}<select name="camera">${(live.cameras ?? []).map(({ name }) => html`<option value=${name}>${name}</option>`)}</select></label>
        <label>${t("tokens.days")}<select name="days">${DAYS.map((each) => html`<option value=${each}>${t("tokens.n_days", { n: each })}</option>`)}</select></label>
        <p class="quiet">${t("pages.everybody")}</p>
        ${presentPassword()}
        <p class="wrong" role="alert">${this.wrong}</p>
        <div><button type="submit" class="main">${t("pages.do")}</button></div>
      </form></section>`;
  }

  async #add(event: Event): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const ends = new Date(now() + Number(form.get("days")) * DAY_MS).toISOString();
    const path = { camera: String(form.get("camera")) };
    this.wrong = "";
    try {
      const body = { name: String(form.get("name")), ends, present: String(form.get("present") ?? "") };
      this.made = await ask("POST /api/cameras/{camera}/tickets", { path, body });
      await this.#load();
    } catch (error) {
      this.wrong = (error as Error).message;
    }
  }

  async #revoke(number: number): Promise<void> {
    await ask("DELETE /api/tokens/{number}", { path: { number } });
    if (this.made?.number === number) this.made = null;
    say(t("changed"));
    await this.#load();
  }
}
