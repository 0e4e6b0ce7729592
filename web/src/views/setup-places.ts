import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal, send } from "../api/client";
import { now } from "../api/clock";
import { live } from "../api/live";
import type { FieldProblem, PlacesBody, SignalChart, SurveyInfo } from "../api/schema";
import { problemList } from "../parts/changes";
import type { Drawing, DrawingWish, Drawn } from "../parts/drawing";
import { icon } from "../parts/icon";
import { listen, Part } from "../parts/part";
import { comparedPlaces, conflictOf, placeForm, placeList } from "../parts/places-side";
import { say } from "../parts/say";
import { setupHead } from "../parts/setup-head";
import { failed, loading } from "../parts/states";
import type { Screen } from "../play/screen";
import type { Size } from "../setup/geometry";
import { placed, type Shape, shapesOf } from "../setup/places";
import { type Comparison, compared, saved, surveyable, surveyed } from "../setup/places-saving";
import { lastHour, numberOf } from "../setup/preview";
import type { Schema } from "../setup/schema";
import { ShapeEditor } from "../setup/shape-editor";
import { cameraOf, coveredPicture, drawingSize, sizeOf } from "../setup/still";
import { t } from "../text/text";
import "../parts/drawing";

const NUMBERS_MS = 10_000;
const SURVEY_MS = 250;

/** Lines and zones of a camera, drawn on its covered picture. */
@customElement("pb-setup-places")
export class SetupPlaces extends Part {
  @property() name = "";
  @state() private editor: ShapeEditor | null = null;
  @state() private comparison: Comparison | null = null;
  @state() private problems: FieldProblem[] = [];
  @state() private wrong = "";
  @state() private theirs: PlacesBody | null = null;
  @state() private survey: SurveyInfo | null = null;
  @state() private charts: SignalChart[] = [];
  @state() private failure: unknown = null;
  @state() private saved = false;
  #schema: Schema = {};
  #size: Size = [16, 9];
  #hasSize = false;
  #tag = "";
  #screen: Screen | null = null;
  #surveying: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    this.during(() => listen(this, "keydown", (event) => this.#key(event as KeyboardEvent)));
    const timer = setInterval(() => document.visibilityState === "visible" && this.#count(), NUMBERS_MS);
    this.during(() => () => clearInterval(timer));
    this.during(() =>
      listen(window, "beforeunload", (event) => this.editor?.canUndo && !this.saved && event.preventDefault()),
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#screen?.close();
    clearTimeout(this.#surveying);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("name")) {
      this.#screen?.close();
      this.#screen = coveredPicture(this.name, (size) => this.#seeSize(size));
      this.#load();
    }
  }

  /** Places without a stored size are drawn on the camera's own picture: until it is there, nothing can be drawn. */
  #seeSize(size: Size): void {
    if (!this.editor || this.#hasSize) return;
    this.#size = this.editor.size = size;
    this.#hasSize = true;
    this.requestUpdate();
  }

  async #load(): Promise<void> {
    const path = { name: this.name };
    try {
      const [{ value, tag }, schema] = await Promise.all([
        send("GET /api/site/cameras/{name}/places", { path }),
        ask("GET /api/site/cameras/{name}/places-schema", { path }),
      ]);
      this.#schema = schema as Schema;
      await this.#begin(value, tag);
    } catch (error) {
      this.failure = error;
    }
  }

