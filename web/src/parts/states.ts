import { html, nothing, type TemplateResult } from "lit";
import { Refusal } from "../api/client";
import { t } from "../text/text";
import { icon } from "./icon";

/** The designed states of a page: there is nothing, it is on its way, it may not be seen, it could not be read. */
export const empty = (heading: string, words: string, step: unknown = nothing): TemplateResult =>
  html`<div class="state"><h2>${heading}</h2><p>${words}</p>${step}</div>`;

/** Grey lines, which appear only when the answer takes longer than a moment. */
export const loading = (): TemplateResult =>
  html`<div class="skeleton" role="status"><span class="unseen">${t("loading")}</span><i></i><i></i><i></i><i></i></div>`;

/** What went wrong; a refusal says whom to ask. */
export function failed(error: unknown): TemplateResult {
  const isForbidden = error instanceof Refusal && error.status === 403;
  const heading = isForbidden ? t("forbidden.title") : t("failed.title");
  const words = error instanceof Refusal ? error.message : t("lost.gateway");
  const hint = isForbidden ? t("forbidden.ask") : t("failed.hint");
  return html`<div class="state wrong" role="alert">${icon("alerts")}<h2>${heading}</h2><p>${words}</p><p>${hint}</p></div>`;
}
