import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { acceptByPasskey, makeFirstByPasskey, passkeysWork } from "../app/passkey";
import { Part } from "../parts/part";
import { t } from "../text/text";

/** Sets a first password with the secret of a link: of the first administrator, or of somebody who was invited. */
@customElement("pb-first-password")
export class FirstPasswordView extends Part {
  @property() secret = "";
  @property({ type: Boolean }) first = false;
  @state() private wrong = "";
  @state() private busy = false;

  protected override firstUpdated(): void {
    this.querySelector("input")?.focus();
  }

  protected override render(): TemplateResult {
    return html`<form class="sign" @submit=${this.#send}>
      <h1>${t(this.first ? "first.title" : "invited.title")}</h1>
      <p>${t(this.first ? "first.about" : "invited.about")}</p>
      ${
        this.first
          ? html`<label>${t("sign.account")}<input name="account" required autocomplete="username" spellcheck="false" maxlength="64"
                  aria-describedby="name-hint" /></label>
              <small id="name-hint">${t("first.name_hint")}</small>`
          : nothing
      }
      <label>${t("sign.password")}<input name="password" type="password" required autocomplete="new-password" minlength="10" maxlength="256"
          spellcheck="false" aria-describedby="password-hint" /></label>
      <small id="password-hint">${t("first.password_hint")}</small>
      <label>${t("first.again")}<input name="again" type="password" required autocomplete="new-password" maxlength="256" spellcheck="false" /></label>
      <p class="wrong" role="alert">${this.wrong}</p>
      <button type="submit" class="main" ?disabled=${this.busy}>${t(this.first ? "first.do" : "invited.do")}</button>
      ${
        passkeysWork()
          ? html`<button type="button" ?disabled=${this.busy} @click=${this.#byPasskey}>${t("first.passkey")}</button>`
          : html`<small>${t("first.no_passkey")}</small>`
      }
    </form>`;
  }

  #value(name: string): string {
    return this.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value ?? "";
  }

  #send(event: Event): void {
    event.preventDefault();
    this.#attempt(async () => {
      const password = this.#value("password");
      if (password !== this.#value("again")) throw new Error(t("first.differ"));
      const body = { key: this.secret, password };
      if (this.first)
        await ask("POST /api/first-account", { body: { ...body, account: this.#value("account").trim() } });
      else await ask("POST /api/invitation", { body });
    });
  }

  #byPasskey(): void {
    if (!(this.querySelector<HTMLInputElement>("input[name=account]")?.reportValidity() ?? true)) return;
    this.#attempt(() =>
      this.first ? makeFirstByPasskey(this.secret, this.#value("account").trim()) : acceptByPasskey(this.secret),
    );
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.wrong = "";
    this.busy = true;
    try {
      await work();
      this.dispatchEvent(new CustomEvent("signed-in", { bubbles: true }));
    } catch (error) {
      this.wrong = (error as Error).message;
    } finally {
      this.busy = false;
    }
  }
}
