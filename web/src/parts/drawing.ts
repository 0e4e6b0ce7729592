import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { arrowOf, isInside, type Point, type ShapeKind, type Size, within } from "../setup/geometry";
import { t } from "../text/text";
import { Part } from "./part";

/** Something drawn on a picture. */
export interface Drawn {
  id: number;
  kind: ShapeKind;
  name: string;
  points: readonly Point[];
  holes?: readonly (readonly Point[])[];
  /** What stands beside its name, such as "7 inside". */
  note?: string;
  /** What stands beside each mark, besides its number. */
  tags?: readonly string[];
  /** What counts as in, for a line. */
  into?: string;
}

/** What somebody wants to do with a point. */
export type DrawingWish =
  | { do: "select"; shape: number; point: number }
  | { do: "move"; shape: number; point: number; to: Point; dragging: boolean; snaps: boolean }
  | { do: "insert" | "remove" | "snap"; shape: number; point: number };

const ARROWS: Record<string, Point> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const FAR = 10;
const ARROW_LENGTH = 34;

/**
 * Shapes over a picture; each point of the selected one is a control. It changes nothing itself: it sends what somebody
 * wants to do as an event "wish", and shows what it is given.
 */
@customElement("pb-drawing")
export class Drawing extends Part {
  @property({ attribute: false }) size: Size = [16, 9];
  @property({ attribute: false }) shapes: readonly Drawn[] = [];
  /** Another version of the shapes, drawn behind them. */
  @property({ attribute: false }) others: readonly Drawn[] = [];
  @property({ attribute: false }) selected = 0;
  @property({ attribute: false }) point = 0;
  @property({ attribute: false }) label = "";
  /** The picture itself. */
  @property({ attribute: false }) picture: HTMLElement | null = null;
  /** What is drawn below the shapes. */
  @property({ attribute: false }) below: TemplateResult | typeof nothing = nothing;
  /** Picture px per CSS px. */
  @state() private unit = 1;
  #dragged: { shape: number; point: number; moved: boolean } | null = null;
  #width: ResizeObserver | null = null;

  protected override firstUpdated(): void {
    this.#width = new ResizeObserver(() => this.#measure());
    this.#width.observe(this);
    this.during(() => () => this.#width?.disconnect());
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("size")) return;
    this.style.setProperty("--shape", String(this.size[0] / this.size[1]));
    this.#measure();
  }

