import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { Refusal, send } from "../api/client";
import { write } from "../app/address";
import { go } from "../app/go";
import { icon } from "../parts/icon";
import { Part } from "../parts/part";
import { say } from "../parts/say";
import { decimal } from "../text/format";
import { t } from "../text/text";

const MOST_BYTES = 8 * 2 ** 20;

/** Adds a floor plan, or gives one another picture: a file, how wide it is in metres, and where 0, 0 m lies. */
@customElement("pb-map-plan")
export class MapPlan extends Part {
  /** The plan to be changed; "" = a new one. */
  @property() name = "";
  @state() private file: File | null = null;
  @state() private picture: ImageBitmap | null = null;
  @state() private widthM = 0;
  @state() private origin: readonly [number, number] | null = null;
  @state() private wrong = "";
  @state() private busy = false;

  protected override updated(changed: PropertyValues): void {
    if (changed.has("picture")) this.#draw();
  }

  protected override render(): TemplateResult {
    return html`<div class="page narrow">
      <div class="head"><a class="back" href=${write("map", this.name)}>${icon("back")}${t("map.title")}</a>
        <h1>${this.name ? t("plan.change_of", { plan: this.name }) : t("plan.add")}</h1></div>
      <form class="wizard" @submit=${this.#send}>
        <section class="panel">
          ${this.name ? nothing : html`<label>${t("setup.name")}<input name="plan" required maxlength="64" autocomplete="off" /></label><small>${t("plan.name_hint")}</small>`}
          <label>${t("plan.file")}<input name="file" type="file" accept="image/png,image/jpeg" required @change=${this.#choose} /></label>
          <small>${t("plan.file_hint")}</small>
        </section>
        ${this.picture ? this.#scale(this.picture) : nothing}
        <p class="wrong" role="alert">${this.wrong}</p>
      </form></div>`;
  }

  #scale({ width, height }: ImageBitmap): TemplateResult {
    const [x, y] = this.origin ?? [0, height];
    const set = (axis: 0 | 1, { target }: Event) => {
      const value = Number((target as HTMLInputElement).value);
      this.origin = axis ? [x, value] : [value, y];
    };
    const number = (words: string, value: number, axis: 0 | 1) =>
      html`<label>${words}<input type="number" step="any" required .value=${String(value)} @change=${(event: Event) => set(axis, event)} /></label>`;
    const measure = ({ target }: Event) => {
      this.widthM = Number((target as HTMLInputElement).value);
    };
    return html`<section class="panel">
      <div class="plan-picture"><canvas width=${width} height=${height} role="img" aria-label=${t("plan.preview")} @click=${this.#mark}></canvas>
        <svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${origin(x, y, Math.max(width, height) / 900)}</svg></div>
      <p class="quiet">${t("plan.origin_hint")}</p>
      <div class="columns thirds">
        <label>${t("plan.width")}<input name="width" type="number" min="0.1" max="100000" step="any" required
          .value=${this.widthM ? String(this.widthM) : ""} @input=${measure} /></label>
        ${number(t("plan.origin_x"), x, 0)}${number(t("plan.origin_y"), y, 1)}</div>
      ${this.widthM > 0 ? html`<p>${t("plan.scale", { cm: decimal((100 * this.widthM) / width, 2), width, height })}</p>` : nothing}
      <div><button type="submit" class="main" ?disabled=${this.busy}>${t("plan.do")}</button></div>
    </section>`;
  }

  #draw(): void {
    const canvas = this.querySelector("canvas");
    if (canvas && this.picture) canvas.getContext("2d")?.drawImage(this.picture, 0, 0);
  }

  async #choose({ target }: Event): Promise<void> {
    const file = (target as HTMLInputElement).files?.[0] ?? null;
    this.wrong = "";
    this.file = this.picture = this.origin = null;
    if (!file) return;
    if (file.size > MOST_BYTES) {
      this.wrong = t("plan.too_large");
      return;
    }
    try {
      this.picture = await createImageBitmap(file);
      this.file = file;
    } catch {
      this.wrong = t("plan.unreadable");
    }
  }

  /** Where somebody pressed is 0, 0 m. */
  #mark(event: MouseEvent): void {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const { width, height } = this.picture ?? { width: 0, height: 0 };
    const x = Math.round(((event.clientX - box.left) / box.width) * width);
    this.origin = [x, Math.round(((event.clientY - box.top) / box.height) * height)];
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    const file = this.file;
    if (!file) return;
    const plan = this.name || String(new FormData(event.currentTarget as HTMLFormElement).get("plan") ?? "").trim();
    const place = this.origin ? { origin_x_px: this.origin[0], origin_y_px: this.origin[1] } : {};
    this.busy = true;
    this.wrong = "";
    try {
      const query = { width_m: this.widthM, ...place };
      await send("PUT /api/site/plans/{plan}/picture", { path: { plan }, query, file });
      say(t("setup.saved"));
      go(write("map", plan));
      this.dispatchEvent(new CustomEvent("stored"));
    } catch (error) {
      this.wrong = error instanceof Refusal ? error.message : t("lost.gateway");
    } finally {
      this.busy = false;
    }
  }
}

/** A cross where 0, 0 m lies, with the directions of the metres' axes. */
function origin(x: number, y: number, unit: number): TemplateResult {
  const long = 60 * unit;
  const d = `M${x - 12 * unit} ${y}H${x + long}M${x} ${y + 12 * unit}V${y - long}`;
  return svg`<path class="under" d=${d} vector-effect="non-scaling-stroke"></path>
    <path class="axes" d=${d} vector-effect="non-scaling-stroke"></path>
    <text x=${x + long + 5 * unit} y=${y - 5 * unit} font-size=${16 * unit} stroke-width=${4 * unit}>x</text>
    <text x=${x + 6 * unit} y=${y - long + 4 * unit} font-size=${16 * unit} stroke-width=${4 * unit}>y</text>`;
}
