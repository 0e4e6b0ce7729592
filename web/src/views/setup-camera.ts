import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import type { DiscoveredCamera, FieldProblem, PictureOrder, ProbeInfo } from "../api/schema";
import { write } from "../app/address";
import { go } from "../app/go";
import { comparison, problemList } from "../parts/changes";
import { icon } from "../parts/icon";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { type Check, checksOf, nameFrom } from "../setup/camera-checks";
import "../setup/first-picture";
import { resolved, type Schema } from "../setup/schema";
import { type Changes, type Json, SiteEdit } from "../setup/site-edit";
import { t, word } from "../text/text";

/** Adds a camera: find it, try it, say what it is for, and use it. */
@customElement("pb-setup-camera")
export class SetupCamera extends Part {
  @state() private found: DiscoveredCamera[] | null = null;
  @state() private probe: ProbeInfo | null = null;
  @state() private busy = "";
  @state() private bases: string[] = [];
  @state() private changes: Changes | null = null;
  @state() private problems: FieldProblem[] = [];
  @state() private wrong = "";
  @state() private address = "";
  @state() private suggested = "";
  #order: PictureOrder | null = null;
  readonly #site = new SiteEdit();
  #wanted: Json = {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.#try("", async () => {
      const [, schema] = await Promise.all([this.#site.read(), ask("GET /api/site/schema")]);
      const root = schema as Schema;
      const basis = root.$defs?.CameraSettings?.properties?.legal_basis ?? {};
      this.bases = (resolved(root, basis).node.enum ?? []).map(String);
    });
  }

  protected override render(): TemplateResult {
    return html`<div class="page narrow">
      <div class="head"><a class="back" href="/setup">${icon("back")}${t("setup.title")}</a><h1>${t("add.title")}</h1></div>
      <form class="wizard" @submit=${(event: Event) => this.#submit(event)}>
        ${this.#find()} ${this.#tried()} ${this.probe?.works ? this.#about() : nothing}
        ${this.changes ? html`<section class="panel">${this.#last(this.changes)}</section>` : nothing}
        ${problemList(this.problems)}<p class="wrong" role="alert">${this.wrong}</p>
      </form></div>`;
  }

  #find(): TemplateResult {
    const pick = (each: DiscoveredCamera) => {
      this.address = each.address;
      this.probe = this.changes = null;
    };
    return html`<section class="panel"><h2>${t("add.find")}</h2>
      <label>${t("add.address")}<input name="address" required spellcheck="false" autocomplete="off" .value=${this.address}
        @input=${({ target }: Event) => {
          this.address = (target as HTMLInputElement).value;
          this.probe = this.changes = null;
        }} /></label>
      <small>${t("add.address_hint")}</small>
      <div class="columns"><label>${t("add.user")}<input name="username" autocomplete="off" spellcheck="false" /></label>
        <label>${t("add.password")}<input name="password" type="password" autocomplete="new-password" /></label></div>
      <div class="line"><button type="button" class="main" ?disabled=${this.busy !== "" || !this.address.trim()} @click=${this.#probe}>${t("add.try")}</button>
        <button type="button" ?disabled=${this.busy !== ""} @click=${this.#search}>${t("add.search")}</button>
        <span role="status" class="quiet">${this.busy}</span></div>
      ${
        this.found === null
          ? nothing
          : this.found.length
            ? html`<ul class="picks">${this.found.map(
                (
                  each,
                ) => html`<li><button type="button" ?disabled=${!each.address} @click=${() => pick(each)}>${each.host}</button>
                  <small>${each.model || t("add.unknown")}${each.problem ? html`: ${each.problem}` : nothing}</small></li>`,
              )}</ul>`
            : html`<p class="quiet">${t("add.none_found")}</p>`
      }</section>`;
  }

  #tried(): TemplateResult | typeof nothing {
    const probe = this.probe;
    if (!probe) return nothing;
    return html`<section class="panel" role="status"><h2>${probe.works ? t("add.works") : t("add.fails")}</h2><p>${probe.detail}</p>
      <ul class="checks">${checksOf(probe).map(
        ({ name, good }) => html`<li class=${good ? "good" : "doubt"}>${icon(good ? "check" : "alerts")}
          <span>${verdict(probe, { name, good })}</span></li>`,
      )}</ul>${probe.works ? html`<pb-first-picture .order=${this.#order}></pb-first-picture>` : nothing}</section>`;
  }

  #about(): TemplateResult {
    return html`<section class="panel"><h2>${t("add.about")}</h2>
      <label>${t("add.name")}<input name="name" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9_.\\-]*" .value=${this.suggested} autocomplete="off" spellcheck="false" /></label>
      <small>${t("add.name_hint")}</small>
      <label>${t("add.purpose")}<textarea name="purpose" required minlength="10" maxlength="500"></textarea></label>
      <small>${t("add.purpose_hint")}</small>
      <label>${t("add.basis")}<select name="legal_basis" required><option value=""></option>
        ${this.bases.map((each) => html`<option value=${each}>${word("basis", each)}</option>`)}</select></label>
      <label class="check"><input type="checkbox" name="record" />${t("add.record")}</label>
      ${this.changes ? nothing : html`<div><button type="submit" class="main" ?disabled=${this.busy !== ""}>${t("setup.compare")}</button></div>`}
    </section>`;
  }

  #last(changes: Changes): TemplateResult {
    return comparison(changes, {
      busy: this.busy !== "",
      words: t("add.do"),
      apply: () => this.#try(t("add.adding"), () => this.#apply()),
      back: () => {
        this.changes = null;
      },
    });
  }

  #form(): FormData {
    return new FormData(this.querySelector<HTMLFormElement>("form.wizard") ?? undefined);
  }

  get #access(): { username: string; password: string } {
    const form = this.#form();
    return { username: String(form.get("username") ?? ""), password: String(form.get("password") ?? "") };
  }

  #search = (): Promise<void> =>
    this.#try(t("add.searching"), async () => {
      this.found = await ask("POST /api/site/discovery", { body: this.#access });
    });

  #probe = (): Promise<void> =>
    this.#try(t("add.trying"), async () => {
      this.probe = this.changes = null;
      const address = this.address.trim();
      this.#order = { address, ...this.#access };
      this.probe = await ask("POST /api/site/probe", { body: this.#order });
      const names = this.#cameras.map((each) => String(each.name));
      this.suggested = nameFrom(address, names);
    });

  #submit(event: Event): void {
    event.preventDefault();
    if (!this.probe?.works || this.changes) return;
    this.#try(t("add.checking"), () => this.#compare());
  }

  /** The site file with the camera in it. */
  #settings(): Json {
    const form = this.#form();
    const { username, password } = this.#access;
    this.#wanted = {
      name: String(form.get("name") ?? "").trim(),
      address: this.address.trim(),
      ...(username ? { username } : {}),
      ...(password ? { password } : {}),
      purpose: String(form.get("purpose") ?? "").trim(),
      legal_basis: String(form.get("legal_basis") ?? ""),
      ...(form.get("record") === null ? {} : { record: true }),
    };
    return { ...this.#site.settings, cameras: [...this.#cameras, this.#wanted] };
  }

  get #cameras(): Json[] {
    return (this.#site.settings?.cameras as Json[] | undefined) ?? [];
  }

  async #compare(): Promise<void> {
    this.changes = await this.#site.compared(this.#settings());
  }

  /** Use it; a site file that somebody else changed meanwhile is read again, and the camera is added to that. */
  async #apply(): Promise<void> {
    const changes = await this.#site.save(() => this.#settings());
    if (changes) {
      this.changes = changes;
      throw new Error(t("add.stale"));
    }
    say(t("add.added", { name: String(this.#wanted.name) }));
    go(write("setup", String(this.#wanted.name)));
  }

  async #try(words: string, work: () => Promise<void>): Promise<void> {
    this.busy = words;
    this.wrong = "";
    this.problems = [];
    try {
      await work();
    } catch (error) {
      this.problems = error instanceof Refusal ? error.problems : [];
      this.wrong = this.problems.length ? "" : (error as Error).message;
    } finally {
      this.busy = "";
    }
  }
}

/** What a check found, with its remedy. */
function verdict({ refused }: ProbeInfo, { name, good }: Check): string {
  if (good) return word("check_good", name);
  return refused ? word("check_refused", name) : word("check_bad", name);
}
