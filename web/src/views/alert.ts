import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal, send } from "../api/client";
import { live } from "../api/live";
import type { AlertInfo } from "../api/schema";
import { write } from "../app/address";
import { here } from "../app/go";
import { may, person } from "../app/person";
import { severity } from "../parts/alert-strip";
import { compared, unitOf } from "../parts/alert-words";
import { icon } from "../parts/icon";
import { listen, Part } from "../parts/part";
import { say } from "../parts/say";
import { failed, loading } from "../parts/states";
import { moment } from "../parts/time";
import { t, word } from "../text/text";

type Deed = "acknowledge" | "resolve" | "assign";

/** One alert: what it is about, its procedure, what was done, and what can be done. */
@customElement("pb-alert")
export class AlertDetail extends Part {
  @property() number = "";
  @state() private alert: AlertInfo | null = null;
  @state() private roles: string[] = [];
  @state() private note = "";
  @state() private wrong = "";
  @state() private failure: unknown = null;
  #tag = "";
  /** Counts questions and changes: an answer that a later one has overtaken is dropped. */
  #turn = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.during(() => listen(live, "alert", (event) => this.#hear((event as CustomEvent<AlertInfo>).detail)));
    ask("GET /api/alerts/roles").then(
      (roles) => {
        this.roles = roles;
      },
      () => {},
    );
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("number")) return;
    this.note = sessionStorage.getItem(this.#draft) ?? "";
    this.wrong = "";
    this.#load();
  }

  /** Where a note that was not sent yet is kept for whoever typed it, so that it is not lost. */
  get #draft(): string {
    return `passerby.note.${person()?.name}.${this.number}`;
  }

  #hear(alert: AlertInfo): void {
    if (alert.alert === this.number) this.#load();
  }

  async #load(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const { value, tag } = await send("GET /api/alerts/{alert}", { path: { alert: this.number } });
      if (turn === this.#turn) this.#show(value, tag);
    } catch (error) {
      if (turn === this.#turn) this.failure = error;
    }
  }

  #show(alert: AlertInfo, tag: string): void {
    this.alert = alert;
    this.#tag = tag;
    this.failure = null;
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    const { alert } = this;
    if (!alert) return loading();
    const back = Object.fromEntries(here().query);
    return html`<article class="alert ${alert.severity}" aria-label=${alert.summary}>
      <a class="back" href=${write("alerts", "", back)}>${icon("back")}${t("alerts.list")}</a>
      <div class="line">${severity(alert)}<span class="chip">${word("alert_state", alert.state)}</span>
        <span class="chip">${t(alert.active ? "alert.active" : "alert.over")}</span>
        ${alert.drill ? html`<span class="chip">${t("alert.drill_long")}</span>` : nothing}</div>
      <h2>${unitOf(alert.summary)}</h2>
      ${alert.kind === "not_observed" ? html`<p class="detail">${t("alert.not_observed")}</p>` : nothing}
      <dl class="facts wide">
        <dt>${t("alert.where")}</dt><dd>${alert.where.map((each, at) => html`${at ? ", " : ""}${this.#subject(each)}`)}</dd>
        <dt>${t("alert.value")}</dt><dd>${compared(alert)}</dd>
        <dt>${t("alert.rule")}</dt><dd>${alert.rule}</dd>
        <dt>${t("alert.raised")}</dt><dd>${moment(alert.raised)}</dd>
        ${alert.ended ? html`<dt>${t("alert.ended")}</dt><dd>${moment(alert.ended)}</dd>` : nothing}
        ${alert.recurred > alert.count ? html`<dt>${t("alert.recurred")}</dt><dd>${alert.recurred}</dd>` : nothing}
        <dt>${t("alert.role")}</dt><dd>${alert.role || t("alert.anyone")}</dd>
      </dl>
      ${alert.steps.length ? this.#steps(alert) : nothing}
      ${may("handle_alerts") ? this.#actions(alert) : nothing}
      <section><h3>${t("alert.history")}</h3>${this.#history(alert)}</section>
    </article>`;
  }

  /** A place, camera or the gateway, with a link to its page. */
  #subject(subject: string): TemplateResult {
    const [kind = "", ...rest] = subject.split(" ");
    const name = rest.join(" ");
    if (kind === "camera") return html`<a href=${write("camera", name)}>${name}</a>`;
    if (kind === "place") return html`<a href=${write("place", name)}>${name}</a>`;
    return html`${t("alert.gateway")}`;
  }

  #steps(alert: AlertInfo): TemplateResult {
    return html`<section><h3>${t("alert.steps")}</h3><ol class="steps">
      ${alert.steps.map(
        ({ step, text, done, done_by: by }) => html`<li class=${done ? "done" : ""}>
          ${done ? icon("check") : nothing}<span>${text}</span>
          ${
            done
              ? html`<span class="quiet">${t("alert.step_by", { by: by ?? "" })} ${moment(done)}</span>`
              : may("handle_alerts") && alert.state !== "resolved"
                ? html`<button type="button" aria-label=${t("alert.tick_of", { text })} @click=${() => this.#tick(step)}>
                    ${t("alert.tick")}
                  </button>`
                : nothing
          }
        </li>`,
      )}
    </ol></section>`;
  }

  #actions(alert: AlertInfo): TemplateResult {
    if (alert.state === "resolved") return html``;
    const type = (event: Event) => {
      this.note = (event.target as HTMLTextAreaElement).value;
      sessionStorage.setItem(this.#draft, this.note);
    };
    return html`<form class="deeds" @submit=${(event: Event) => event.preventDefault()}>
      <label>${t("alert.note")}<textarea name="note" maxlength="2000" .value=${this.note} @input=${type}></textarea></label>
      <p class="wrong" role="alert">${this.wrong}</p>
      <div class="line">
        ${
          alert.state === "raised"
            ? html`<button type="button" class="main" @click=${() => this.#do("acknowledge")}>${t("alert.acknowledge")}</button>`
            : nothing
        }
        <button type="button" ?disabled=${alert.active || alert.state === "raised"} title=${alert.active ? t("alert.still") : ""}
          @click=${() => this.#do("resolve")}>${t("alert.resolve")}</button>
        <span class="gap"></span>
        ${
          this.roles.length
            ? html`<label class="unseen" for="role">${t("alert.assign_to")}</label>
                <select id="role">${this.roles.map((each) => html`<option ?selected=${each === alert.role}>${each}</option>`)}</select>
                <button type="button" @click=${() => this.#do("assign")}>${t("alert.assign")}</button>`
            : nothing
        }
      </div>
      ${alert.active ? html`<small>${t("alert.still")}</small>` : alert.state === "raised" ? html`<small>${t("alert.first")}</small>` : nothing}
    </form>`;
  }

  #history(alert: AlertInfo): TemplateResult {
    return html`<ol class="history">
      ${[...alert.notes].reverse().map(
        ({ time, by, what, text }) => html`<li>
          <span class="quiet">${moment(time)}</span>
          <span><strong>${word("deed", what)}</strong>${by ? html` ${t("alert.by", { by })}` : nothing}${text ? html`: ${unitOf(text)}` : nothing}</span>
        </li>`,
      )}
    </ol>`;
  }

  async #tick(step: number): Promise<void> {
    await this.#change(() =>
      send("POST /api/alerts/{alert}/steps/{step}", {
        path: { alert: this.number, step },
        body: { note: "" },
        match: this.#tag,
      }),
    );
  }

  async #do(deed: Deed): Promise<void> {
    const path = { alert: this.number };
    const { note } = this;
    const match = this.#tag;
    const role = this.querySelector<HTMLSelectElement>("#role")?.value ?? "";
    const done = await this.#change(() =>
      deed === "assign"
        ? send("POST /api/alerts/{alert}/assign", { path, match, body: { role, note } })
        : send(`POST /api/alerts/{alert}/${deed}`, { path, match, body: { note } }),
    );
    if (!done) return;
    this.note = "";
    sessionStorage.removeItem(this.#draft);
  }

  /** Do something to the alert; what somebody else did meanwhile is shown first, and the note stays. */
  async #change(work: () => Promise<{ value: AlertInfo; tag: string }>): Promise<boolean> {
    this.wrong = "";
    const turn = this.#turn;
    try {
      const { value, tag } = await work();
      if (turn === this.#turn) {
        this.#turn += 1;
        this.#show(value, tag);
      } else await this.#load(); // news came meanwhile, which may be newer than this answer
      say(`${value.summary}: ${word("alert_state", value.state)}`);
      return true;
    } catch (error) {
      const isStale = error instanceof Refusal && error.status === 412;
      if (isStale) await this.#load();
      this.wrong = isStale ? t("alert.stale") : (error as Error).message;
      return false;
    }
  }
}
