import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { addressOf, ask, Refusal, send } from "../api/client";
import { timezone } from "../api/clock";
import type { AuditEntryInfo, AuditKind, LogVerification } from "../api/schema";
import { write } from "../app/address";
import { here, setQuery } from "../app/go";
import { may, seesAll } from "../app/person";
import { fromLocal, iso } from "../app/timeline";
import { Part } from "../parts/part";
import { empty, failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { count, t, word } from "../text/text";
import "../style/audit.css";

const PAGE = 100;
/** What happened, as the filter groups it. */
const KINDS: readonly AuditKind[] = [
  "view_began",
  "view_ended",
  "picture_viewed",
  "export",
  "sign_in",
  "sign_in_failed",
  "sign_out",
  "access_refused",
  "settings_changed",
  "model_changed",
  "cover_failed",
  "cover_restored",
  "account_added",
  "account_changed",
  "account_disabled",
  "token_created",
  "token_revoked",
  "two_person_request",
  "two_person_decision",
  "alert_raised",
  "alert_acknowledged",
  "alert_resolved",
  "alert_assigned",
  "alert_escalated",
  "alert_step",
  "alert_drill",
  "handover_note",
  "started",
  "stopped",
  "log_cut",
  "layout_changed",
  "watchdog_finding",
  "watchdog_seed",
];

type Query = { start?: string; end?: string; account?: string; kind?: AuditKind[]; camera?: string };

/** The audit log for those who may read it, and for everybody what is recorded about them. */
@customElement("pb-audit")
export class AuditView extends Part {
  /** "me" = only what is about the person; "" = the whole log, for those who may read it. */
  @property() own = "";
  @state() private entries: AuditEntryInfo[] | null = null;
  @state() private next = "";
  @state() private failure: unknown = null;
  @state() private proof: LogVerification | null = null;
  @state() private verifying = false;
  @state() private wrong = "";
  #asked = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
  }

  /** Whether the person may read the whole log. */
  get #readsAll(): boolean {
    return may("read_audit") && seesAll();
  }

  get #isOwn(): boolean {
    return this.own === "me" || !this.#readsAll;
  }

  get #query(): Query {
    const { query } = here();
    const time = (name: "start" | "end") => {
      const local = Date.parse(`${query.get(name) ?? ""}Z`) / 1000;
      return Number.isFinite(local) ? { [name]: iso(fromLocal(local, timezone())) } : {};
    };
    const kind = query.get("kind");
    return {
      ...time("start"),
      ...time("end"),
      ...(query.get("account") ? { account: query.get("account") ?? "" } : {}),
      ...(query.get("camera") ? { camera: query.get("camera") ?? "" } : {}),
      ...(kind ? { kind: [kind as AuditKind] } : {}),
    };
  }

  protected override willUpdate(): void {
    const asked = JSON.stringify([this.#isOwn, this.#isOwn ? {} : this.#query]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.entries = null;
    this.#load();
  }

  /** Read a page; one without a match may still name a next one, which is read until something is found. */
  async #load(after = ""): Promise<void> {
    const asked = this.#asked;
    const cursor = after ? { after: Number(after) } : {};
    try {
      const { value, next } = this.#isOwn
        ? await send("GET /api/account/audit", { query: { limit: PAGE, ...cursor } })
        : await send("GET /api/audit", { query: { limit: PAGE, ...this.#query, ...cursor } });
      if (asked !== this.#asked) return;
      this.entries = after ? [...(this.entries ?? []), ...value] : value;
      this.next = next;
      this.failure = null;
    } catch (error) {
      if (asked === this.#asked) this.failure = error;
    }
  }

  protected override render(): TemplateResult {
    const tab = (part: string, words: string) =>
      html`<a href=${write("audit", part)} aria-current=${(part === "me") === this.#isOwn ? "page" : nothing}>${words}</a>`;
    return html`<div class="page audit">
      <div class="head"><h1>${t("audit.title")}</h1>
        ${this.#readsAll ? html`<nav class="tabs" aria-label=${t("audit.parts")}>${tab("", t("audit.all"))}${tab("me", t("audit.own"))}</nav>` : nothing}
      </div>
      <p class="quiet">${this.#isOwn ? t("audit.own_about") : t("audit.about")}</p>
      ${this.#isOwn ? nothing : this.#filters()}
      <div class="line">
        ${this.#exportLink("csv", t("audit.csv"))}${this.#exportLink("jsonl", t("audit.jsonl"))}
        ${
          this.#isOwn
            ? nothing
            : html`<button type="button" ?disabled=${this.verifying} @click=${this.#verify}>${this.verifying ? t("audit.verifying") : t("audit.verify")}</button>`
        }
      </div>
      <p class="wrong" role="alert">${this.wrong}</p>
      <div role="status">${this.proof ? this.#proven(this.proof) : nothing}</div>
      ${this.#list()}
    </div>`;
  }

  #filters(): TemplateResult {
    const { query } = here();
    const set = (name: string) => (event: Event) =>
      setQuery({ [name]: (event.target as HTMLInputElement).value.trim() });
    const field = (name: string, words: string, type = "search") =>
      html`<label>${words}<input type=${type} .value=${query.get(name) ?? ""} @change=${set(name)} /></label>`;
    return html`<div class="filters" role="search">
      <label>${t("audit.kind")}<select @change=${set("kind")}>
        <option value="">${t("alerts.any")}</option>
        ${KINDS.map((each) => html`<option value=${each} ?selected=${each === query.get("kind")}>${word("audit_kind", each)}</option>`)}
      </select></label>
      ${field("account", t("audit.account"))}${field("camera", t("camera.title"))}
      ${field("start", t("audit.start"), "datetime-local")}${field("end", t("audit.end"), "datetime-local")}
    </div>`;
  }

  #exportLink(format: "csv" | "jsonl", words: string): TemplateResult {
    const address = this.#isOwn
      ? addressOf("GET /api/account/audit/export", {}, { format })
      : addressOf("GET /api/audit/export", {}, { ...this.#query, format });
    return html`<a class="as-button" href=${address} download>${words}</a>`;
  }

  #list(): TemplateResult {
    const isNone = this.failure instanceof Refusal && this.failure.status === 404;
    if (isNone) return empty(t("audit.none.title"), t("audit.none.words"));
    if (this.failure) return failed(this.failure);
    if (!this.entries) return loading();
    if (!this.entries.length && !this.next) return empty(t("audit.empty.title"), t("audit.empty.words"));
    return html`<section class="panel scrolls" tabindex="0" aria-label=${t("audit.entries")}>
        <table><thead><tr><th class="number-cell">${t("audit.index")}</th><th>${t("audit.when")}</th><th>${t("audit.who")}</th>
          <th>${t("audit.what")}</th><th>${t("audit.subject")}</th><th>${t("audit.details")}</th></tr></thead>
          <tbody>${this.entries.map((each) => this.#row(each))}</tbody></table>
      </section>
      ${
        this.next
          ? html`<button type="button" class="short" @click=${() => this.#load(this.next)}>${t("audit.more")}</button>`
          : html`<p class="quiet">${t("audit.first")}</p>`
      }`;
  }

  #row(each: AuditEntryInfo): TemplateResult {
    const details = Object.entries(each.details).filter(([, value]) => value !== "" && value !== null);
    return html`<tr><td class="number-cell">${each.index}</td><td class="time">${moment(each.at)}</td>
      <td>${each.account ?? html`<span class="quiet">${t("alert.gateway")}</span>`}</td>
      <td>${word("audit_kind", each.kind)}</td><td>${each.subject}</td>
      <td>${details.map(([name, value]) => html`<span class="fact"><span class="quiet">${word("detail", name)}</span> ${isTime(value) ? moment(value) : value}</span>`)}</td></tr>`;
  }

  async #verify(): Promise<void> {
    this.verifying = true;
    [this.wrong, this.proof] = ["", null];
    try {
      this.proof = await ask("POST /api/audit/verification");
    } catch (error) {
      this.wrong = error instanceof Refusal ? error.message : t("lost.gateway");
    }
    this.verifying = false;
  }

  #proven(found: LogVerification): TemplateResult {
    const isSound = !found.problems.length;
    const fact = (name: string, value: unknown) => html`<dt>${name}</dt><dd>${value}</dd>`;
    return html`<section class="panel" aria-label=${t("audit.proof")}>
      <h2><span class="badge ${isSound ? "active" : "none"}">${isSound ? t("audit.sound") : t("audit.unsound")}</span></h2>
      <p>${isSound ? t("audit.sound_words", { entries: count(found.entries, "entries") }) : t("audit.unsound_words", { first: found.first_bad || "–" })}</p>
      ${found.problems.length ? html`<ul>${found.problems.map((each) => html`<li>${each}</li>`)}</ul>` : nothing}
      <dl class="facts wide">
        ${fact(t("audit.checkpoint"), count(found.entries, "entries"))}
        ${fact(t("audit.newer"), found.newer)}
        ${fact(t("audit.erased"), found.erased)}
        ${fact(t("audit.root"), html`<code class="long">${found.root}</code>`)}
        ${fact(t("audit.key"), html`<code class="long">${found.key}</code>`)}
      </dl>
      <p class="quiet">${t("audit.alone")}</p>
    </section>`;
  }
}

const isTime = (value: unknown): value is string =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
