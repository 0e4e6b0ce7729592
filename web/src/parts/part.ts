import { LitElement } from "lit";
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

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends.splice(0)) end();
  }
}

/** Listen to an event; returns what ends it. */
export function listen(target: EventTarget, name: string, heard: (event: Event) => void): () => void {
  target.addEventListener(name, heard);
  return () => target.removeEventListener(name, heard);
}