  /** Begin with what is stored now. */
  async #begin(body: PlacesBody, tag: string): Promise<void> {
    this.#tag = tag;
    this.#hasSize = Boolean(body.picture_px) || sizeOf(this.name) !== null;
    this.#size = drawingSize(body.picture_px, this.name);
    const all = shapesOf(body);
    const stored = all.map(({ metric, kind, points }) => ({
      closed: kind === "zone",
      ...(metric ? { points_m: points as [number, number][] } : { points_px: points as [number, number][] }),
    }));
    this.survey = await surveyed(this.name, this.#size, stored);
    const seen = all.map((each, index) => (each.metric ? placed(each, this.survey?.shapes[index]) : each));
    const unseen = all.filter((_, index) => seen[index] === null);
    this.editor = new ShapeEditor(
      seen.filter((each) => each !== null),
      unseen,
      this.#size,
      {
        changed: (what) => this.#show(what),
        say,
        focusPoint: (point) => this.updateComplete.then(() => this.#drawing?.focusPoint(point)),
      },
    );
    this.comparison = this.theirs = null;
    if (unseen.length) this.#measureSoon();
    this.#count();
  }

  #show(what: "edit" | "step" | "view"): void {
    if (what === "edit") this.saved = false;
    if (what !== "view") this.#measureSoon();
    this.requestUpdate();
  }

