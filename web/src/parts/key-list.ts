import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { hasSingleKeys, keyOf, setSingleKeys } from "../app/keys";
import { type Key, t } from "../text/text";
import { listen, Part } from "./part";

/** The keys of each page, with what they do. */
const LISTS: readonly [Key, readonly (readonly [string, Key])[]][] = [
  ["keys.anywhere", [["?", "keys.list"]]],
  [
    "nav.wall",
    [
      ["F", "wall.full"],
      ["← → ↑ ↓", "keys.tiles"],
      ["⇧ ← →", "keys.order"],
    ],
  ],
  [
    "camera.title",
    [
      ["Esc", "camera.key_all"],
      ["← →", "camera.key_next"],
      ["F", "camera.key_full"],
      ["+ −", "camera.key_zoom"],
    ],
  ],
  [
    "timeline.title",
    [
      ["G", "timeline.key_goto"],
      ["K", "keys.play"],
      [", .", "timeline.key_step"],
      ["← →", "timeline.key_move"],
      ["+ −", "timeline.key_zoom"],
      ["I O", "timeline.key_mark"],
    ],
  ],
  [
    "setup.draw",
    [
      ["← → ↑ ↓", "keys.point"],
      ["I", "setup.insert"],
      ["Del", "setup.remove_point"],
      ["S", "keys.snap"],
      ["Ctrl Z", "setup.undo"],
    ],
  ],
];

/** The switch for single keys. */
@customElement("pb-single-keys")
export class SingleKeys extends Part {
  protected override render(): TemplateResult {
    const change = ({ target }: Event) => {
      setSingleKeys((target as HTMLInputElement).checked);
      this.requestUpdate();
    };
    return html`<label class="check"><input type="checkbox" .checked=${hasSingleKeys()} @change=${change} />${t("keys.single")}</label>
      <small>${t("keys.about")}</small>`;
  }
}

/** The list of all keys, which ? opens, with their switch. */
@customElement("pb-key-list")
export class KeyList extends Part {
  @state() private open = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.during(() =>
      listen(document, "keydown", (event) => {
        if (keyOf(event as KeyboardEvent) !== "?") return;
        event.preventDefault();
        this.open = true;
      }),
    );
  }

  protected override updated(): void {
    const dialog = this.querySelector("dialog");
    if (dialog && !dialog.open) dialog.showModal();
  }

  protected override render(): TemplateResult {
    const show = () => {
      this.open = true;
    };
    const close = () => {
      this.open = false;
    };
    return html`<button type="button" class="icon-only" title=${t("keys.title")} aria-label=${t("keys.title")} @click=${show}>?</button>
      ${this.open ? this.#list(close) : ""}`;
  }

  #list(close: () => void): TemplateResult {
    return html`<dialog class="keys-list" aria-label=${t("keys.title")} @close=${close}>
      <h2>${t("keys.title")}</h2>
      <div class="columns">${LISTS.map(
        ([page, keys]) => html`<section><h3>${t(page)}</h3><dl class="facts keyed">
          ${keys.map(([key, words]) => html`<dt>${key.split(" ").map((each) => html`<kbd>${each}</kbd> `)}</dt><dd>${t(words)}</dd>`)}
        </dl></section>`,
      )}</div>
      <pb-single-keys></pb-single-keys>
      <div><button type="button" class="main" autofocus @click=${(event: Event) => (event.currentTarget as Element).closest("dialog")?.close()}>${t("people.close")}</button></div>
    </dialog>`;
  }
}
