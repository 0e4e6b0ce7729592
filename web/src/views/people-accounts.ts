import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { ListPage } from "../api/all";
import { ask, Refusal, send } from "../api/client";
import { live } from "../api/live";
import type { AccountInfo, Invitation, Role } from "../api/schema";
import { ListPart } from "../parts/list-part";
import { say } from "../parts/say";
import { moment } from "../parts/time";
import { t, word } from "../text/text";

const ROLES: readonly Role[] = ["viewer", "operator", "analyst", "data_protection_officer", "administrator"];

/** The accounts of the site, for those who manage them. */
@customElement("pb-accounts")
export class AccountsPart extends ListPart<AccountInfo> {
  @state() private edited = "";
  @state() private invitation: Invitation | null = null;
  #tag = "";

  protected override page(after: string): Promise<ListPage<AccountInfo>> {
    return send("GET /api/accounts", { query: { after } });
  }

  protected override list(items: readonly AccountInfo[]): TemplateResult {
    return html`${this.invitation ? this.#link(this.invitation) : nothing}
      <div class="columns uneven">
        <section class="panel scrolls" tabindex="0" aria-label=${t("people.accounts")}>
          <h2>${t("people.accounts")}</h2>
          <table>
            <thead><tr><th>${t("sign.account")}</th><th>${t("people.role")}</th><th>${t("people.cameras")}</th>
              <th>${t("people.sign_in")}</th><th class="number-cell">${t("people.sessions")}</th><th></th></tr></thead>
            <tbody>${items.map((each) => this.#row(each))}</tbody>
          </table>
        </section>
        ${this.edited ? this.#editor() : this.#adding()}
      </div>`;
  }

  #link({ account, link }: Invitation): TemplateResult {
    const address = new URL(link, location.href).href;
    const copy = () => navigator.clipboard?.writeText(address).then(() => say(t("people.copied")));
    return html`<section class="panel" role="status"><h2>${t("people.link_title", { account })}</h2>
      <p>${t("people.link_about")}</p><p><code class="long">${address}</code></p>
      <div class="line">${"clipboard" in navigator ? html`<button type="button" @click=${copy}>${t("people.copy")}</button>` : nothing}
        <button type="button" @click=${() => {
          this.invitation = null;
        }}>${t("people.close")}</button></div>
    </section>`;
  }

  #row(each: AccountInfo): TemplateResult {
    const means = [each.has_password ? t("people.password") : "", each.has_code ? t("people.app") : ""].filter(Boolean);
    return html`<tr>
      <td><strong>${each.name}</strong>${each.disabled ? html` <span class="chip">${t("people.disabled")}</span>` : nothing}
        <br /><small>${t("people.since")} ${moment(each.created)}</small></td>
      <td>${word("role", each.role)}</td>
      <td>${each.groups === null ? t("account.all") : each.groups.join(", ") || t("account.none")}</td>
      <td>${means.join(", ") || t("people.no_password")}</td>
      <td class="number-cell">${each.sessions}</td>
      <td class="number-cell"><button type="button" aria-label=${t("people.change_of", { name: each.name })}
        @click=${() => this.#edit(each.name)}>${t("people.change")}</button></td>
    </tr>`;
  }

  #fields(role: Role, groups: readonly string[] | null): TemplateResult {
    return html`<label>${t("people.role")}<select name="role">
        ${ROLES.map((each) => html`<option value=${each} ?selected=${each === role}>${word("role", each)}</option>`)}
      </select></label>
      <fieldset><legend>${t("people.cameras")}</legend>
        <label class="check"><input type="checkbox" name="all" ?checked=${groups === null} />${t("account.all")}</label>
        ${live.groups.map(
          ({ name }) => html`<label class="check"><input type="checkbox" name="group" value=${name}
            ?checked=${groups?.includes(name) ?? false} />${name}</label>`,
        )}
        <small>${t("people.cameras_hint")}</small>
      </fieldset>`;
  }

  #adding(): TemplateResult {
    const add = async (form: FormData) => {
      const body = { name: String(form.get("name")).trim(), role: form.get("role") as Role, groups: groupsOf(form) };
      this.invitation = await ask("POST /api/accounts", { body });
    };
    return html`<section class="panel"><h2>${t("people.add")}</h2>
      <form class="deeds" @submit=${(event: Event) => this.submit(event, add)}>
        <label>${t("sign.account")}<input name="name" required maxlength="64" autocomplete="off" spellcheck="false" /></label>
        ${this.#fields("operator", null)}
        <p class="wrong" role="alert">${this.wrong}</p>
        <div><button type="submit" class="main">${t("people.add_do")}</button></div>
      </form></section>`;
  }

  #editor(): TemplateResult {
    const each = this.items?.find(({ name }) => name === this.edited);
    if (!each) return html``;
    const path = { account: each.name };
    const change = async (form: FormData) => {
      const body = { role: form.get("role") as Role, groups: groupsOf(form), disabled: form.get("disabled") !== null };
      await ask("PUT /api/accounts/{account}", { path, body, match: this.#tag });
      this.edited = "";
    };
    const reset = async () => {
      this.invitation = await ask("POST /api/accounts/{account}/reset", { path });
    };
    const out = async () => {
      await ask("DELETE /api/accounts/{account}/sessions", { path });
    };
    return html`<section class="panel"><h2>${each.name}</h2>
      <form class="deeds" @submit=${(event: Event) => this.submit(event, change)}>
        ${this.#fields(each.role, each.groups)}
        <label class="check"><input type="checkbox" name="disabled" ?checked=${each.disabled} />${t("people.disable")}</label>
        <p class="wrong" role="alert">${this.wrong}</p>
        <div class="line"><button type="submit" class="main">${t("people.save")}</button>
          <button type="button" @click=${() => {
            this.edited = "";
          }}>${t("people.cancel")}</button></div>
      </form>
      <div class="line">
        <button type="button" @click=${() => this.#try(reset)}>${t("people.reset")}</button>
        <button type="button" @click=${() => this.#try(out)}>${t("people.sign_out")}</button>
      </div></section>`;
  }

  async #edit(account: string): Promise<void> {
    this.wrong = "";
    this.#tag = (await send("GET /api/accounts/{account}", { path: { account } })).tag;
    this.edited = account;
    await this.updateComplete;
    this.querySelector<HTMLElement>(".panel form select")?.focus();
  }

  #try(work: () => Promise<unknown>): Promise<void> {
    return this.change(work, async (error) => {
      const isStale = error instanceof Refusal && error.status === 412;
      if (isStale) await this.#edit(this.edited);
    });
  }
}

/** The groups that a form names; null = all cameras. */
const groupsOf = (form: FormData): string[] | null =>
  form.get("all") !== null ? null : form.getAll("group").map(String);