  get #drawing(): Drawing | null {
    return this.querySelector<Drawing>("pb-drawing");
  }

  get #shapes(): readonly Shape[] {
    return this.editor?.shapes ?? [];
  }

  async #count(): Promise<void> {
    this.charts =
      live.signals || this.charts.length || this.saved ? await lastHour(this.#shapes.map(({ name }) => name)) : [];
  }

  /** Ask for areas and lengths once nothing has changed for a moment. */
  #measureSoon(): void {
    clearTimeout(this.#surveying);
    if (!this.survey?.calibrated) return;
    this.#surveying = setTimeout(async () => {
      const shapes = this.#shapes;
      const found = await surveyed(this.name, this.#size, shapes.map(surveyable)).catch(() => null);
      if (found && shapes === this.#shapes) this.survey = found;
    }, SURVEY_MS);
  }

  protected override render(): TemplateResult {
    if (this.failure) return html`<div class="page">${this.#head()}${failed(this.failure)}</div>`;
    if (!this.editor) return html`<div class="page">${this.#head()}${loading()}</div>`;
    const { editor } = this;
    return html`<div class="page">${this.#head()}
      <div class="editor">
        <div class="board">${this.#tools(editor)}
          <pb-drawing .size=${this.#size} .shapes=${this.#drawn()} .selected=${editor.selected} .point=${editor.point}
            .others=${this.theirs ? drawnOf(shapesOf(this.theirs).filter(({ metric }) => !metric)) : []} .picture=${this.#screen?.element ?? null}
            .label=${t("setup.plane", { name: this.name })}
            @wish=${(event: CustomEvent<DrawingWish>) => this.#do(editor, event.detail)}></pb-drawing>
          <p class="refused" role="alert">${editor.refused}</p>
          ${this.#detail()}
          <p class="keys">${t("setup.keys")}</p>
        </div>
        <aside class="side">${this.#side(editor)}</aside>
      </div>
    </div>`;
  }

  #head(): TemplateResult {
    return setupHead(this.name, "");
  }

  /** Why nothing can be drawn yet, or what is wrong with the camera or with the places in use. */
  #detail(): TemplateResult | typeof nothing {
    if (!this.#hasSize) return html`<p class="detail" role="status">${t("setup.waiting")}</p>`;
    const detail = cameraOf(this.name)?.detail;
    return detail ? html`<p class="detail">${detail}</p>` : nothing;
  }

  #tools(editor: ShapeEditor): TemplateResult {
    const shape = editor.chosen;
    const about = { shape: editor.selected, point: editor.point };
    const tool = (words: string, work: () => void, off = false) =>
      html`<button type="button" ?disabled=${off} @click=${work}>${words}</button>`;
    return html`<div class="line" role="toolbar" aria-label=${t("setup.tools")}>
      ${tool(t("setup.add_zone"), () => editor.add("zone"), !this.#hasSize)}
      ${tool(t("setup.add_line"), () => editor.add("line"), !this.#hasSize)}
      ${tool(t("setup.undo"), () => editor.undo(), !editor.canUndo)}
      ${tool(t("setup.redo"), () => editor.redo(), !editor.canRedo)}
      ${tool(t("setup.insert"), () => this.#do(editor, { do: "insert", ...about }), shape?.kind !== "zone")}
      ${tool(t("setup.remove_point"), () => this.#do(editor, { do: "remove", ...about }), shape?.kind !== "zone")}
      ${tool(t("setup.turn"), () => editor.turn(), shape?.kind !== "line")}
      ${tool(t("setup.remove"), () => editor.remove(), !shape)}
    </div>`;
  }

  #drawn(): Drawn[] {
    if (!this.#hasSize) return [];
    const nowS = now() / 1000;
    return this.#shapes.map(
      (each) => ({ ...drawnOf([each])[0], note: numberOf(this.charts, each.name, nowS, { short: true }) }) as Drawn,
    );
  }

  #side(editor: ShapeEditor): TemplateResult {
    const { theirs, comparison, survey, charts } = this;
    const compare = () => this.#try(() => this.#compare(editor));
    if (theirs) return conflictOf(comparison?.body ?? {}, theirs, () => this.#begin(theirs, this.#tag), compare);
    if (comparison) {
      const apply = () => this.#try(() => this.#apply(editor, comparison));
      return comparedPlaces(comparison, this.wrong, apply, () => {
        this.comparison = null;
      });
    }
    const { chosen, unseen, canUndo } = editor;
    return html`
      ${placeList(editor, survey)}
      ${unseen.length ? html`<p class="quiet">${t("setup.unseen", { names: unseen.map(({ name }) => name).join(", ") })}</p>` : nothing}
      ${chosen ? placeForm(editor, chosen, { schema: this.#schema, survey, charts }) : nothing}
      ${problemList(this.problems)}<p class="wrong" role="alert">${this.wrong}</p>
      ${this.saved ? html`<p class="good" role="status">${icon("check")} ${t("setup.saved")}</p>` : nothing}
      <button type="button" class="main" ?disabled=${!canUndo} @click=${compare}>${t("setup.compare")}</button>
      ${canUndo ? nothing : html`<small>${t("setup.unchanged")}</small>`}`;
  }

  #do(editor: ShapeEditor, wish: DrawingWish): void {
    editor.do(wish, this.#drawing?.reach ?? 0);
  }

  #key(event: KeyboardEvent): void {
    const isField = (event.target as Element).closest("input, textarea, select");
    if (isField || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) this.editor?.undo();
    else if (key === "y" || key === "z") this.editor?.redo();
    else return;
    event.preventDefault();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.wrong = "";
    this.problems = [];
    try {
      await work();
    } catch (error) {
      const problems = error instanceof Refusal ? error.problems : [];
      this.comparison = this.theirs = null;
      this.problems = problems;
      this.wrong = problems.length ? "" : (error as Error).message;
    }
  }

  /** Check what was drawn, and show what it would change. */
  async #compare(editor: ShapeEditor): Promise<void> {
    const found = await compared(this.name, editor);
    this.theirs = null;
    this.comparison = found;
  }

  /** Use it, unless somebody else was faster: then both versions are shown. */
  async #apply(editor: ShapeEditor, { body }: Comparison): Promise<void> {
    const { value, tag, isOurs } = await saved(this.name, body, this.#tag);
    if (!isOurs) {
      this.#tag = tag;
      this.theirs = value;
      return;
    }
    const chosen = editor.chosen?.name;
    await this.#begin(value, tag);
    const again = this.#shapes.find(({ name }) => name === chosen);
    if (again) this.editor?.select(again.id, 0);
    live.signals = true;
    this.saved = true;
    say(t("setup.saved"));
  }
}

/** Shapes as they are drawn; those in metres of another version are left out. */
const drawnOf = (shapes: readonly Shape[]): Drawn[] =>
  shapes.map(({ id, kind, name, points, holes, rest }) => ({
    id,
    kind,
    name,
    points,
    holes,
    into: kind === "line" ? String(rest.into ?? t("setup.in")) : "",
  }));
