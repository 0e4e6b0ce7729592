import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import { now } from "../api/clock";
import type { ExportInfo, RecordedCamera, VerificationInfo } from "../api/schema";
import { write } from "../app/address";
import { may } from "../app/person";
import { DAY_S } from "../app/timeline";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { empty, failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { ago, bytes, duration, percent } from "../text/format";
import { count, t, word } from "../text/text";
import "../style/audit.css";
import "./recording-holds";

const AGAIN_MS = 3000;
const MOVING = new Set(["waiting", "running"]);

/** How far recordings reach back, whether they are as they were written, and what was exported of them. */
@customElement("pb-recordings")
export class RecordingsView extends Part {
  @state() private recorded: RecordedCamera[] | null = null;
  @state() private exports: ExportInfo[] = [];
  /** The camera of each legal hold. */
  @state() private held: readonly string[] = [];
  @state() private verified: Record<string, VerificationInfo> = {};
  @state() private verifying = "";
  @state() private failure: unknown = null;
  @state() private wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.#load();
    const isMoving = () => this.exports.some(({ state }) => MOVING.has(state));
    const timer = setInterval(() => isMoving() && this.#loadExports(), AGAIN_MS);
    this.during(() => () => clearInterval(timer));
  }

  async #load(): Promise<void> {
    try {
      const recorded = await ask("GET /api/recordings");
      await this.#loadExports();
      this.recorded = recorded;
    } catch (error) {
      this.failure = error;
    }
  }

  #count({ detail }: CustomEvent<string[]>): void {
    this.held = detail;
  }

  async #loadExports(): Promise<void> {
    if (!may("export_recordings")) return;
    this.exports = (await ask("GET /api/exports").catch(() => this.exports)).toReversed();
  }

  protected override render(): TemplateResult {
    return html`<div class="page"><div class="head"><h1>${t("recordings.title")}</h1><span class="gap"></span>
        ${this.recorded?.length ? html`<a href="/timeline">${t("recordings.timeline")}</a>` : nothing}</div>
      <p class="wrong" role="alert">${this.wrong}</p>${this.#body()}</div>`;
  }

  #body(): TemplateResult {
    const isNone = this.failure instanceof Refusal && this.failure.status === 404;
    if (isNone || this.recorded?.length === 0) return empty(t("recordings.empty.title"), t("recordings.empty.words"));
    if (this.failure) return failed(this.failure);
    if (!this.recorded) return loading();
    return html`<section class="panel scrolls" tabindex="0" aria-label=${t("recordings.cameras")}>
        <h2>${t("recordings.cameras")}</h2>
        <table><thead><tr>
          <th>${t("camera.title")}</th><th>${t("recordings.reach")}</th><th>${t("recordings.newest")}</th>
          <th class="number-cell">${t("recordings.gaps")}</th><th class="number-cell">${t("recordings.size")}</th>
          <th>${t("recordings.holds")}</th><th>${t("recordings.unchanged")}</th>
        </tr></thead><tbody>${this.recorded.map((each) => this.#row(each))}</tbody></table>
      </section>
      <pb-recording-holds .cameras=${this.recorded.map(({ camera }) => camera)} @holds=${this.#count}></pb-recording-holds>
      ${may("export_recordings") ? this.#cases() : nothing}`;
  }

  #row(each: RecordedCamera): TemplateResult {
    const held = this.held.filter((camera) => camera === each.camera).length;
    const address = write("timeline", "", { cams: each.camera, t: each.newest ?? "", span: String(DAY_S) });
    return html`<tr>
      <td><a href=${address}>${each.camera}</a>${each.recording ? html` <span class="chip">${t("recordings.now")}</span>` : nothing}
        ${each.away ? html`<span class="badge none">${t("recordings.away")}</span>` : nothing}</td>
      <td>${each.oldest ? html`${moment(each.oldest)} <small>${ago(each.oldest)}</small>` : html`<span class="unobserved">${t("cover.absent")}</span>`}</td>
      <td>${each.newest ? moment(each.newest) : nothing}</td>
      <td class="number-cell">${Math.max(0, each.spans - 1)}</td>
      <td class="number-cell">${bytes(each.size_bytes)}</td>
      <td>${held ? count(held, "holds") : t("recordings.no_holds")}</td>
      <td>${this.#proof(each.camera)}</td>
    </tr>`;
  }

  #proof(camera: string): TemplateResult {
    const found = this.verified[camera];
    if (found?.problems.length) {
      return html`<span class="badge none">${count(found.problems.length, "problems")}</span>
        <ul class="plain">${found.problems.slice(0, 20).map((each) => html`<li>${each.begin ? moment(each.begin) : nothing} ${each.problem}</li>`)}</ul>`;
    }
    if (found) return html`<span class="badge active">${count(found.segments, "segments")}</span>`;
    const words = this.verifying === camera ? t("recordings.verifying") : t("recordings.verify");
    return html`<button type="button" aria-label=${t("recordings.verify_of", { camera })} ?disabled=${Boolean(this.verifying)}
      @click=${() => this.#verify(camera)}>${words}</button>`;
  }

  async #verify(camera: string): Promise<void> {
    this.verifying = camera;
    await this.#during(async () => {
      const found = await ask("POST /api/recordings/{camera}/verification", { path: { camera } });
      this.verified = { ...this.verified, [camera]: found };
    });
    this.verifying = "";
  }

  /** Exports, those of a case together. */
  #cases(): TemplateResult {
    const cases = [...new Set(this.exports.map((each) => each.case))];
    return html`<section class="panel" aria-label=${t("recordings.exports")}><h2>${t("recordings.exports")}</h2>
      <p class="quiet">${t("recordings.exports_about")}</p>
      ${cases.map(
        (matter) => html`<h3>${matter ? t("recordings.case", { case: matter }) : t("recordings.no_case")}</h3>
          <ul class="cards wide">${this.exports.filter((each) => each.case === matter).map((each) => this.#job(each))}</ul>`,
      )}</section>`;
  }

  #job(each: ExportInfo): TemplateResult {
    const isMoving = MOVING.has(each.state);
    const files = [...each.files.map(({ name }) => name), ...(each.report ? [each.report] : [])];
    return html`<li class="panel">
      <div class="line"><b>${each.cameras.join(", ")}</b><span class="chip">${word("export_state", each.state)}</span>
        <span class="gap"></span>
        <button type="button" @click=${() => this.#remove(each.export)}>${isMoving ? t("recordings.cancel") : t("recordings.erase")}</button></div>
      <p>${moment(each.begin)} – ${moment(each.end)}</p>
      <p class="written">${each.reason}</p>
      ${isMoving ? html`<progress max="1" value=${each.share} aria-label=${t("recordings.progress")}>${percent(each.share)}</progress>` : nothing}
      ${each.problem ? html`<p class="detail">${each.problem}</p>` : nothing}
      ${
        files.length
          ? html`<ul class="plain">${files.map(
              (name) =>
                html`<li><a href=${`/api/exports/${each.export}/files/${encodeURIComponent(name)}`} download>${name}</a></li>`,
            )}</ul>`
          : nothing
      }
      ${each.erased ? html`<p class="quiet">${t("recordings.erased", { duration: duration((Date.parse(each.erased) - now()) / 1000) })}</p>` : nothing}
    </li>`;
  }

  async #remove(number: string): Promise<void> {
    await this.#during(async () => {
      await ask("DELETE /api/exports/{export}", { path: { export: number } });
      say(t("changed"));
      await this.#loadExports();
    });
  }

  async #during(act: () => Promise<void>): Promise<void> {
    this.wrong = "";
    try {
      await act();
    } catch (error) {
      this.wrong = error instanceof Refusal ? error.message : t("lost.gateway");
    }
  }
}
