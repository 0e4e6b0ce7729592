import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { TimeWindow } from "../app/timeline";
import { zoomedWindow } from "../app/timeline";
import { ZOOM } from "../app/timeline-keys";
import type { Selection } from "../app/timeline-selection";
import { t } from "../text/text";
import { listen, Part } from "./part";
import { type Drawing, drawTimeline, type Inks, inksOf } from "./strips";

/** What somebody does with a pointer on the strips. */
export type FieldDeed =
  | { kind: "grab" }
  | { kind: "drag"; moment: number }
  | { kind: "drop" }
  | { kind: "select"; selection: Selection }
  | { kind: "show"; window: TimeWindow };

/** The strips of the timeline on one canvas, with the moment as a slider. An event "deed" follows each move of a pointer. */
@customElement("pb-timeline-field")
export class TimelineField extends Part {
  @property({ attribute: false }) drawing: Drawing | null = null;
  @property({ type: Number }) height = 0;
  /** The moment and how each camera is covered then. */
  @property() words = "";
  #selecting: number | null = null;
  #dragging = false;
  #inks: Inks | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    const recolour = () => {
      this.#inks = null;
      this.requestUpdate();
    };
    this.during(() => listen(window, "resize", () => this.requestUpdate()));
    const themed = new MutationObserver(recolour);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.during(() => () => themed.disconnect());
    this.during(() => listen(matchMedia("(prefers-color-scheme: dark)"), "change", recolour));
  }

  /** Width of the drawing, px; 0 before it is on the page. */
  get width(): number {
    return this.querySelector("canvas")?.clientWidth ?? 0;
  }

  get #window(): TimeWindow {
    return this.drawing?.window ?? { begin: 0, span: 1, moment: 0 };
  }

  protected override render(): TemplateResult {
    const { begin, span, moment } = this.#window;
    return html`<div class="field" role="slider" tabindex="0" aria-label=${t("timeline.slider")} aria-valuemin=${Math.floor(begin)}
      aria-valuemax=${Math.ceil(begin + span)} aria-valuenow=${Math.round(moment)} aria-valuetext=${this.words}
      @pointerdown=${this.#grab} @pointermove=${this.#drag} @pointerup=${this.#drop} @pointercancel=${this.#drop}
      @wheel=${this.#wheel}>
      <canvas></canvas></div>`;
  }

  protected override updated(): void {
    const canvas = this.querySelector("canvas");
    if (!canvas || !this.drawing) return;
    canvas.style.height = `${this.height}px`;
    this.#inks ??= inksOf(this);
    const start = performance.now();
    drawTimeline(canvas, this.drawing, this.#inks);
    performance.clearMeasures("timeline");
    performance.measure("timeline", { start });
  }

  #tell(detail: FieldDeed): void {
    this.dispatchEvent(new CustomEvent("deed", { detail }));
  }

  #at(event: MouseEvent): number {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return this.#window.begin + share * this.#window.span;
  }

  #grab(event: PointerEvent): void {
    if (event.button) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#tell({ kind: "grab" });
    if (event.shiftKey) this.#selecting = this.#at(event);
    else {
      this.#dragging = true;
      this.#tell({ kind: "drag", moment: this.#at(event) });
    }
  }

  #drag(event: PointerEvent): void {
    const at = this.#at(event);
    if (this.#selecting !== null && at !== this.#selecting) {
      this.#tell({ kind: "select", selection: [Math.min(at, this.#selecting), Math.max(at, this.#selecting)] });
    } else if (this.#dragging) this.#tell({ kind: "drag", moment: at });
  }

  #drop(): void {
    this.#selecting = null;
    if (!this.#dragging) return;
    this.#dragging = false;
    this.#tell({ kind: "drop" });
  }

  /** Zoom; sideways, or with Shift, move. */
  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const { begin, span, moment } = this.#window;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      const shift = ((event.deltaX || event.deltaY) / 1000) * span;
      const inside = Math.min(begin + shift + span, Math.max(begin + shift, moment));
      this.#tell({ kind: "show", window: { begin: begin + shift, span, moment: inside } });
    } else {
      const zoom = event.deltaY < 0 ? ZOOM : 1 / ZOOM;
      this.#tell({ kind: "show", window: zoomedWindow(this.#window, zoom, this.#at(event)) });
    }
  }
}
