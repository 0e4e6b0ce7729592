import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask } from "../api/client";
import type { AppSeed, OpenSession, OwnAccount, PasskeyInfo } from "../api/schema";
import { addPasskey, passkeysWork } from "../app/passkey";
import "../parts/key-list";
import { Part } from "../parts/part";
import { presentPassword } from "../parts/present-password";
import { say } from "../parts/say";
import { failed, loading } from "../parts/states";
import { clockTime, utcTime } from "../text/format";
import { t, word } from "../text/text";

/** The form that is open at present. */
type Open = "" | "password" | "passkey" | "app" | `rename ${number}` | `remove ${number}`;

/** Who is signed in, how they sign in, and where else they are signed in. */
@customElement("pb-account")
export class AccountView extends Part {
  @state() private own: OwnAccount | null = null;
  @state() private sessions: OpenSession[] = [];
  @state() private passkeys: PasskeyInfo[] = [];
  @state() private seed: AppSeed | null = null;
  @state() private open: Open = "";
  @state() private wrong = "";
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#load();
  }

  async #load(): Promise<void> {
    try {
      const parts = [
        ask("GET /api/account"),
        ask("GET /api/account/sessions"),
        ask("GET /api/account/passkeys"),
      ] as const;
      [this.own, this.sessions, this.passkeys] = await Promise.all(parts);
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.own) return loading();
    const { name, role, cameras, has_password: hasPassword } = this.own;
    const scope = cameras === null ? t("account.all") : cameras.join(", ") || t("account.none");
    return html`<div class="account">
      <h1>${name}</h1>
      <p class="quiet">${role ? word("role", role) : ""}, ${scope}</p>
      <section><h2>${t("passkeys.title")}</h2>${this.#passkeys()}</section>
      ${
        hasPassword
          ? html`<section><h2>${t("app.title")}</h2>${this.#app()}</section>
              <section><h2>${t("password.title")}</h2>${this.#password()}</section>`
          : nothing
      }
      <section><h2>${t("keys.title")}</h2><pb-single-keys></pb-single-keys></section>
      <section>
        <h2>${t("sessions.title")}</h2>
        <ul>${this.sessions.map((each) => this.#session(each))}</ul>
        <button type="button" @click=${this.#everywhere}>${t("sessions.all")}</button>
      </section>
    </div>`;
  }

  #passkeys(): TemplateResult {
    const list = this.passkeys.length
      ? html`<ul>${this.passkeys.map((each) => this.#passkey(each))}</ul>`
      : html`<p>${t("passkeys.about")}</p>`;
    if (!passkeysWork()) return html`${list}<p>${t("passkeys.unable")}</p>`;
    if (this.open !== "passkey") {
      return html`${list}<button type="button" @click=${() => this.#show("passkey")}>${t("passkeys.add")}</button>`;
    }
    const fields = html`<label>${t("passkeys.name")}<input name="label" required maxlength="64" autocomplete="off" /></label>`;
    const add = (form: HTMLFormElement) => addPasskey(value(form, "label"), value(form, "present"));
    return html`${list}${this.#form(t("passkeys.do"), fields, add)}`;
  }

  #passkey({ number, name, host, created, used }: PasskeyInfo): TemplateResult {
    const last = used ? t("passkeys.used", { time: clockTime(used) }) : t("passkeys.unused");
    const about = t("passkeys.line", { host, time: clockTime(created), last });
    const title = used ? `${utcTime(created)}; ${utcTime(used)}` : utcTime(created);
    const path = { number };
    const head = html`<strong>${name}</strong> <span title=${title}>${about}</span>`;
    if (this.open === `rename ${number}`) {
      const fields = html`<label>${t("passkeys.new_name")}<input name="label" required maxlength="64" autocomplete="off" .value=${name} /></label>`;
      const rename = (form: HTMLFormElement) =>
        ask("PUT /api/account/passkeys/{number}", { path, body: { name: value(form, "label") } });
      return html`<li>${head}${this.#form(t("passkeys.rename"), fields, rename, false)}</li>`;
    }
    if (this.open === `remove ${number}`) {
      const remove = (form: HTMLFormElement) =>
        ask("POST /api/account/passkeys/{number}/removal", { path, body: { present: value(form, "present") } });
      return html`<li>${head}${this.#form(t("passkeys.remove_do"), nothing, remove)}</li>`;
    }
    return html`<li>${head}
      <button type="button" @click=${() => this.#show(`rename ${number}`)}>${t("passkeys.rename")}</button>
      <button type="button" @click=${() => this.#show(`remove ${number}`)}>${t("passkeys.remove")}</button>
    </li>`;
  }

  #app(): TemplateResult {
    if (this.own?.has_code) {
      const remove = (form: HTMLFormElement) =>
        ask("POST /api/account/app/removal", { body: { present: value(form, "present") } });
      return html`<p>${t("app.on")}</p>${this.#form(t("app.remove"), nothing, remove)}`;
    }
    const seed = this.seed;
    if (this.open !== "app" || !seed) {
      return html`<p>${t("app.off")}</p><button type="button" @click=${this.#offer}>${t("app.begin")}</button>`;
    }
    const set = (form: HTMLFormElement) =>
      ask("PUT /api/account/app", {
        body: { present: value(form, "present"), seed: seed.seed, code: value(form, "code").trim() },
      });
    const fields = html`<label>${t("app.code")}<input name="code" required autocomplete="one-time-code" inputmode="numeric" maxlength="16" /></label>`;
    return html`<p>${t("app.type")} <a href=${seed.address} target="_self">${t("app.open")}</a></p>
      <p><code>${seed.seed.match(/.{1,4}/g)?.join(" ")}</code></p>
      ${this.#form(t("app.do"), fields, set)}`;
  }

  async #offer(): Promise<void> {
    this.seed = await ask("POST /api/account/app");
    this.#show("app");
  }

  #password(): TemplateResult {
    if (this.open !== "password") {
      return html`<button type="button" @click=${() => this.#show("password")}>${t("password.change")}</button>`;
    }
    const fields = html`<label>${t("password.new")}<input name="new" type="password" required minlength="10" maxlength="256" autocomplete="new-password" /></label>`;
    const change = (form: HTMLFormElement) =>
      ask("PUT /api/account/password", { body: { present: value(form, "present"), password: value(form, "new") } });
    return this.#form(t("password.do"), fields, change);
  }

  /** A form that changes something; with `proof` it asks for the current password first, if there is one. */
  #form(
    button: string,
    fields: TemplateResult | typeof nothing,
    change: (form: HTMLFormElement) => Promise<unknown>,
    proof = true,
  ): TemplateResult {
    const send = async (event: Event) => {
      event.preventDefault();
      this.wrong = "";
      try {
        await change(event.currentTarget as HTMLFormElement);
        this.open = "";
        say(t("changed"));
        await this.#load();
      } catch (error) {
        this.wrong = (error as Error).message;
      }
    };
    return html`<form @submit=${send}>
      ${fields}${proof ? presentPassword(this.own) : nothing}
      <p class="wrong" role="alert">${this.wrong}</p>
      <button type="submit">${button}</button>
    </form>`;
  }

  async #show(open: Open): Promise<void> {
    this.wrong = "";
    this.open = open;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>("form:last-of-type input")?.focus();
  }

  #session({ number, since, used, address, browser, this: here }: OpenSession): TemplateResult {
    const times = t("sessions.times", { since: clockTime(since), used: clockTime(used) });
    const end = async () => {
      await ask("DELETE /api/account/sessions/{number}", { path: { number } });
      await this.#load();
    };
    return html`<li>
      <strong>${here ? t("sessions.here") : browser || t("sessions.other")}</strong>
      ${t("sessions.from", { address })} <span title="${utcTime(since)}; ${utcTime(used)}">${times}</span>
      ${here ? nothing : html`<button type="button" @click=${end}>${t("sessions.end")}</button>`}
    </li>`;
  }

  async #everywhere(): Promise<void> {
    await ask("DELETE /api/account/sessions");
    location.assign("/");
  }
}

const value = (form: HTMLFormElement, name: string): string =>
  (form.elements.namedItem(name) as HTMLInputElement | null)?.value ?? "";
