import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { write } from "../app/address";
import { here } from "../app/go";
import { may, seesAll } from "../app/person";
import { Part } from "../parts/part";
import type { Key } from "../text/text";
import { t } from "../text/text";
import "./people-accounts";
import "./people-pages";
import "./people-requests";
import "./people-tokens";

/** Accounts, tokens and what needs a second person, as far as somebody may see them. */
@customElement("pb-people")
export class PeopleView extends Part {
  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
  }

  protected override render(): TemplateResult {
    const tabs = tabsOfPerson();
    const tab = tabs.find(([name]) => name === here().name)?.[0] ?? tabs[0]?.[0] ?? "";
    return html`<div class="page">
      <div class="head"><h1>${t("people.title")}</h1>
        <nav class="tabs" aria-label=${t("people.parts")}>
          ${tabs.map(([name, words]) => html`<a href=${write("people", name)} aria-current=${name === tab ? "page" : nothing}>${t(words)}</a>`)}
        </nav>
      </div>
      ${
        tab === "accounts"
          ? html`<pb-accounts></pb-accounts>`
          : tab === "tokens"
            ? html`<pb-tokens></pb-tokens>`
            : tab === "pages"
              ? html`<pb-pages></pb-pages>`
              : html`<pb-requests></pb-requests>`
      }
    </div>`;
  }
}

function tabsOfPerson(): [string, Key][] {
  const accounts: [string, Key][] = may("manage_accounts") && seesAll() ? [["accounts", "people.accounts"]] : [];
  const pages: [string, Key][] = may("manage_accounts") && seesAll() ? [["pages", "people.pages"]] : [];
  return [...accounts, ["tokens", "people.tokens"], ...pages, ["requests", "people.requests"]];
}
