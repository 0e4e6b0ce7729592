import { html, nothing, type TemplateResult } from "lit";
import type { Camera } from "../api/schema";
import { setQuery } from "../app/go";
import { layout } from "../app/layout";
import { may } from "../app/person";
import { t } from "../text/text";
import { say } from "./say";
import { closeMenu, menuEvents } from "./tile-menu";

async function save(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const name = String(new FormData(form).get("screen"));
  try {
    await layout.saveScreen(name);
    say(t("layout.saved", { name }));
    closeMenu(event);
    form.reset();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** The menu of layouts: one's own, those of wall screens, and what is hidden. */
export function layoutMenu(cameras: readonly Camera[]): TemplateResult {
  const hidden = cameras.filter(({ name }) => layout.hidden.includes(name)).length;
  const choose = (screen: string, words: string) => html`<li><button
    type="button"
    aria-current=${layout.screen === screen ? "true" : "false"}
    @click=${(event: Event) => {
      closeMenu(event);
      setQuery({ screen });
    }}
  >${words}</button></li>`;
  return html`<details class="menu wide" @keydown=${menuEvents.key} @focusout=${menuEvents.left}>
    <summary>${layout.screen || t("layout.title")}${hidden ? html` (${t("layout.hidden", { count: hidden })})` : nothing}</summary>
    <ul>
      ${choose("", t("layout.own"))}${layout.screens.map(({ name }) => choose(name, t("layout.screen", { name })))}
      ${
        hidden && !layout.fixed
          ? html`<li><button
              type="button"
              @click=${(event: Event) => {
                closeMenu(event);
                layout.showAll();
              }}
            >${t("layout.show_all")}</button></li>`
          : nothing
      }
      ${
        may("change_settings")
          ? html`<li><form @submit=${save}>
              <label>${t("layout.save_as")}<input name="screen" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9_.\\-]*" /></label>
              <button type="submit">${t("layout.save")}</button>
            </form></li>`
          : nothing
      }
    </ul>
  </details>`;
}
