import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { ListPage } from "../api/all";
import { ask, send } from "../api/client";
import { now } from "../api/clock";
import type { Action, MadeToken, TokenInfo } from "../api/schema";
import { person } from "../app/person";
import { ListPart } from "../parts/list-part";
import { presentPassword } from "../parts/present-password";
import { moment } from "../parts/time";
import { t, word } from "../text/text";

const DAY_MS = 86_400_000;
const DAYS = [30, 90, 365];

/** Tokens of scripts and services: one's own, or all for those who manage accounts. */
@customElement("pb-tokens")
export class TokensPart extends ListPart<TokenInfo> {
  @state() private made: MadeToken | null = null;

  protected override page(after: string): Promise<ListPage<TokenInfo>> {
    return send("GET /api/tokens", { query: { after } });
  }

  protected override list(items: readonly TokenInfo[]): TemplateResult {
    const own = items.filter(({ camera }) => camera === null); // those of embedded cameras have a page of their own
    return html`${
      this.made
        ? html`<section class="panel" role="status"><h2>${this.made.name}</h2><p>${t("tokens.once")}</p>
              <p><code class="long">${this.made.token}</code></p></section>`
        : nothing
    }
      <div class="columns uneven">
        <section class="panel scrolls" tabindex="0" aria-label=${t("people.tokens")}><h2>${t("people.tokens")}</h2>
          ${own.length ? this.#table(own) : html`<p>${t("tokens.none")}</p>`}
        </section>
        ${this.#adding()}
      </div>`;
  }

  #table(tokens: readonly TokenInfo[]): TemplateResult {
    return html`<table><thead><tr><th>${t("tokens.name")}</th><th>${t("tokens.owner")}</th><th>${t("tokens.actions")}</th><th>${t("tokens.ends")}</th><th></th></tr></thead>
      <tbody>${tokens.map(
        (each) => html`<tr>
          <td><strong>${each.name}</strong></td><td>${each.owner}</td>
          <td>${each.actions.map((action) => word("action", action)).join(", ")}</td>
          <td>${moment(each.ends)}</td>
          <td class="number-cell"><button type="button" aria-label=${t("tokens.revoke_of", { name: each.name })}
            @click=${() => this.#revoke(each.number)}>${t("tokens.revoke")}</button></td>
        </tr>`,
      )}</tbody></table>`;
  }

  #adding(): TemplateResult {
    const actions = person()?.actions ?? [];
    return html`<section class="panel"><h2>${t("tokens.add")}</h2>
      <form class="deeds" @submit=${(event: Event) => this.submit(event, (form) => this.#add(form))}>
        <label>${t("tokens.for")}<input name="name" required maxlength="64" autocomplete="off" /></label>
        <fieldset><legend>${t("tokens.actions")}</legend>
          ${actions.map((each) => html`<label class="check"><input type="checkbox" name="action" value=${each} />${word("action", each)}</label>`)}
        </fieldset>
        <label>${t("tokens.days")}<select name="days">${DAYS.map((each) => html`<option value=${each}>${t("tokens.n_days", { n: each })}</option>`)}</select></label>
        ${presentPassword()}
        <p class="wrong" role="alert">${this.wrong}</p>
        <div><button type="submit" class="main">${t("tokens.do")}</button></div>
      </form></section>`;
  }

  async #add(form: FormData): Promise<void> {
    const ends = new Date(now() + Number(form.get("days")) * DAY_MS).toISOString();
    const actions = form.getAll("action") as Action[];
    if (!actions.length) throw new Error(t("tokens.choose"));
    this.made = await ask("POST /api/tokens", {
      body: { name: String(form.get("name")), actions, ends, present: String(form.get("present") ?? "") },
    });
  }

  #revoke(number: number): Promise<void> {
    return this.change(() => ask("DELETE /api/tokens/{number}", { path: { number } }));
  }
}
