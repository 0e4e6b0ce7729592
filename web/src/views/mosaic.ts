import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask } from "../api/client";
import type { Camera, MosaicAddress } from "../api/schema";
import { write } from "../app/address";
import { Part } from "../parts/part";
import type { Picture } from "../play/player";
import { Screen } from "../play/screen";
import { shown } from "../text/condition";
import { milliseconds } from "../text/format";
import { t } from "../text/text";

const MANY_COLUMNS = 4;
const CALM_MS = 500;

/** All cameras in one picture; each camera's status says how it is covered. */
@customElement("pb-mosaic")
export class MosaicView extends Part {
  @property({ attribute: false }) cameras: readonly Camera[] = [];
  @state() private grid: MosaicAddress | null = null;
  @state() private delay = "";
  #screen: Screen | null = null;
  #shownAt = Number.NEGATIVE_INFINITY;
  #names = "";

  /** Cameras beside each other. */
  get columns(): number {
    return this.grid?.columns ?? 1;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#screen?.close();
    this.#screen = null;
  }

  /** Another set of cameras is another stream. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const names = this.cameras.map(({ name }) => name).join("\n");
    if (!changed.has("cameras") || (this.#screen && names === this.#names)) return;
    this.#names = names;
    this.#screen?.close();
    this.#screen = new Screen(() => this.#addresses(), { seen: (picture) => this.#seen(picture) });
  }

  protected override render(): TemplateResult {
    const names = this.grid?.cameras ?? [];
    return html`<div class="mosaic ${this.columns > MANY_COLUMNS ? "small" : ""}">
      <div class="frame">
        ${this.#screen?.element}
        <ul aria-label=${t("wall.cameras")}>${names.map((name) => this.#tile(name))}</ul>
      </div>
      <span class="delay" title=${t("mosaic.age")}>${this.delay}</span>
    </div>`;
  }

  protected override updated(): void {
    if (!this.grid) return;
    const { columns, rows } = this.grid;
    this.style.setProperty("--columns", String(columns));
    this.style.setProperty("--rows", String(rows));
    this.style.setProperty("--shape", String((16 * columns) / (9 * rows)));
  }

  #tile(name: string): TemplateResult {
    const camera = this.cameras.find((each) => each.name === name);
    const { tone, words } = camera ? shown(camera) : { tone: "none", words: "" };
    const badge = camera ? html`<span class="badge ${tone}" title=${camera.detail}>${words}</span>` : nothing;
    return html`<li>
      <a href=${write("camera", name)}><span class="label"><span>${name}</span>${badge}</span></a>
    </li>`;
  }

  async #addresses(): Promise<MosaicAddress> {
    this.grid = await ask("POST /api/mosaic/stream");
    return this.grid;
  }

  #seen(picture: Picture | null): void {
    const at = performance.now();
    if (picture && at - this.#shownAt < CALM_MS) return;
    this.#shownAt = at;
    const moving = this.cameras.some(({ redaction, faults }) => redaction !== "none" && !faults.includes("frozen"));
    this.delay = picture && moving ? milliseconds(picture.delay) : "";
  }
}
