import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { allOf } from "../api/all";
import { ask, Refusal, send } from "../api/client";
import { now } from "../api/clock";
import type { RequestInfo } from "../api/schema";
import { write } from "../app/address";
import { go } from "../app/go";
import { person } from "../app/person";
import { DAY_S, iso } from "../app/timeline";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { duration, preciseTime } from "../text/format";
import { t, word } from "../text/text";

const AGAIN_MS = 5000;

/** Export a selected span of several cameras as one job; where the site wants it, a second person agrees first. */
@customElement("pb-timeline-export")
export class TimelineExport extends Part {
  @property({ type: Number }) begin = 0;
  @property({ type: Number }) end = 0;
  /** Cameras with recordings. */
  @property({ attribute: false }) known: readonly string[] = [];
  /** Those that are chosen at first. */
  @property({ attribute: false }) chosen: readonly string[] = [];
  @state() private cameras: readonly string[] = [];
  @state() private reason = "";
  @state() private matter = "";
  @state() private requests: RequestInfo[] = [];
  @state() private wrong = "";
  /** The gateway said that a second person must agree. */
  @state() private needsSecond = false;
  @state() private busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const timer = setInterval(
      () => document.visibilityState === "visible" && this.#awaited() && this.#load(),
      AGAIN_MS,
    );
    this.during(() => () => clearInterval(timer));
    this.#load();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("chosen") && !this.cameras.length) this.cameras = [...this.chosen];
  }

  /** My requests for exports that still count. */
  async #load(): Promise<void> {
    try {
      const found = await allOf((after) => send("GET /api/requests", { query: { after } }));
      const isMine = ({ matter, asked_by, ends }: RequestInfo) =>
        matter === "export" && asked_by === person()?.name && Date.parse(ends) > now();
      this.requests = found.filter(isMine);
    } catch {
      this.requests = []; // then the gateway says what it lacks
    }
  }

  /** The request for a camera that covers the span: one that was agreed to before one that is open. */
  #requestOf(camera: string): RequestInfo | undefined {
    const fits = (each: RequestInfo) =>
      each.camera === camera &&
      Date.parse(each.details.from ?? "") <= 1000 * this.begin &&
      Date.parse(each.details.until ?? "") >= 1000 * this.end;
    const fitting = this.requests.filter(fits);
    return fitting.find(({ state }) => state === "granted") ?? fitting.find(({ state }) => state === "open");
  }

  #awaited(): boolean {
    return this.cameras.some((each) => this.#requestOf(each)?.state === "open");
  }

  protected override render(): TemplateResult {
    const length = this.end - this.begin;
    const isLong = length > DAY_S;
    return html`<section class="panel export" aria-label=${t("export.title")}><h2>${t("export.title")}</h2>
      <p><b>${preciseTime(1000 * this.begin)}</b> ${t("export.until")} <b>${preciseTime(1000 * this.end)}</b>
        <span class="quiet">(${duration(length)})</span></p>
      ${isLong ? html`<p class="wrong">${t("export.too_long")}</p>` : nothing}
      <form @submit=${this.#submit}>
        <fieldset><legend>${t("people.cameras")}</legend>${this.known.map((name) => this.#camera(name))}</fieldset>
        <label>${t("export.case")}<input maxlength="100" .value=${this.matter}
          @input=${(event: Event) => this.#type("matter", event)} /><small>${t("export.case_hint")}</small></label>
        <label>${t("export.reason")}<textarea required minlength="10" maxlength="500" .value=${this.reason}
          @input=${(event: Event) => this.#type("reason", event)}></textarea><small>${t("export.reason_hint")}</small></label>
        <p class="wrong" role="alert">${this.wrong}</p>
        <div class="line">
          <button type="submit" class="main" ?disabled=${this.busy || isLong || !this.cameras.length}>${t("export.do")}</button>
          ${
            this.needsSecond && this.#unasked().length
              ? html`<button type="button" ?disabled=${this.busy} @click=${this.#askSecond}>${t("export.ask")}</button>`
              : nothing
          }
          ${this.#awaited() ? html`<p class="quiet">${t("export.awaited")}</p>` : nothing}
        </div>
      </form>
    </section>`;
  }

  #camera(name: string): TemplateResult {
    const request = this.#requestOf(name);
    const change = ({ target }: Event) => {
      const others = this.cameras.filter((each) => each !== name);
      this.cameras = (target as HTMLInputElement).checked ? [...others, name] : others;
    };
    return html`<label class="check"><input type="checkbox" .checked=${this.cameras.includes(name)} @change=${change} />${name}
      ${request ? html`<span class="chip">${t("export.second", { state: word("request", request.state) })}</span>` : nothing}</label>`;
  }

  #type(field: "matter" | "reason", event: Event): void {
    this[field] = (event.target as HTMLInputElement).value;
  }

  #unasked(): string[] {
    return this.cameras.filter((each) => !this.#requestOf(each));
  }

  async #submit(event: Event): Promise<void> {
    event.preventDefault();
    const granted = this.cameras
      .map((each) => this.#requestOf(each))
      .filter((each) => each?.state === "granted")
      .map((each) => [each?.camera, each?.number]);
    const body = {
      cameras: [...this.cameras],
      begin: iso(this.begin),
      end: iso(this.end),
      reason: this.reason,
      case: this.matter.trim(),
      requests: Object.fromEntries(granted) as Record<string, number>,
    };
    await this.#during(async () => {
      await ask("POST /api/exports", { body });
      say(t("export.ordered"));
      go(write("recordings"));
    });
  }

  /** Ask a second person to agree, for each camera for which nobody was asked. */
  async #askSecond(): Promise<void> {
    await this.#during(async () => {
      const [begin, end, reason] = [iso(this.begin), iso(this.end), this.#reasonWithCase()];
      for (const camera of this.#unasked()) {
        await ask("POST /api/requests", { body: { matter: "export", camera, begin, end, reason } });
      }
      say(t("export.awaited"));
      await this.#load();
    });
  }

  #reasonWithCase(): string {
    const matter = this.matter.trim();
    return matter ? t("export.reason_case", { case: matter, reason: this.reason }) : this.reason;
  }

  async #during(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.wrong = "";
    try {
      await act();
    } catch (error) {
      this.needsSecond ||= error instanceof Refusal && error.status === 403;
      this.wrong = error instanceof Refusal ? error.message : t("lost.gateway");
    } finally {
      this.busy = false;
    }
  }
}
