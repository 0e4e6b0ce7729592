import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal, send } from "../api/client";
import { now, timezone } from "../api/clock";
import type { LegalHoldInfo, RequestInfo } from "../api/schema";
import { may, person } from "../app/person";
import { fromLocal, iso } from "../app/timeline";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { moment } from "../parts/time";
import { t, word } from "../text/text";

const AGAIN_MS = 5000;

type Held = LegalHoldInfo & { camera: string };

/** Legal holds: what must not be erased, who placed them and why; a second person agrees before one is ended. */
@customElement("pb-recording-holds")
export class RecordingHolds extends Part {
  /** Cameras with recordings. */
  @property({ attribute: false }) cameras: readonly string[] = [];
  @state() private holds: Held[] | null = null;
  @state() private requests: RequestInfo[] = [];
  /** The hold whose end a second person is to agree to. */
  @state() private asking = "";
  @state() private isPlacing = false;
  @state() private wrong = "";
  @state() private busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const isOpen = () => this.requests.some(({ state }) => state === "open");
    const timer = setInterval(() => document.visibilityState === "visible" && isOpen() && this.#load(), AGAIN_MS);
    this.during(() => () => clearInterval(timer));
    this.#load();
  }

  async #load(): Promise<void> {
    const found: Held[] = [];
    try {
      for (const camera of this.cameras) {
        const path = { camera };
        for (const each of await ask("GET /api/recordings/{camera}/holds", { path })) found.push({ ...each, camera });
      }
      this.requests = await myRequests();
      this.holds = found.sort((one, other) => other.placed.localeCompare(one.placed));
      this.dispatchEvent(new CustomEvent("holds", { detail: found.map(({ camera }) => camera) }));
    } catch (error) {
      this.wrong = wordsOf(error);
    }
  }

  protected override render(): TemplateResult {
    const holds = this.holds;
    return html`<section class="panel" aria-label=${t("recordings.holds")}>
      <div class="line"><h2>${t("recordings.holds")}</h2><span class="gap"></span>
        ${
          may("change_settings") && !this.isPlacing
            ? html`<button type="button" @click=${() => this.#open(true)}>${t("hold.place")}</button>`
            : nothing
        }</div>
      <p class="quiet">${t("hold.about")}</p>
      <p class="wrong" role="alert">${this.wrong}</p>
      ${this.isPlacing ? this.#form() : nothing}
      ${holds?.length ? html`<ul class="cards wide">${holds.map((each) => this.#hold(each))}</ul>` : holds && !this.isPlacing ? html`<p class="unobserved">${t("hold.none")}</p>` : nothing}
    </section>`;
  }

  #open(isPlacing: boolean): void {
    this.wrong = "";
    this.isPlacing = isPlacing;
  }

  #hold(each: Held): TemplateResult {
    const request = this.#requestOf(each);
    const id = idOf(each);
    return html`<li class="panel"><div class="line"><h3>${each.camera}</h3>
        ${request ? html`<span class="chip">${t("export.second", { state: word("request", request.state) })}</span>` : nothing}
        <span class="gap"></span>
        ${may("change_settings") ? this.#ending(each, request) : nothing}</div>
      <p>${moment(each.begin)} – ${moment(each.end)}</p>
      <p class="written">${each.reason}</p>
      <p class="quiet">${t("hold.by", { account: each.by })} ${moment(each.placed)}</p>
      ${request?.state === "open" ? html`<p class="quiet">${t("hold.awaited", { n: request.number })}</p>` : nothing}
      ${this.asking === id ? this.#askSecond(each) : nothing}
    </li>`;
  }

  /** A request that counts ends the hold; one that waits is only shown; else the gateway says whether one is needed. */
  #ending(each: Held, request: RequestInfo | undefined): TemplateResult | typeof nothing {
    if (request?.state === "open" || this.asking === idOf(each)) return nothing;
    return html`<button type="button" aria-label=${t("hold.end_of", { camera: each.camera, n: each.number })} ?disabled=${this.busy}
      @click=${() => this.#end(each, request)}>${t("hold.end")}</button>`;
  }

  #requestOf({ camera, number }: Held): RequestInfo | undefined {
    const mine = this.requests.filter((each) => each.camera === camera && each.details.hold === String(number));
    return mine.find(({ state }) => state === "granted") ?? mine.find(({ state }) => state === "open");
  }

  #askSecond(each: Held): TemplateResult {
    const send = (event: Event) => {
      event.preventDefault();
      const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason") ?? "");
      this.#during(async () => {
        const body = { matter: "end_legal_hold" as const, camera: each.camera, hold: each.number, reason };
        await ask("POST /api/requests", { body });
        this.asking = "";
        say(t("hold.asked"));
      });
    };
    return html`<form class="deeds" @submit=${send}><p class="doubt">${t("hold.second")}</p>
      <label>${t("site.reason")}<textarea name="reason" required minlength="10" maxlength="500"></textarea></label>
      <div class="line"><button type="submit" class="main" ?disabled=${this.busy}>${t("site.ask")}</button>
        <button type="button" @click=${() => {
          this.asking = "";
        }}>${t("people.cancel")}</button></div></form>`;
  }

  #form(): TemplateResult {
    const field = (name: string, words: string) =>
      html`<label>${words}<input name=${name} type="datetime-local" step="1" required /></label>`;
    return html`<form class="deeds" @submit=${this.#place}>
      <div class="columns thirds">
        <label>${t("camera.title")}<select name="camera">${this.cameras.map((each) => html`<option>${each}</option>`)}</select></label>
        ${field("begin", t("detail.from"))}${field("end", t("detail.until"))}</div>
      <small>${t("hold.zone", { zone: timezone() })}</small>
      <label>${t("export.reason")}<textarea name="reason" required minlength="10" maxlength="500"></textarea></label>
      <small>${t("hold.reason_hint")}</small>
      <div class="line"><button type="submit" class="main" ?disabled=${this.busy}>${t("hold.do")}</button>
        <button type="button" @click=${() => this.#open(false)}>${t("people.cancel")}</button></div></form>`;
  }

  #place(event: Event): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const time = (name: string) => iso(fromLocal(Date.parse(`${form.get(name)}Z`) / 1000, timezone()));
    const body = { begin: time("begin"), end: time("end"), reason: String(form.get("reason") ?? "") };
    this.#during(async () => {
      await ask("POST /api/recordings/{camera}/holds", { path: { camera: String(form.get("camera")) }, body });
      this.isPlacing = false;
      say(t("hold.placed"));
    });
  }

  async #end(each: Held, request: RequestInfo | undefined): Promise<void> {
    await this.#during(async () => {
      const path = { camera: each.camera, number: each.number };
      try {
        const query = request ? { request: request.number } : {};
        await ask("DELETE /api/recordings/{camera}/holds/{number}", { path, query });
        say(t("hold.ended"));
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 403 || request) throw error;
        this.asking = idOf(each);
      }
    });
    await this.updateComplete;
    this.querySelector<HTMLElement>("textarea[name=reason]")?.focus();
  }

  async #during(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.wrong = "";
    try {
      await act();
      await this.#load();
    } catch (error) {
      this.wrong = wordsOf(error);
    } finally {
      this.busy = false;
    }
  }
}

const idOf = ({ camera, number }: Held): string => `${camera} ${number}`;

const wordsOf = (error: unknown): string => (error instanceof Refusal ? error.message : t("lost.gateway"));

/** What the person asked for to end legal holds, as far as it still counts; none if requests cannot be read. */
async function myRequests(): Promise<RequestInfo[]> {
  const found: RequestInfo[] = [];
  let after = "";
  try {
    do {
      const { value, next } = await send("GET /api/requests", { query: { after } });
      found.push(...value);
      after = next;
    } while (after);
  } catch {
    return []; // then the gateway says what is missing
  }
  const counts = ({ matter, asked_by, ends }: RequestInfo) =>
    matter === "end_legal_hold" && asked_by === person()?.name && Date.parse(ends) > now();
  return found.filter(counts);
}
