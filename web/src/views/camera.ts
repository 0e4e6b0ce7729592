import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { live } from "../api/live";
import type { Camera, RecordedCamera } from "../api/schema";
import { write } from "../app/address";
import { go, here, setQuery } from "../app/go";
import { keyOf } from "../app/keys";
import { panned, readZoom, transformOf, WHOLE, writeZoom, type Zoom, zoomed } from "../app/zoom";
import { alertStrip } from "../parts/alert-strip";
import { Badge } from "../parts/badge";
import { icon } from "../parts/icon";
import { listen, Part } from "../parts/part";
import { empty, loading } from "../parts/states";
import { moment } from "../parts/time";
import { Screen, type Way, ways } from "../play/screen";
import { decimal, milliseconds, percent, period } from "../text/format";
import { t, word } from "../text/text";

const FACTOR = 1.25;
const STEP = 0.15;

/** One camera at full size, with its status; the picture can be enlarged and moved. */
@customElement("pb-camera")
export class CameraView extends Part {
  @property() name = "";
  @state() private recorded: RecordedCamera | null = null;
  #screen: Screen | null = null;
  #badge: Badge | null = null;
  #grabbed: { x: number; y: number } | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    this.followAddress();
    this.during(() => listen(document, "keydown", (event) => this.#key(event as KeyboardEvent)));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#screen?.close();
  }

  get #camera(): Camera | undefined {
    return live.cameras?.find(({ name }) => name === this.name);
  }

