import { html, type TemplateResult } from "lit";
import { t, word } from "../text/text";
import { icon } from "./icon";

/** What a tile's menu asks for. */
export type TileOrder = "full" | "earlier" | "later" | "hide";
const ORDERS = ["full", "earlier", "later", "hide"] as const;

/** Close a menu that was used, and leave the focus on it. */
export function closeMenu(event: Event): void {
  const menu = (event.target as Element).closest("details");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
}

/** Close a menu by Escape, or when the focus leaves it. */
export const menuEvents = {
  key: (event: KeyboardEvent): void => {
    if (event.key === "Escape") closeMenu(event);
  },
  left: (event: FocusEvent): void => {
    const menu = event.currentTarget as HTMLDetailsElement;
    if (!menu.contains(event.relatedTarget as Node | null)) menu.open = false;
  },
};

/** The menu of a tile on the wall; whoever may not change the layout can only see the tile large. */
export const tileMenu = (
  name: string,
  fixed: boolean,
  ordered: (order: TileOrder) => void,
): TemplateResult => html`<details
  class="menu"
  @keydown=${menuEvents.key}
  @focusout=${menuEvents.left}
>
  <summary aria-label=${t("tile.menu", { name })} title=${t("tile.menu", { name })}>${icon("more")}</summary>
  <ul>
    ${(fixed ? (["full"] as const) : ORDERS).map(
      (order) => html`<li><button
        type="button"
        @click=${(event: Event) => {
          closeMenu(event);
          ordered(order);
        }}
      >${word("tile", order)}</button></li>`,
    )}
  </ul>
</details>`;
