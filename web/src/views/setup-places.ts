import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal, send } from "../api/client";
import { now } from "../api/clock";
import { live } from "../api/live";
import type { FieldProblem, PlacesBody, SignalChart, SurveyInfo } from "../api/schema";
import { changeTable, problemList } from "../parts/changes";
import type { Drawing, DrawingWish, Drawn } from "../parts/drawing";
import { icon } from "../parts/icon";
import { listen, Part } from "../parts/part";
import { say } from "../parts/say";
import { schemaFields } from "../parts/schema-form";
import { setupHead } from "../parts/setup-head";
import { failed, loading } from "../parts/states";
import type { Screen } from "../play/screen";
import { type Changed, inserted, moved, removed, type Size, snapped } from "../setup/geometry";
import { Steps } from "../setup/history";
import { bodyOf, freshName, freshShape, placed, type Shape, shapesOf, versions } from "../setup/places";
import { doubtOf, lastHour, numberOf } from "../setup/preview";
import { type JsonPath, type Schema, withValue } from "../setup/schema";
import { cameraOf, coveredPicture, drawingSize, sizeOf } from "../setup/still";
import { figure } from "../text/format";
import { t, word } from "../text/text";
import "../parts/drawing";

const NUMBERS_MS = 10_000;
const SURVEY_MS = 250;
const STALE = 412;
/** What is drawn, not typed. */
const DRAWN = new Set(["name", "from_px", "to_px", "from_m", "to_m", "corners_px", "corners_m", "holes_px", "holes_m"]);

/** What the page asks before it saves. */
interface Comparison {
  body: PlacesBody;
  changes: Record<string, string>;
}