  get #zoom(): Zoom {
    return readZoom(here().query.get("zoom"));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("name")) return;
    this.#screen?.close();
    const badge = new Badge(() => this.#camera);
    const path = { camera: this.name, stream: "full" };
    const screen = new Screen(() => ask("POST /api/cameras/{camera}/streams/{stream}", { path }), {
      seen: (picture) => {
        badge.show(picture);
        this.#place();
      },
      status: () => this.#camera ?? null,
    });
    const { element } = screen;
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", t("camera.picture", { name: this.name }));
    element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.#grab(event));
    element.addEventListener("pointermove", (event) => this.#drag(event));
    element.addEventListener("pointerup", () => this.#release());
    element.addEventListener("dblclick", () => this.#to(WHOLE));
    this.#badge = badge;
    this.#screen = screen;
    this.#readReach();
    const way = here().query.get("way");
    if (way && way in { webcodecs: 1, whep: 1, mse: 1 }) screen.use(way as Way);
  }

  /** Read how far the recordings of this camera reach back. */
  async #readReach(): Promise<void> {
    this.recorded = null;
    if (!live.recordings) return;
    const found = await ask("GET /api/recordings").catch(() => []);
    this.recorded = found.find(({ camera }) => camera === this.name) ?? null;
  }

  protected override render(): TemplateResult {
    if (live.cameras === null) return loading();
    const camera = this.#camera;
    if (!camera) return empty(t("camera.absent.title"), t("camera.absent.words", { name: this.name }));
    const about = (live.alerts ?? []).filter(({ where }) => where.includes(`camera ${this.name}`));
    return html`<div class="single">
      <div class="head">
        <a class="back" href="/wall">${icon("back")}${t("camera.all")}</a>
        <h1>${camera.name}</h1>${this.#badge?.mark}${this.#badge?.delay}
        <span class="gap"></span>
        ${this.#zoomTools()} ${this.#choice()}
        <button type="button" @click=${this.#full}>${t("camera.full")}</button>
      </div>
      <div class="stage">${alertStrip(about)}${this.#screen?.element}</div>
      <aside class="side" aria-label=${t("camera.status")}>${this.#status(camera)}</aside>
    </div>`;
  }

  protected override updated(): void {
    this.#badge?.update();
    this.#place();
  }

  #zoomTools(): TemplateResult {
    const zoom = this.#zoom;
    const tool = (label: string, sign: string, next: Zoom, off: boolean) =>
      html`<button type="button" class="icon-only" aria-label=${label} title=${label} ?disabled=${off}
        @click=${() => this.#to(next)}>${sign}</button>`;
    return html`<span class="group" role="group" aria-label=${t("camera.zoom")}>
      ${tool(t("camera.smaller"), "−", zoomed(zoom, 1 / FACTOR), zoom.scale === 1)}
      <output class="delay">${decimal(zoom.scale, 1)} ×</output>
      ${tool(t("camera.larger"), "+", zoomed(zoom, FACTOR), zoom.scale >= 8)}
    </span>`;
  }

  #choice(): TemplateResult {
    const chosen = here().query.get("way") ?? "";
    const use = ({ target }: Event) => {
      const way = (target as HTMLSelectElement).value;
      setQuery({ way });
      this.#screen?.use((way || null) as Way | null);
    };
    return html`<select aria-label=${t("camera.transport")} @change=${use}>
      <option value="" ?selected=${!chosen}>${t("camera.automatic")}</option>
      ${ways().map((way) => html`<option value=${way} ?selected=${way === chosen}>${word("way", way)}</option>`)}
    </select>`;
  }

  #status(camera: Camera): TemplateResult {
    const shares = Object.entries(camera.serviceability);
    const withheld = Object.entries(camera.withheld);
    const fact = (name: string, value: unknown) => html`<dt>${name}</dt><dd>${value}</dd>`;
    return html`<section><h2>${t("camera.title")}</h2><dl class="facts">
        ${fact(t("camera.state"), word("state", camera.state))}
        ${fact(t("camera.since"), moment(camera.since))}
        ${fact(t("camera.size"), camera.width ? `${camera.width} × ${camera.height}` : t("camera.no_size"))}
        ${fact(t("camera.rate"), t("camera.fps", { fps: decimal(camera.fps, 1) }))}
        ${fact(t("camera.lag"), milliseconds(camera.lag_ms))}
        ${fact(t("camera.restarts"), camera.restarts)}
        ${fact(t("camera.tries"), camera.tries)}
        ${camera.faults.map((fault) =>
          fact(
            t("camera.fault", { fault: word("fault", fault) }),
            html`${t("camera.from")} ${moment(camera.fault_since[fault] ?? camera.since)}`,
          ),
        )}
      </dl></section>
      ${this.recorded ? this.#reach(this.recorded) : nothing}
      ${camera.detail ? html`<p class="detail">${camera.detail}</p>` : nothing}
      ${
        shares.length
          ? html`<section><h2>${t("camera.service")}</h2><dl class="facts">
              ${shares.map(([span, share]) => fact(period(span, camera.serviceability_over_s[span] ?? 0), percent(share)))}
            </dl></section>`
          : nothing
      }
      ${
        withheld.length
          ? html`<section><h2>${t("camera.withheld")}</h2><dl class="facts">
              ${withheld.map(([reason, count]) => fact(reason, count))}
            </dl></section>`
          : nothing
      }
      <p class="keys">
        <kbd>Esc</kbd> ${t("camera.key_all")} <kbd>←</kbd> <kbd>→</kbd> ${t("camera.key_next")} <kbd>F</kbd>
        ${t("camera.key_full")} <kbd>+</kbd> <kbd>−</kbd> ${t("camera.key_zoom")}
      </p>`;
  }

  #reach({ camera, oldest, newest }: RecordedCamera): TemplateResult {
    const address = write("timeline", "", { cams: camera, t: newest ?? "" });
    return html`<section><h2>${t("recordings.title")}</h2>
      <p>${oldest ? html`${t("recordings.back")} ${moment(oldest)}` : t("cover.absent")}</p>
      ${oldest ? html`<p><a href=${address}>${t("recordings.timeline")}</a></p>` : nothing}</section>`;
  }

  #to(zoom: Zoom): void {
    setQuery({ zoom: writeZoom(zoom) });
  }

  /** Apply the zoom to whatever plays at present. */
  #place(): void {
    const shown = this.#screen?.element.querySelector<HTMLElement>("canvas, video");
    if (shown) shown.style.transform = transformOf(this.#zoom);
    this.#screen?.element.classList.toggle("zoomed", this.#zoom.scale > 1);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    this.#to(zoomed(this.#zoom, event.deltaY < 0 ? FACTOR : 1 / FACTOR, at));
  }

  #grab(event: PointerEvent): void {
    if (this.#zoom.scale === 1) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#grabbed = { x: event.clientX, y: event.clientY };
  }

  #drag(event: PointerEvent): void {
    if (!this.#grabbed) return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const { x, y } = this.#grabbed;
    this.#grabbed = { x: event.clientX, y: event.clientY };
    this.#to(panned(this.#zoom, (x - event.clientX) / box.width, (y - event.clientY) / box.height));
  }

  #release(): void {
    this.#grabbed = null;
  }

  #full(): void {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.#screen?.element.requestFullscreen();
  }

  #key(event: KeyboardEvent): void {
    const key = keyOf(event);
    const zoom = this.#zoom;
    if (key === "+" || key === "=") this.#to(zoomed(zoom, FACTOR));
    else if (key === "-") this.#to(zoomed(zoom, 1 / FACTOR));
    else if (key.toLowerCase() === "f") this.#full();
    else if (key === "Escape" && !document.fullscreenElement) go(zoom.scale > 1 ? write("camera", this.name) : "/wall");
    else if (key) this.#arrow(event, zoom);
  }

  /** Arrows move the enlarged picture, or lead to the next camera. */
  #arrow(event: KeyboardEvent, zoom: Zoom): void {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (zoom.scale > 1 && (x || y)) {
      event.preventDefault();
      this.#to(panned(zoom, STEP * (x ?? 0), STEP * (y ?? 0)));
    } else if (x) {
      const names = (live.cameras ?? []).map(({ name }) => name);
      const next = names[(names.indexOf(this.name) + x + names.length) % names.length];
      if (next) go(write("camera", next));
    }
  }
}
