import { html, nothing, type TemplateResult } from "lit";
import { write } from "../app/address";
import { t } from "../text/text";
import { icon } from "./icon";

/** A part of what is set up for a camera. */
export type SetupPart = "" | "calibration" | "sign";

/** The head of the set-up pages of a camera, with the way to the other parts. */
export function setupHead(name: string, part: SetupPart): TemplateResult {
  const tab = (each: SetupPart, words: string) =>
    html`<a href=${write("setup", name, { part: each })} aria-current=${each === part ? "page" : nothing}>${words}</a>`;
  return html`<div class="head"><a class="back" href="/setup">${icon("back")}${t("setup.title")}</a><h1>${name}</h1>
    <nav class="tabs" aria-label=${t("setup.parts")}>
      ${tab("", t("setup.draw"))}${tab("calibration", t("setup.calibration"))}${tab("sign", t("sign_page.tab"))}
    </nav></div>`;
}
