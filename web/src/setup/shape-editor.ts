import type { DrawingWish } from "../parts/drawing";
import { t, word } from "../text/text";
import { type Changed, inserted, moved, removed, type Size, snapped } from "./geometry";
import { Steps } from "./history";
import { freshName, freshShape, type Shape } from "./places";

/** What the page does when shapes change. */
export interface ShapeEditorHost {
  /** Show what was edited, what a step back or forth brought, or only what is selected or refused. */
  changed(what: "edit" | "step" | "view"): void;
  /** Put the focus on a point of the selected shape, once it is shown. */
  focusPoint(point: number): void;
  /** Announce what was done. */
  say(words: string): void;
}

/** The lines and zones that somebody draws: each change can be undone, and one that a rule forbids is refused. */
export class ShapeEditor {
  /** Of the picture. */
  size: Size;
  selected: number;
  point = 0;
  /** Why the latest change was refused. */
  refused = "";
  /** Shapes that are not in the picture; they stay as they are. */
  readonly unseen: readonly Shape[];
  readonly #steps: Steps<readonly Shape[]>;
  readonly #host: ShapeEditorHost;

  constructor(shapes: readonly Shape[], unseen: readonly Shape[], size: Size, host: ShapeEditorHost) {
    this.#steps = new Steps(shapes);
    this.unseen = unseen;
    this.size = size;
    this.#host = host;
    this.selected = shapes[0]?.id ?? 0;
  }

  get shapes(): readonly Shape[] {
    return this.#steps.now;
  }

  get chosen(): Shape | undefined {
    return this.shapes.find(({ id }) => id === this.selected);
  }

  get canUndo(): boolean {
    return this.#steps.canUndo;
  }

  get canRedo(): boolean {
    return this.#steps.canRedo;
  }

  /** Change one shape. */
  set(id: number, change: (shape: Shape) => Shape): void {
    this.#change(this.shapes.map((each) => (each.id === id ? change(each) : each)));
  }

  select(shape: number, point: number): void {
    if (shape === this.selected && point === this.point) return;
    this.selected = shape;
    this.point = point;
    this.#host.changed("view");
  }

  add(kind: "line" | "zone"): void {
    const known = [...this.shapes, ...this.unseen];
    const id = 1 + Math.max(0, ...known.map((each) => each.id));
    const name = freshName(word("setup_kind", kind), known);
    this.#change([...this.shapes, freshShape(kind, name, id, this.size)]);
    this.select(id, 0);
    this.#host.say(t("setup.added", { name }));
    this.#host.focusPoint(0);
  }

  remove(): void {
    const name = this.chosen?.name ?? "";
    this.#change(this.shapes.filter(({ id }) => id !== this.selected));
    this.select(this.shapes[0]?.id ?? 0, 0);
    this.#host.say(t("setup.removed", { name }));
  }

  /** Let a line lead the other way. */
  turn(): void {
    this.set(this.selected, (each) => ({ ...each, points: [...each.points].reverse(), stored: null }));
  }

  undo(): void {
    this.#steps.undo();
    this.#stepped(t("setup.undone"));
  }

  redo(): void {
    this.#steps.redo();
    this.#stepped(t("setup.redone"));
  }

  /** Do what somebody wants with a point; `reach` is how near something must be to be snapped to, px. */
  do(wish: DrawingWish, reach: number): void {
    if (wish.do === "select") return this.select(wish.shape, wish.point);
    const shape = this.shapes.find(({ id }) => id === wish.shape);
    if (!shape) return;
    const { points, kind } = shape;
    if (wish.do === "insert") {
      if (kind !== "zone") return;
      const made = inserted(points, kind, wish.point);
      this.#put(shape, { points: made.points }, made.at);
    } else if (wish.do === "remove") {
      this.#put(shape, removed(points, kind, wish.point, this.size), Math.max(0, wish.point - 1));
    } else {
      this.#move(shape, wish, reach);
    }
  }

  #move(shape: Shape, wish: Exclude<DrawingWish, { do: "select" }>, reach: number): void {
    const { points, kind } = shape;
    const snaps = wish.do === "move" ? wish.snaps : true;
    const to = wish.do === "move" ? wish.to : (points[wish.point] ?? [0, 0]);
    const others = this.shapes.filter((each) => each.id !== shape.id);
    const near = snaps ? snapped(to, others, this.size, wish.do === "snap" ? 4 * reach : reach) : null;
    if (wish.do === "snap" && !near) return this.#refuse(t("not_drawn.snap"));
    const same = wish.do === "move" && wish.dragging;
    this.#put(shape, moved(points, kind, wish.point, near?.point ?? to, this.size), wish.point, same);
    if (near && wish.do === "snap") this.#host.say(word("snapped", near.to));
  }

  #put(shape: Shape, made: Changed, point: number, same = false): void {
    if ("refused" in made) return this.#refuse(word("not_drawn", made.refused));
    const put = { ...shape, points: made.points, stored: null };
    const isElsewhere = point !== this.point;
    this.point = point;
    this.#change(
      this.shapes.map((each) => (each.id === shape.id ? put : each)),
      same,
    );
    if (isElsewhere) this.#host.focusPoint(point);
  }

  #change(shapes: readonly Shape[], same = false): void {
    this.#steps.set(shapes, { same });
    this.refused = "";
    this.#host.changed("edit");
  }

  #stepped(words: string): void {
    this.refused = "";
    if (!this.chosen) this.selected = this.shapes[0]?.id ?? 0;
    this.point = Math.min(this.point, Math.max(0, (this.chosen?.points.length ?? 1) - 1));
    this.#host.say(words);
    this.#host.changed("step");
  }

  #refuse(words: string): void {
    this.refused = words;
    this.#host.changed("view");
  }
}
