import { LitElement, type PropertyValues } from "lit";
import { live } from "../api/live";
import { onMove } from "../app/go";

/** An element of the console. It has no shadow: one style sheet, one order of focus, one page for screen readers. */
export class Part extends LitElement {
  readonly #ends: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Call back while the element is on the page; `follow` returns what ends it. */
  protected during(follow: () => () => void): void {
    this.#ends.push(follow());
  }

  /** Show anew what the gateway's news change. */
  protected followLive(): void {
    this.during(() => listen(live, "change", () => this.requestUpdate()));
  }

  /** Show anew what the address names. */
  protected followAddress(): void {
    this.during(() => onMove(() => this.requestUpdate()));
  }

  protected override updated(_changed: PropertyValues): void {
    labelCells(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends.splice(0)) end();
  }
}

/** Note at each cell of a table what its column is called: on a phone a row is a card, and its cells say it themselves. */
function labelCells(part: Element): void {
  for (const table of part.querySelectorAll("table")) {
    const names = [...table.querySelectorAll("thead th")].map((each) => each.textContent?.trim() ?? "");
    for (const row of table.querySelectorAll("tbody tr")) {
      for (const [index, cell] of [...row.children].entries()) cell.setAttribute("data-column", names[index] ?? "");
    }
  }
}

/** Listen to an event; returns what ends it. */
export function listen(target: EventTarget, name: string, heard: (event: Event) => void): () => void {
  target.addEventListener(name, heard);
  return () => target.removeEventListener(name, heard);
}
