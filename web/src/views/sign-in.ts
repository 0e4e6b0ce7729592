import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { passkeysWork, signInByPasskey } from "../app/passkey";
import { Part } from "../parts/part";
import { t, word } from "../text/text";

/** Asks for account, password and code, or for a passkey; "signed-in" follows once the gateway has accepted them. */
@customElement("pb-sign-in")
export class SignInView extends Part {
  /** Why a sign-in provider's answer was refused: the word in the page's address. */
  @property() refused = "";
  /** Whose session has ended; "" = a first sign-in. */
  @property() ended = "";
  @state() private wrong = "";
  @state() private busy = false;
  @state() private others = { proxy: false, oidc: false };

  override connectedCallback(): void {
    super.connectedCallback();
    ask("GET /api/session/ways").then(
      (ways) => {
        this.others = ways;
      },
      () => {},
    );
  }

  protected override firstUpdated(): void {
    const fields = [...this.querySelectorAll("input")];
    fields.find(({ value }) => !value)?.focus();
  }

  protected override render(): TemplateResult {
    return html`<form class="sign" @submit=${this.#send}>
      <h1>${t(this.ended ? "sign.again" : "sign.title")}</h1>
      <p>${t(this.ended ? "sign.kept" : "sign.about")}</p>
      <label>${t("sign.account")}<input name="account" required autocomplete="username" spellcheck="false" maxlength="64" .value=${this.ended} /></label>
      <label>${t("sign.password")}<input name="password" type="password" required autocomplete="current-password" maxlength="256" spellcheck="false" /></label>
      <label>${t("sign.code")}<input name="code" autocomplete="one-time-code" inputmode="numeric" maxlength="16" aria-describedby="code-hint" /></label>
      <small id="code-hint">${t("sign.code_hint")}</small>
      <p class="wrong" role="alert">${this.wrong || (this.refused ? word("refused", this.refused) : "")}</p>
      <button type="submit" class="main" ?disabled=${this.busy}>${t("sign.do")}</button>
      ${
        passkeysWork()
          ? html`<button type="button" @click=${() => this.#attempt(() => signInByPasskey(this.#value("account")))}>
              ${t("sign.passkey")}
            </button>`
          : nothing
      }
      ${
        this.others.oidc
          ? html`<button type="button" @click=${() => this.#attempt(this.#toProvider, false)}>${t("sign.oidc")}</button>`
          : nothing
      }
      ${
        this.others.proxy
          ? html`<button type="button" @click=${() => this.#attempt(() => ask("POST /api/session/proxy"))}>
              ${t("sign.proxy")}
            </button>`
          : nothing
      }
    </form>`;
  }

  #value(name: string): string {
    return this.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value.trim() ?? "";
  }

  #send(event: Event): void {
    event.preventDefault();
    const password = this.querySelector<HTMLInputElement>("input[name=password]")?.value ?? "";
    const body = { account: this.#value("account"), password, code: this.#value("code") };
    this.#attempt(() => ask("POST /api/session", { body }));
  }

  async #toProvider(): Promise<void> {
    location.assign((await ask("POST /api/session/oidc")).address);
  }

  async #attempt(work: () => Promise<unknown>, admits = true): Promise<void> {
    this.wrong = "";
    this.busy = true;
    try {
      await work();
      if (admits) this.dispatchEvent(new CustomEvent("signed-in", { bubbles: true }));
    } catch (error) {
      this.wrong = (error as Error).message;
      this.querySelector<HTMLInputElement>("input[name=password]")?.focus();
    } finally {
      this.busy = false;
    }
  }
}
