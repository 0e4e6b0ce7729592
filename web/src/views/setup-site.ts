import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, askText, Refusal, send } from "../api/client";
import type { Difference, FieldProblem, NeedInfo } from "../api/schema";
import { write } from "../app/address";
import { here } from "../app/go";
import { changeTable, problemList } from "../parts/changes";
import { icon } from "../parts/icon";
import { listen, Part } from "../parts/part";
import { say } from "../parts/say";
import { schemaFields } from "../parts/schema-form";
import { failed, loading } from "../parts/states";
import { Steps } from "../setup/history";
import { type JsonPath, type Schema, withValue } from "../setup/schema";
import { t, word } from "../text/text";

type Json = Record<string, unknown>;

const STALE = 412;

/** The site file as a form or as YAML; what it would change is shown before it is used. */
@customElement("pb-setup-site")
export class SetupSite extends Part {
  @state() private steps: Steps<Json> | null = null;
  @state() private yaml = "";
  @state() private difference: Difference | null = null;
  @state() private requests: NeedInfo[] = [];
  @state() private problems: FieldProblem[] = [];
  @state() private wrong = "";
  @state() private stale = "";
  @state() private saved = false;
  @state() private failure: unknown = null;
  #schema: Schema = {};
  #stored = "";
  #tag = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
    this.during(() => listen(window, "beforeunload", (event) => this.#isChanged && event.preventDefault()));
    this.#load();
  }

  get #asYaml(): boolean {
    return here().query.get("as") === "yaml";
  }

  get #isChanged(): boolean {
    return this.#asYaml ? this.yaml !== this.#stored : (this.steps?.canUndo ?? false);
  }

  get #body(): { yaml: string } | { settings: Json } {
    return this.#asYaml ? { yaml: this.yaml } : { settings: this.steps?.now ?? {} };
  }

  async #load(): Promise<void> {
    try {
      const [site, text, schema] = await Promise.all([
        send("GET /api/site"),
        askText("GET /api/site/yaml"),
        ask("GET /api/site/schema"),
      ]);
      this.#schema = schema as Schema;
      this.#tag = site.tag;
      this.#stored = this.yaml = text.text;
      this.steps = new Steps(site.value.settings as Json);
      this.difference = null;
      this.stale = "";
    } catch (error) {
      this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    const tab = (as: string, words: string) => html`<a href=${write("setup", "", { part: "site", as })}
      aria-current=${(as === "yaml") === this.#asYaml ? "page" : nothing}>${words}</a>`;
    return html`<div class="page">
      <div class="head"><a class="back" href="/setup">${icon("back")}${t("setup.title")}</a><h1>${t("setup.site")}</h1>
        <nav class="tabs" aria-label=${t("setup.parts")}>${tab("", t("site.form"))}${tab("yaml", t("site.yaml"))}</nav></div>
      ${this.#content()}</div>`;
  }

  #content(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.steps) return loading();
    return html`<div class="columns uneven">
      <section class="panel" aria-label=${t("setup.site")}>${this.#asYaml ? this.#text() : this.#form(this.steps)}</section>
      <aside class="panel sticky">${this.#saving()}</aside></div>`;
  }

  #text(): TemplateResult {
    return html`<label>${t("site.yaml_label")}<textarea class="yaml mono" spellcheck="false" .value=${this.yaml}
      @input=${({ target }: Event) => {
        this.yaml = (target as HTMLTextAreaElement).value;
        this.#edited();
      }}></textarea></label>`;
  }

  #form(steps: Steps<Json>): TemplateResult {
    const change = (path: JsonPath, value: unknown) => {
      steps.set((withValue(steps.now, path, value) ?? {}) as Json);
      this.#edited();
    };
    const step = (way: "undo" | "redo") => {
      steps[way]();
      this.#edited();
    };
    return html`<div class="line"><button type="button" ?disabled=${!steps.canUndo} @click=${() => step("undo")}>${t("setup.undo")}</button>
        <button type="button" ?disabled=${!steps.canRedo} @click=${() => step("redo")}>${t("setup.redo")}</button>
        <small>${t("site.english")}</small></div>
      <div class="fields">${schemaFields({ root: this.#schema, change }, this.#schema, steps.now)}</div>`;
  }

  #edited(): void {
    this.difference = null;
    this.problems = [];
    this.requests = [];
    this.saved = false;
    this.requestUpdate();
  }

  #saving(): TemplateResult {
    const found = this.difference;
    return html`<h2>${t("changes.title")}</h2>
      ${this.stale ? html`<div class="wrong" role="alert"><p>${t("conflict.words")}</p><p>${this.stale}</p></div>` : nothing}
      ${found ? changeTable(found.changes) : html`<p class="quiet">${this.#isChanged ? t("site.compare_first") : t("setup.unchanged")}</p>`}
      ${found?.restart.length ? html`<p class="doubt">${t("site.restart", { keys: found.restart.join(", ") })}</p>` : nothing}
      ${found?.second_person.length ? this.#second(found.second_person) : nothing}
      ${problemList(this.problems)}<p class="wrong" role="alert">${this.wrong}</p>
      ${this.saved ? html`<p class="good" role="status">${icon("check")} ${t("setup.saved")}</p>` : nothing}
      <div class="line">
        <button type="button" class=${found ? "" : "main"} ?disabled=${!this.#isChanged} @click=${() => this.#try(() => this.#compare())}>${t("setup.compare")}</button>
        ${found ? html`<button type="button" class="main" ?disabled=${!Object.keys(found.changes).length && !this.#asYaml} @click=${() => this.#try(() => this.#apply())}>${t("setup.apply")}</button>` : nothing}
        ${this.#isChanged ? html`<button type="button" @click=${() => this.#load()}>${t("site.discard")}</button>` : nothing}
      </div>`;
  }

  /** What a second person must agree to: they are asked here, and what they agreed to is used with the change. */
  #second(needs: readonly NeedInfo[]): TemplateResult {
    const asking = async (event: Event) => {
      event.preventDefault();
      const reason = String(new FormData(event.target as HTMLFormElement).get("reason") ?? "");
      await this.#try(async () => {
        this.requests = await ask("POST /api/site/requests", { body: { ...this.#body, reason } });
      });
    };
    return html`<p class="doubt">${t("site.second", { matters: needs.map(({ matter, subject }) => `${word("matter", matter)} (${subject})`).join(", ") })}</p>
      ${
        this.requests.length
          ? html`<p role="status">${t("site.asked", { numbers: this.requests.map(({ request }) => request ?? "").join(", ") })}</p>`
          : html`<form class="deeds" @submit=${asking}><label>${t("site.reason")}<input name="reason" required maxlength="500" /></label>
              <div><button type="submit">${t("site.ask")}</button></div></form>`
      }`;
  }

  async #compare(): Promise<void> {
    this.difference = await ask("POST /api/site/difference", { body: this.#body });
  }

  async #apply(): Promise<void> {
    const requests = this.requests.map(({ request }) => request).filter((each) => each !== null);
    try {
      await send("PUT /api/site", { body: { ...this.#body, requests }, match: this.#tag });
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== STALE) throw error;
      this.stale = error.message;
      this.#tag = (await send("GET /api/site")).tag;
      await this.#compare(); // against what is there now: both values of each key are shown
      return;
    }
    await this.#load();
    this.saved = true;
    say(t("setup.saved"));
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.wrong = "";
    this.problems = [];
    try {
      await work();
    } catch (error) {
      this.difference = null;
      this.problems = error instanceof Refusal ? error.problems : [];
      this.wrong = this.problems.length ? "" : (error as Error).message;
    }
  }
}
