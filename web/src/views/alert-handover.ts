import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask } from "../api/client";
import type { HandoverInfo } from "../api/schema";
import { may, person } from "../app/person";
import { unitOf } from "../parts/alert-words";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { t } from "../text/text";

/** Where a note that was not sent yet is kept for whoever typed it. */
const draft = (): string => `passerby.handover.${person()?.name}`;

/** What a shift leaves to the next: the latest note, and the alerts that are open. */
@customElement("pb-alert-handover")
export class AlertHandover extends Part {
  @state() private handover: HandoverInfo | null = null;
  @state() private note = sessionStorage.getItem(draft()) ?? "";
  @state() private wrong = "";
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    ask("GET /api/alerts/handover").then(
      (handover) => {
        this.handover = handover;
      },
      (error) => {
        this.failure = error;
      },
    );
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.handover) return loading();
    const { note, by, time, open } = this.handover;
    return html`<div class="columns">
      <section class="panel"><h2>${t("handover.last")}</h2>
        ${note && time ? html`<p class="quiet">${t("alert.by", { by })}, ${moment(time)}</p><p class="written">${note}</p>` : html`<p>${t("handover.none")}</p>`}
        ${may("handle_alerts") ? this.#form() : html``}
      </section>
      <section class="panel"><h2>${t("handover.open")}</h2>
        ${open.length ? html`<ol>${open.map((each) => html`<li>${unitOf(each)}</li>`)}</ol>` : html`<p>${t("handover.calm")}</p>`}
      </section>
    </div>`;
  }

  #form(): TemplateResult {
    const type = (event: Event) => {
      this.note = (event.target as HTMLTextAreaElement).value;
      sessionStorage.setItem(draft(), this.note);
    };
    return html`<form class="deeds" @submit=${this.#send}>
      <label>${t("handover.note")}<textarea required maxlength="2000" .value=${this.note} @input=${type}></textarea></label>
      <p class="wrong" role="alert">${this.wrong}</p>
      <div><button type="submit" class="main">${t("handover.do")}</button></div>
    </form>`;
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    this.wrong = "";
    try {
      this.handover = await ask("POST /api/alerts/handover", { body: { note: this.note } });
      this.note = "";
      sessionStorage.removeItem(draft());
      say(t("handover.done"));
    } catch (error) {
      this.wrong = (error as Error).message;
    }
  }
}
