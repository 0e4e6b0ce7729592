import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, send } from "../api/client";
import { now } from "../api/clock";
import type { Action, MadeToken, TokenInfo } from "../api/schema";
import { person } from "../app/person";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { t, word } from "../text/text";

const DAY_MS = 86_400_000;
const DAYS = [30, 90, 365];

/** Tokens of scripts and services: one's own, or all for those who manage accounts. */
@customElement("pb-tokens")
export class TokensPart extends Part {
  @state() private tokens: TokenInfo[] | null = null;
  @state() private made: MadeToken | null = null;
  @state() private wrong = "";
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#load();
  }

  async #load(): Promise<void> {
    try {
      const found: TokenInfo[] = [];
      let after = "";
      do {
        const { value, next } = await send("GET /api/tokens", { query: { after } });
        found.push(...value.filter(({ camera }) => camera === null));
        after = next;
      } while (after);
      this.tokens = found;
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.tokens) return loading();
    return html`${
      this.made
        ? html`<section class="panel" role="status"><h2>${this.made.name}</h2><p>${t("tokens.once")}</p>
              <p><code class="long">${this.made.token}</code></p></section>`
        : nothing
    }
      <div class="columns uneven">
        <section class="panel scrolls" tabindex="0" aria-label=${t("people.tokens")}><h2>${t("people.tokens")}</h2>
          ${this.tokens.length ? this.#table(this.tokens) : html`<p>${t("tokens.none")}</p>`}
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
      <form class="deeds" @submit=${this.#add}>
        <label>${t("tokens.for")}<input name="name" required maxlength="64" autocomplete="off" /></label>
        <fieldset><legend>${t("tokens.actions")}</legend>
          ${actions.map((each) => html`<label class="check"><input type="checkbox" name="action" value=${each} />${word("action", each)}</label>`)}
        </fieldset>
        <label>${t("tokens.days")}<select name="days">${DAYS.map((each) => html`<option value=${each}>${t("tokens.n_days", { n: each })}</option>`)}</select></label>
        <p class="wrong" role="alert">${this.wrong}</p>
        <div><button type="submit" class="main">${t("tokens.do")}</button></div>
      </form></section>`;
  }

  async #add(event: Event): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const ends = new Date(now() + Number(form.get("days")) * DAY_MS).toISOString();
    const actions = form.getAll("action") as Action[];
    this.wrong = "";
    try {
      if (!actions.length) throw new Error(t("tokens.choose"));
      this.made = await ask("POST /api/tokens", { body: { name: String(form.get("name")), actions, ends } });
      await this.#load();
    } catch (error) {
      this.wrong = (error as Error).message;
    }
  }

  async #revoke(number: number): Promise<void> {
    await ask("DELETE /api/tokens/{number}", { path: { number } });
    say(t("changed"));
    await this.#load();
  }
}
