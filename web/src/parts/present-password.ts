import { html, nothing, type TemplateResult } from "lit";
import type { OwnAccount } from "../api/schema";
import { person } from "../app/person";
import { t } from "../text/text";

/** The field `present` of a form by which a stolen session must not change anything; nothing where there is no password. */
export function presentPassword(own: OwnAccount | null = person()): TemplateResult | typeof nothing {
  if (!own?.has_password) return nothing;
  return html`<label>${t("password.present")}<input name="present" type="password" required maxlength="256" autocomplete="current-password" /></label>`;
}
