import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask } from "../api/client";
import type { AlertRuleInfo } from "../api/schema";
import { write } from "../app/address";
import { go } from "../app/go";
import { may } from "../app/person";
import { severity } from "../parts/alert-strip";
import { unitOf } from "../parts/alert-words";
import { Part } from "../parts/part";
import { empty, failed, loading } from "../parts/states";
import { duration } from "../text/format";
import { t } from "../text/text";

/** The rules in use, and a drill of any of them. */
@customElement("pb-alert-drill")
export class AlertDrill extends Part {
  @state() private rules: AlertRuleInfo[] | null = null;
  @state() private wrong = "";
  @state() private failure: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    ask("GET /api/alerts/rules").then(
      (rules) => {
        this.rules = rules;
      },
      (error) => {
        this.failure = error;
      },
    );
  }

  protected override render(): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.rules) return loading();
    if (!this.rules.length) return empty(t("drill.empty.title"), t("drill.empty.words"));
    const names = [...new Set(this.rules.map(({ rule }) => rule))];
    return html`<div class="columns">
      <section class="panel"><h2>${t("drill.rules")}</h2>
        <table><thead><tr><th>${t("alert.rule")}</th><th>${t("alerts.severity")}</th><th>${t("drill.when")}</th><th>${t("drill.hold")}</th></tr></thead>
          <tbody>${this.rules.map(
            (each) =>
              html`<tr><td>${each.rule}</td><td>${severity(each)}</td><td>${unitOf(each.summary)}</td><td>${duration(each.hold_s)}</td></tr>`,
          )}</tbody></table>
      </section>
      ${
        may("handle_alerts")
          ? html`<section class="panel"><h2>${t("drill.title")}</h2><p class="quiet">${t("drill.about")}</p>
              <form class="deeds" @submit=${this.#send}>
                <label>${t("alert.rule")}<select name="rule">${names.map((each) => html`<option>${each}</option>`)}</select></label>
                <label>${t("alert.note")}<input name="note" maxlength="500" autocomplete="off" /></label>
                <p class="wrong" role="alert">${this.wrong}</p>
                <div><button type="submit">${t("drill.do")}</button></div>
              </form></section>`
          : html``
      }
    </div>`;
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    this.wrong = "";
    try {
      const body = { rule: String(form.get("rule")), note: String(form.get("note")) };
      go(write("alerts", (await ask("POST /api/alerts/drills", { body })).alert));
    } catch (error) {
      this.wrong = (error as Error).message;
    }
  }
}