/** Lines and zones of a camera, drawn on its covered picture. */
@customElement("pb-setup-places")
export class SetupPlaces extends Part {
  @property() name = "";
  @state() private steps: Steps<readonly Shape[]> | null = null;
  @state() private selected = 0;
  @state() private point = 0;
  @state() private refused = "";
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
  #unseen: Shape[] = [];
  #screen: Screen | null = null;
  #surveying: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    this.during(() => listen(this, "keydown", (event) => this.#key(event as KeyboardEvent)));
    const timer = setInterval(() => document.visibilityState === "visible" && this.#count(), NUMBERS_MS);
    this.during(() => () => clearInterval(timer));
    this.during(() =>
      listen(window, "beforeunload", (event) => this.steps?.canUndo && !this.saved && event.preventDefault()),
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
    if (!this.steps || this.#hasSize) return;
    this.#size = size;
    this.#hasSize = true;
    this.requestUpdate();
  }

  get #shapes(): readonly Shape[] {
    return this.steps?.now ?? [];
  }

  get #chosen(): Shape | undefined {
    return this.#shapes.find(({ id }) => id === this.selected);
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
    const shapes = all.map(({ metric, kind, points }) => ({
      closed: kind === "zone",
      ...(metric ? { points_m: points as [number, number][] } : { points_px: points as [number, number][] }),
    }));
    this.survey = await this.#surveyed(shapes);
    const seen = all.map((each, index) => (each.metric ? placed(each, this.survey?.shapes[index]) : each));
    this.#unseen = all.filter((_, index) => seen[index] === null);
    this.steps = new Steps(seen.filter((each) => each !== null));
    this.selected = this.#shapes[0]?.id ?? 0;
    this.point = 0;
    this.comparison = this.theirs = null;
    if (this.#unseen.length) this.#measureSoon();
    this.#count();
  }

  #surveyed(shapes: object[]): Promise<SurveyInfo> {
    const body = { picture_px: [...this.#size] as [number, number], shapes };
    return ask("POST /api/site/cameras/{name}/survey", { path: { name: this.name }, body });
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
      const found = await this.#surveyed(shapes.map(sent)).catch(() => null);
      if (found && shapes === this.#shapes) this.survey = found;
    }, SURVEY_MS);
  }

  protected override render(): TemplateResult {
    if (this.failure) return html`<div class="page">${this.#head()}${failed(this.failure)}</div>`;
    if (!this.steps) return html`<div class="page">${this.#head()}${loading()}</div>`;
    return html`<div class="page">${this.#head()}
      <div class="editor">
        <div class="board">${this.#tools()}
          <pb-drawing .size=${this.#size} .shapes=${this.#drawn()} .selected=${this.selected} .point=${this.point}
            .others=${this.theirs ? drawnOf(shapesOf(this.theirs).filter(({ metric }) => !metric)) : []} .picture=${this.#screen?.element ?? null}
            .label=${t("setup.plane", { name: this.name })}
            @wish=${(event: CustomEvent<DrawingWish>) => this.#do(event.detail)}></pb-drawing>
          <p class="refused" role="alert">${this.refused}</p>
          ${this.#detail()}
          <p class="keys">${t("setup.keys")}</p>
        </div>
        <aside class="side">${this.#side()}</aside>
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

  #tools(): TemplateResult {
    const shape = this.#chosen;
    const about = { shape: this.selected, point: this.point };
    const tool = (words: string, work: () => void, off = false) =>
      html`<button type="button" ?disabled=${off} @click=${work}>${words}</button>`;
    return html`<div class="line" role="toolbar" aria-label=${t("setup.tools")}>
      ${tool(t("setup.add_zone"), () => this.#add("zone"), !this.#hasSize)}
      ${tool(t("setup.add_line"), () => this.#add("line"), !this.#hasSize)}
      ${tool(t("setup.undo"), () => this.#undo(), !this.steps?.canUndo)}
      ${tool(t("setup.redo"), () => this.#redo(), !this.steps?.canRedo)}
      ${tool(t("setup.insert"), () => this.#do({ do: "insert", ...about }), shape?.kind !== "zone")}
      ${tool(t("setup.remove_point"), () => this.#do({ do: "remove", ...about }), shape?.kind !== "zone")}
      ${tool(t("setup.turn"), () => this.#turn(), shape?.kind !== "line")}
      ${tool(t("setup.remove"), () => this.#remove(), !shape)}
    </div>`;
  }

  #drawn(): Drawn[] {
    if (!this.#hasSize) return [];
    const nowS = now() / 1000;
    return this.#shapes.map(
      (each) => ({ ...drawnOf([each])[0], note: numberOf(this.charts, each.name, nowS, { short: true }) }) as Drawn,
    );
  }

  #side(): TemplateResult {
    if (this.theirs) return this.#conflict(this.theirs);
    if (this.comparison) return this.#compared(this.comparison);
    return html`
      ${this.#shapes.length ? this.#list() : html`<div><h2>${t("setup.empty.title")}</h2><p class="quiet">${t("setup.empty.words")}</p></div>`}
      ${this.#unseen.length ? html`<p class="quiet">${t("setup.unseen", { names: this.#unseen.map(({ name }) => name).join(", ") })}</p>` : nothing}
      ${this.#chosen ? this.#form(this.#chosen) : nothing}
      ${problemList(this.problems)}<p class="wrong" role="alert">${this.wrong}</p>
      ${this.saved ? html`<p class="good" role="status">${icon("check")} ${t("setup.saved")}</p>` : nothing}
      <button type="button" class="main" ?disabled=${!this.steps?.canUndo} @click=${() => this.#try(() => this.#compare())}>${t("setup.compare")}</button>
      ${this.steps?.canUndo ? nothing : html`<small>${t("setup.unchanged")}</small>`}`;
  }

  #list(): TemplateResult {
    return html`<div><h2>${t("setup.places")}</h2><ul class="picks">${this.#shapes.map((each, index) => {
      const measured = this.survey?.shapes[index];
      const size = each.kind === "zone" ? measured?.area_m2 : measured?.length_m;
      return html`<li><button type="button" aria-pressed=${each.id === this.selected ? "true" : "false"}
          @click=${() => this.#select(each.id, 0)}>${each.name}</button>
        <small>${word("setup_kind", each.kind)}${size ? html`, ${figure(size)} ${each.kind === "zone" ? "m²" : "m"}` : nothing}</small></li>`;
    })}</ul></div>`;
  }

  #form(shape: Shape): TemplateResult {
    const root = this.#schema;
    const node = root.$defs?.[shape.kind === "line" ? "LineSettings" : "ZoneSettings"] ?? {};
    const change = (path: JsonPath, value: unknown) =>
      this.#set(shape.id, (each) => ({ ...each, rest: (withValue(each.rest, path, value) ?? {}) as Shape["rest"] }));
    const rename = ({ target }: Event) => {
      const name = (target as HTMLInputElement).value.trim();
      if (name) this.#set(shape.id, (each) => ({ ...each, name }));
    };
    const number = numberOf(this.charts, shape.name, now() / 1000);
    return html`<form class="fields" aria-label=${shape.name} @submit=${(event: Event) => event.preventDefault()}>
      <p class="preview">${number || html`<span class="unobserved">${t("setup.no_number")}</span>`}
        ${number ? html`<small>${doubtOf(this.charts, shape.name)}</small>` : nothing}</p>
      <label>${t("setup.name")}<input maxlength="30" .value=${shape.name} @change=${rename} /></label>
      <label class="check"><input type="checkbox" .checked=${shape.metric} ?disabled=${!this.survey?.calibrated || shape.holes.length > 0}
        @change=${() => this.#set(shape.id, (each) => ({ ...each, metric: !each.metric, stored: null }))} />${t("setup.metric")}</label>
      <small>${this.survey?.calibrated ? t("setup.metric_hint") : t("setup.metric_off")}</small>
      <details class="section"><summary>${t("setup.more")}</summary>
        <div class="fields">${schemaFields({ root, skip: DRAWN, change }, node, shape.rest)}</div></details>
    </form>`;
  }

  #compared({ changes }: Comparison): TemplateResult {
    return html`<h2>${t("changes.title")}</h2>${changeTable(changes)}<p class="wrong" role="alert">${this.wrong}</p>
      <div class="line"><button type="button" class="main" ?disabled=${!Object.keys(changes).length}
          @click=${() => this.#try(() => this.#apply())}>${t("setup.apply")}</button>
        <button type="button" @click=${() => {
          this.comparison = null;
        }}>${t("setup.back")}</button></div>`;
  }

  #conflict(theirs: PlacesBody): TemplateResult {
    const rows = versions(this.comparison?.body ?? {}, theirs);
    return html`<h2>${t("conflict.title")}</h2><p>${t("conflict.words")}</p>
      <div class="scrolls" tabindex="0" role="region" aria-label=${t("conflict.title")}><table class="changes">
        <thead><tr><th>${t("setup.name")}</th><th>${t("conflict.mine")}</th><th>${t("conflict.theirs")}</th></tr></thead>
        <tbody>${rows.map(
          ({ name, mine, theirs: other }) => html`<tr><td><strong>${name}</strong></td>
            <td><code>${mine || t("changes.absent")}</code></td><td><code>${other || t("changes.absent")}</code></td></tr>`,
        )}</tbody></table></div>
      <div class="line"><button type="button" @click=${() => this.#begin(theirs, this.#tag)}>${t("conflict.take")}</button>
        <button type="button" @click=${() => this.#try(() => this.#compare())}>${t("conflict.keep")}</button></div>`;
  }

  // --- what changes the drawing ---------------------------------------------------------------------

  #change(shapes: readonly Shape[], { same = false } = {}): void {
    this.steps?.set(shapes, { same });
    this.refused = "";
    this.saved = false;
    this.requestUpdate();
    this.#measureSoon();
  }

  #set(id: number, change: (shape: Shape) => Shape): void {
    this.#change(this.#shapes.map((each) => (each.id === id ? change(each) : each)));
  }

  #select(shape: number, point: number): void {
    if (shape === this.selected && point === this.point) return;
    this.selected = shape;
    this.point = point;
  }

  async #add(kind: "line" | "zone"): Promise<void> {
    const id = 1 + Math.max(0, ...[...this.#shapes, ...this.#unseen].map((each) => each.id));
    const name = freshName(word("setup_kind", kind), [...this.#shapes, ...this.#unseen]);
    this.#change([...this.#shapes, freshShape(kind, name, id, this.#size)]);
    this.#select(id, 0);
    say(t("setup.added", { name }));
    await this.updateComplete;
    this.querySelector<Drawing>("pb-drawing")?.focusPoint(0);
  }

  #remove(): void {
    const name = this.#chosen?.name ?? "";
    this.#change(this.#shapes.filter(({ id }) => id !== this.selected));
    this.#select(this.#shapes[0]?.id ?? 0, 0);
    say(t("setup.removed", { name }));
  }

  #turn(): void {
    this.#set(this.selected, (each) => ({ ...each, points: [...each.points].reverse(), stored: null }));
  }

  #undo(): void {
    this.steps?.undo();
    this.#after(t("setup.undone"));
  }

  #redo(): void {
    this.steps?.redo();
    this.#after(t("setup.redone"));
  }

  #after(words: string): void {
    this.refused = "";
    if (!this.#chosen) this.selected = this.#shapes[0]?.id ?? 0;
    this.point = Math.min(this.point, Math.max(0, (this.#chosen?.points.length ?? 1) - 1));
    say(words);
    this.requestUpdate();
    this.#measureSoon();
  }

  #key(event: KeyboardEvent): void {
    const isField = (event.target as Element).closest("input, textarea, select");
    if (isField || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) this.#undo();
    else if (key === "y" || key === "z") this.#redo();
    else return;
    event.preventDefault();
  }

  #do(wish: DrawingWish): void {
    if (wish.do === "select") return this.#select(wish.shape, wish.point);
    const shape = this.#shapes.find(({ id }) => id === wish.shape);
    if (!shape) return;
    const { points, kind } = shape;
    if (wish.do === "insert") {
      if (kind !== "zone") return;
      const made = inserted(points, kind, wish.point);
      this.#put(shape, { points: made.points }, made.at);
    } else if (wish.do === "remove") {
      this.#put(shape, removed(points, kind, wish.point, this.#size), Math.max(0, wish.point - 1));
    } else {
      const snaps = wish.do === "move" ? wish.snaps : true;
      const reach = this.querySelector<Drawing>("pb-drawing")?.reach ?? 0;
      const to = wish.do === "move" ? wish.to : (points[wish.point] ?? [0, 0]);
      const near = snaps
        ? snapped(to, this.#others(shape.id), this.#size, wish.do === "snap" ? 4 * reach : reach)
        : null;
      if (wish.do === "snap" && !near) return this.#refuse(t("not_drawn.snap"));
      const same = wish.do === "move" && wish.dragging;
      this.#put(shape, moved(points, kind, wish.point, near?.point ?? to, this.#size), wish.point, same);
      if (near && wish.do === "snap") say(word("snapped", near.to));
    }
  }

  #others(id: number): readonly Shape[] {
    return this.#shapes.filter((each) => each.id !== id);
  }

  #put(shape: Shape, made: Changed, point: number, same = false): void {
    if ("refused" in made) return this.#refuse(word("not_drawn", made.refused));
    this.#change(
      this.#shapes.map((each) => (each.id === shape.id ? { ...each, points: made.points, stored: null } : each)),
      { same },
    );
    const isElsewhere = point !== this.point;
    this.point = point;
    if (isElsewhere) this.updateComplete.then(() => this.querySelector<Drawing>("pb-drawing")?.focusPoint(point));
  }

  #refuse(words: string): void {
    this.refused = words;
  }

  // --- what saves it --------------------------------------------------------------------------------

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
  async #compare(): Promise<void> {
    const metric = this.#shapes.filter((each) => each.metric && !each.stored);
    const found = metric.length ? await this.#surveyed(metric.map(sent)) : null;
    const onGround = new Map(metric.map((each, index) => [each.id, found?.shapes[index]?.points_m ?? []]));
    const horizon = metric.find(({ id }) => onGround.get(id)?.some((each) => each === null));
    if (horizon) throw new Error(t("not_drawn.horizon", { name: horizon.name }));
    const body = bodyOf(this.#shapes, this.#size, onGround, this.#unseen);
    const { changes } = await ask("POST /api/site/cameras/{name}/places/difference", {
      path: { name: this.name },
      body,
    });
    this.theirs = null;
    this.comparison = { body, changes };
  }

  /** Use it, unless somebody else was faster: then both versions are shown. */
  async #apply(): Promise<void> {
    const { body } = this.comparison ?? {};
    if (!body) return;
    const path = { name: this.name };
    try {
      await send("PUT /api/site/cameras/{name}/places", { path, body, match: this.#tag });
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== STALE) throw error;
      const { value, tag } = await send("GET /api/site/cameras/{name}/places", { path });
      this.#tag = tag;
      this.theirs = value;
      return;
    }
    const chosen = this.#chosen?.name;
    const { value, tag } = await send("GET /api/site/cameras/{name}/places", { path });
    await this.#begin(value, tag);
    this.selected = this.#shapes.find(({ name }) => name === chosen)?.id ?? this.selected;
    live.signals = true;
    this.saved = true;
    say(t("setup.saved"));
  }
}

/** A shape as the survey takes it. */
const sent = ({ kind, points }: Shape): object => ({ points_px: points, closed: kind === "zone" });

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
