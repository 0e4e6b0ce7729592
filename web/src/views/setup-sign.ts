import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { addressOf, Refusal } from "../api/client";
import type { FieldProblem } from "../api/schema";
import { comparison, problemList } from "../parts/changes";
import { icon } from "../parts/icon";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { setupHead } from "../parts/setup-head";
import { failed, loading } from "../parts/states";
import { type Changes, type Json, SiteEdit } from "../setup/site-edit";
import { LANGUAGES, spoken, t } from "../text/text";

/** What public pages and signs say about whoever answers for the cameras. */
interface Answerer {
  controller: string;
  contact: string;
  address: string;
}

/** Addresses that lead nowhere from another machine. */
const HERE_ONLY = /^https?:\/\/(localhost|127\.|\[::1\])/;
const NOBODY: Answerer = { controller: "", contact: "", address: "" };

/** The public page of a camera and the sign that leads there: switched on, and printed. */
@customElement("pb-setup-sign")
export class SetupSign extends Part {
  @property() name = "";
  /** What somebody typed, and is not saved yet. */
  @state() private typed: Partial<Answerer> = {};
  @state() private hasPicture: boolean | null = null;
  @state() private changes: Changes | null = null;
  @state() private problems: FieldProblem[] = [];
  @state() private wrong = "";
  @state() private busy = false;
  @state() private failure: unknown = null;
  readonly #site = new SiteEdit();

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("name")) this.#load();
  }

  async #load(): Promise<void> {
    try {
      await this.#site.read();
      this.requestUpdate();
    } catch (error) {
      this.failure = error;
    }
  }

  get #public(): Json {
    return (this.#site.settings?.public as Json | undefined) ?? {};
  }

  #names(key: "cameras" | "pictures"): string[] {
    return (this.#public[key] as string[] | undefined) ?? [];
  }

  protected override render(): TemplateResult {
    const head = setupHead(this.name, "sign");
    if (this.failure) return html`<div class="page">${head}${failed(this.failure)}</div>`;
    if (!this.#site.settings) return html`<div class="page">${head}${loading()}</div>`;
    const isPublic = this.#names("cameras").includes(this.name) && Boolean(this.#public.address);
    return html`<div class="page">${head}<div class="columns uneven">
      <section class="panel" aria-label=${t("sign_page.title")}>${this.#form(isPublic)}</section>
      <aside class="panel">${isPublic ? this.#sign() : this.#about()}</aside></div></div>`;
  }

  #about(): TemplateResult {
    return html`<h2>${t("sign_page.sign")}</h2><p class="quiet">${t("sign_page.first")}</p>`;
  }

  /** The sign, to be printed, and the page to which it leads. */
  #sign(): TemplateResult {
    const path = { camera: this.name };
    const link = (lang: "en" | "de") => html`<a class="button ${lang === spoken() ? "main" : ""}" download
      href=${addressOf("GET /api/cameras/{camera}/sign", path, { lang })}>${t("sign_page.print", { language: LANGUAGES[lang] })}</a>`;
    return html`<h2>${t("sign_page.sign")}</h2><p>${t("sign_page.hang")}</p>
      <div class="line">${link("en")}${link("de")}</div>
      <p><a href=${`/p/${encodeURIComponent(this.name)}`} target="_blank" rel="noopener">${t("sign_page.open")}</a></p>
      <p class="quiet">${t("sign_page.leads", { address: `${this.#public.address}/p/${this.name}` })}</p>`;
  }

  #form(isPublic: boolean): TemplateResult {
    const now = this.#answerer;
    const type = (name: keyof Answerer, { target }: Event) => {
      this.typed = { ...this.typed, [name]: (target as HTMLInputElement).value };
      this.changes = null;
    };
    const field = (name: keyof Answerer, words: string, hint: string, kind = "text") => html`<label>${words}<input
        name=${name} type=${kind} required minlength="5" maxlength="300" .value=${now[name]} autocomplete="off" @input=${(event: Event) => type(name, event)} /></label>
      <small>${hint}</small>`;
    const show = ({ target }: Event) => {
      this.hasPicture = (target as HTMLInputElement).checked;
      this.changes = null;
    };
    return html`<h2>${t("sign_page.title")}</h2><p class="quiet">${t("sign_page.about")}</p>
      ${isPublic ? html`<p class="good">${icon("check")} ${t("sign_page.on")}</p>` : nothing}
      <form class="deeds" @submit=${this.#submit}>
        ${field("controller", t("sign_page.controller"), t("sign_page.controller_hint"))}
        ${field("contact", t("sign_page.contact"), t("sign_page.contact_hint"))}
        ${field("address", t("sign_page.address"), t("sign_page.address_hint"), "url")}
        ${HERE_ONLY.test(now.address) ? html`<p class="doubt">${t("sign_page.here_only")}</p>` : nothing}
        <label class="check"><input name="picture" type="checkbox" .checked=${this.#shows} @change=${show} />${t("sign_page.picture")}</label>
        <small>${t("sign_page.picture_hint")}</small>
        ${problemList(this.problems)}<p class="wrong" role="alert">${this.wrong}</p>
        ${
          this.changes
            ? comparison(this.changes, {
                busy: this.busy,
                words: t("setup.apply"),
                apply: () => this.#try(() => this.#apply()),
                back: () => {
                  this.changes = null;
                },
              })
            : html`<div><button type="submit" class="main" ?disabled=${this.busy}>${t("setup.compare")}</button></div>`
        }
      </form>`;
  }

  get #answerer(): Answerer {
    return { ...NOBODY, address: location.origin, ...this.#public, ...this.typed } as Answerer;
  }

  get #shows(): boolean {
    return this.hasPicture ?? this.#names("pictures").includes(this.name);
  }

  /** The site file with a public page of this camera. */
  #settings(): Json {
    const { controller, contact, address } = this.#answerer;
    const list = (key: "cameras" | "pictures", is: boolean) => {
      const others = this.#names(key).filter((each) => each !== this.name);
      return is ? [...others, this.name] : others;
    };
    const pictures = list("pictures", this.#shows);
    const page = {
      ...this.#public,
      cameras: list("cameras", true),
      controller: controller.trim(),
      contact: contact.trim(),
      address: address.trim(),
    };
    return {
      ...this.#site.settings,
      public: pictures.length || this.#names("pictures").length ? { ...page, pictures } : page,
    };
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#try(() => this.#compare());
  }

  async #compare(): Promise<void> {
    this.changes = await this.#site.compared(this.#settings());
  }

  async #apply(): Promise<void> {
    this.changes = await this.#site.save(() => this.#settings());
    if (this.changes) throw new Error(t("sign_page.stale")); // what was typed stays
    this.hasPicture = null;
    this.typed = {};
    say(t("setup.saved"));
    await this.#load();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.wrong = "";
    this.problems = [];
    try {
      await work();
    } catch (error) {
      this.problems = error instanceof Refusal ? error.problems : [];
      this.wrong = this.problems.length ? "" : (error as Error).message;
    } finally {
      this.busy = false;
    }
  }
}
