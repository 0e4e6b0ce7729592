import { html, nothing, type TemplateResult } from "lit";
import type { AlertInfo } from "../api/schema";
import { write } from "../app/address";
import { ago, utcTime } from "../text/format";
import { count, t, word } from "../text/text";
import { unitOf, whereOf } from "./alert-words";
import { type MarkName, mark } from "./icon";

const SHAPES: Record<AlertInfo["severity"], MarkName> = {
  notice: "dot",
  amber: "triangle",
  red: "diamond",
  critical: "octagon",
};
const MOST = 4;

/** The severity of an alert: shape, colour and word. */
export const severity = ({ severity: level }: Pick<AlertInfo, "severity">): TemplateResult =>
  html`<span class="severity ${level}">${mark(SHAPES[level])}${word("severity", level)}</span>`;

/** The open alerts on top of the wall, those first that nobody has taken yet. */
export function alertStrip(alerts: readonly AlertInfo[]): TemplateResult | typeof nothing {
  if (!alerts.length) return nothing;
  const rest = alerts.length - MOST;
  return html`<section class="strip" aria-label=${t("strip.title")}>
    <ul>
      ${alerts.slice(0, MOST).map(
        (each) => html`<li class="${each.severity} ${each.state}">
          <a href=${write("alerts", each.alert)}>
            ${severity(each)}
            <span class="what">${whereOf(each)}: ${unitOf(each.summary)}</span>
            <span class="quiet" title=${utcTime(each.raised)}>${ago(each.raised)}</span>
            ${each.drill ? html`<span class="chip">${t("alert.drill")}</span>` : nothing}
            ${each.state === "acknowledged" ? html`<span class="chip">${word("alert_state", each.state)}</span>` : nothing}
          </a>
        </li>`,
      )}
    </ul>
    ${rest > 0 ? html`<a href="/alerts">${count(rest, "more_alerts")}</a>` : nothing}
  </section>`;
}