  #measure(): void {
    if (this.clientWidth) this.unit = this.size[0] / this.clientWidth;
  }

  /** Put the focus on a point of the selected shape. */
  async focusPoint(index: number): Promise<void> {
    await this.updateComplete;
    this.querySelectorAll<SVGGElement>(".knob")[index]?.focus();
  }

  protected override render(): TemplateResult {
    const [width, height] = this.size;
    return html`${this.picture}
      <svg class="plane" viewBox="0 0 ${width} ${height}" role="group" aria-label=${this.label}
        @pointermove=${this.#drag} @pointerup=${this.#drop} @pointercancel=${this.#drop}>
        ${this.below}
        ${this.others.map((each) => this.#shape(each, "other"))}
        ${zonesFirst(this.shapes).map((each) => this.#shape(each, each.id === this.selected ? "chosen" : ""))}
        ${this.shapes.filter(({ id }) => id === this.selected).map((each) => this.#knobs(each))}
      </svg>`;
  }

  #shape(each: Drawn, state: string): TemplateResult {
    const path = pathOf(each);
    const [x, y] = this.#anchor(each);
    const left = x > 0.6 * this.size[0];
    const words = each.kind === "marks" ? "" : [each.name, each.note].filter(Boolean).join(": ");
    return svg`<g class="shape ${each.kind} ${state}" @pointerdown=${() => state === "" && this.#wish({ do: "select", shape: each.id, point: 0 })}>
      ${
        path
          ? svg`<path class="under" d=${path} fill-rule="evenodd" vector-effect="non-scaling-stroke"></path>
        <path class="edge" d=${path} fill-rule="evenodd" vector-effect="non-scaling-stroke"></path>`
          : nothing
      }
      ${each.kind === "line" ? this.#arrow(each) : nothing}
      ${
        words && state !== "other"
          ? svg`<text class="name" x=${x} y=${y} font-size=${13 * this.unit} stroke-width=${3 * this.unit}
              text-anchor=${left ? "end" : "start"}>${words}</text>`
          : nothing
      }
    </g>`;
  }

  #anchor(each: Drawn): Point {
    const [first = [0, 0] as Point] = [...each.points].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    const [x, y] = [first[0] + 10 * this.unit, first[1] - 10 * this.unit];
    return [Math.max(4 * this.unit, x), Math.max(16 * this.unit, y)];
  }

  /** The arrow to the side that counts as in. */
  #arrow(each: Drawn): TemplateResult | typeof nothing {
    const way = arrowOf(each.points, ARROW_LENGTH * this.unit);
    if (!way) return nothing;
    const [[x1, y1], [x2, y2]] = way;
    const [dx, dy] = [(x2 - x1) / 4, (y2 - y1) / 4];
    const head = `M${x2 - dx - dy / 1.4} ${y2 - dy + dx / 1.4}L${x2} ${y2}L${x2 - dx + dy / 1.4} ${y2 - dy - dx / 1.4}`;
    const d = `M${x1} ${y1}L${x2} ${y2}${head}`;
    const [tx, ty] = within([x2 + 2.4 * dx, y2 + 2.4 * dy], this.size);
    return svg`<path class="under" d=${d} vector-effect="non-scaling-stroke"></path>
      <path class="arrow" d=${d} vector-effect="non-scaling-stroke"></path>
      <text class="into" x=${tx} y=${ty + 4 * this.unit} font-size=${12 * this.unit} stroke-width=${3 * this.unit}
        text-anchor="middle">${each.into ?? ""}</text>`;
  }

  #knobs(each: Drawn): TemplateResult {
    const [, height] = this.size;
    const knob = (point: Point, index: number) => {
      const [x, y] = point;
      const words = t("setup.point", {
        name: each.name,
        n: index + 1,
        count: each.points.length,
        x: Math.round(x),
        y: Math.round(y),
      });
      const tag = each.tags?.[index];
      const number = each.kind === "marks" ? [index + 1, tag].filter(Boolean).join(": ") : "";
      const isRight = x > 0.8 * this.size[0];
      const beside = x + (isRight ? -11 : 11) * this.unit;
      return svg`<g class="knob ${index === this.point ? "current" : ""} ${isInside(point, this.size) ? "" : "off"}" role="button" tabindex="0"
        aria-label=${words} aria-keyshortcuts="ArrowLeft ArrowRight ArrowUp ArrowDown Insert Delete"
        @focus=${() => this.#wish({ do: "select", shape: each.id, point: index })}
        @keydown=${(event: KeyboardEvent) => this.#key(event, each, index)}
        @pointerdown=${(event: PointerEvent) => this.#grab(event, each.id, index)}>
        <circle class="hit" cx=${x} cy=${y} r=${13 * this.unit}></circle>
        <circle class="dot" cx=${x} cy=${y} r=${6 * this.unit} vector-effect="non-scaling-stroke"></circle>
      </g>
        ${number ? svg`<text class="number-of" x=${beside} text-anchor=${isRight ? "end" : "start"} y=${Math.min(height - 4 * this.unit, y + 16 * this.unit)} font-size=${13 * this.unit} stroke-width=${3 * this.unit}>${number}</text>` : nothing}`;
    };
    return svg`<g class="knobs">${each.points.map(knob)}</g>`;
  }

  #wish(detail: DrawingWish): void {
    this.dispatchEvent(new CustomEvent<DrawingWish>("wish", { detail, bubbles: true }));
  }

  #key(event: KeyboardEvent, { id, points }: Drawn, index: number): void {
    const point = points[index];
    const way = ARROWS[event.key];
    const about = { shape: id, point: index };
    if (event.ctrlKey || event.metaKey || event.altKey || !point) return;
    if (way) {
      const far = event.shiftKey ? FAR : 1;
      const to: Point = [Math.round(point[0]) + far * way[0], Math.round(point[1]) + far * way[1]];
      this.#wish({ do: "move", ...about, to, dragging: false, snaps: false });
    } else if (event.key === "Insert" || event.key === "i") this.#wish({ do: "insert", ...about });
    else if (event.key === "Delete" || event.key === "Backspace") this.#wish({ do: "remove", ...about });
    else if (event.key === "s") this.#wish({ do: "snap", ...about });
    else return;
    event.preventDefault();
  }

  #grab(event: PointerEvent, shape: number, point: number): void {
    if (event.button) return;
    this.#dragged = { shape, point, moved: false };
    (event.currentTarget as SVGElement).setPointerCapture(event.pointerId);
    event.stopPropagation();
  }

  #drag(event: PointerEvent): void {
    const dragged = this.#dragged;
    if (!dragged) return;
    const box = this.getBoundingClientRect();
    const at: Point = [
      Math.round(((event.clientX - box.left) / box.width) * this.size[0]),
      Math.round(((event.clientY - box.top) / box.height) * this.size[1]),
    ];
    const { shape, point, moved } = dragged;
    this.#wish({ do: "move", shape, point, to: at, dragging: moved, snaps: !event.altKey });
    dragged.moved = true;
  }

  #drop(): void {
    this.#dragged = null;
  }

  /** How far a point snaps, px of the picture. */
  get reach(): number {
    return 9 * this.unit;
  }
}

/** The path of a shape with its holes. */
function pathOf({ kind, points, holes = [] }: Drawn): string {
  if (kind === "marks" || !points.length) return "";
  const ring = (each: readonly Point[]) => `M${each.map(([x, y]) => `${x} ${y}`).join("L")}`;
  return kind === "line" ? ring(points) : [points, ...holes].map((each) => `${ring(each)}Z`).join("");
}

/** Zones below lines, so that a line within a zone can be chosen. */
const zonesFirst = (shapes: readonly Drawn[]): Drawn[] =>
  [...shapes].sort((one, other) => Number(one.kind === "line") - Number(other.kind === "line"));
