import { html, nothing, type TemplateResult } from "lit";
import type { FieldProblem } from "../api/schema";
import { t } from "../text/text";

const ABSENT = "(absent)";

/** What a change would change: each key with its old and its new value. */
export function changeTable(changes: Record<string, string>): TemplateResult {
  const rows = Object.entries(changes).map(([key, change]) => {
    const at = change.lastIndexOf(" -> ");
    return [key, change.slice(0, at), change.slice(at + 4)] as const;
  });
  if (!rows.length) return html`<p class="quiet">${t("changes.none")}</p>`;
  return html`<div class="scrolls" tabindex="0" role="region" aria-label=${t("changes.title")}><table class="changes">
    <thead><tr><th>${t("changes.key")}</th><th>${t("changes.before")}</th><th>${t("changes.after")}</th></tr></thead>
    <tbody>${rows.map(
      ([key, before, after]) => html`<tr>
        <td><code>${key}</code></td><td>${before === ABSENT ? html`<span class="quiet">${t("changes.absent")}</span>` : html`<del>${before}</del>`}</td>
        <td>${after === ABSENT ? html`<span class="quiet">${t("changes.absent")}</span>` : html`<ins>${after}</ins>`}</td></tr>`,
    )}</tbody></table></div>`;
}

/** What saving would change, with the way on and the way back. */
export function comparison(
  changes: Record<string, string>,
  { busy, words, apply, back }: { busy: boolean; words: string; apply: () => void; back: () => void },
): TemplateResult {
  return html`<h2>${t("changes.title")}</h2>${changeTable(changes)}
    <div class="line"><button type="button" class="main" ?disabled=${busy || !Object.keys(changes).length} @click=${apply}>${words}</button>
      <button type="button" @click=${back}>${t("setup.back")}</button></div>`;
}

/** What is wrong with settings, each field with its fix. */
export function problemList(problems: readonly FieldProblem[]): TemplateResult | typeof nothing {
  if (!problems.length) return nothing;
  return html`<ul class="problems" role="alert">${problems.map(
    ({ field, line, problem }) =>
      html`<li class="wrong">${field ? html`<code>${field}</code> ` : nothing}${
        line ? html`<small>${t("changes.line", { line })}</small> ` : nothing
      }${problem}</li>`,
  )}</ul>`;
}
