import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask, Refusal, send } from "../api/client";
import type { FieldProblem, PlanInfo, SurveyInfo } from "../api/schema";
import { write } from "../app/address";
import { comparison, problemList } from "../parts/changes";
import type { Drawing, DrawingWish, Drawn } from "../parts/drawing";
import { icon } from "../parts/icon";
import { Part } from "../parts/part";
import type { PlacedOnPlan } from "../parts/plan-marks";
import { say } from "../parts/say";
import { schemaFields } from "../parts/schema-form";
import { setupHead } from "../parts/setup-head";
import { failed, loading } from "../parts/states";
import type { Screen } from "../play/screen";
import { freshRectangle, type Pair, sidesOf, withSides } from "../setup/calibration";
import { isInside, type Point, type Size } from "../setup/geometry";
import { Steps } from "../setup/history";
import { type JsonPath, type Schema, withValue } from "../setup/schema";
import { coveredPicture, drawingSize, sizeOf } from "../setup/still";
import { decimal, percent } from "../text/format";
import { t, word } from "../text/text";
import "../parts/drawing";
import "../parts/plan-marks";

type Json = Record<string, unknown>;

const SURVEY_MS = 200;
const MARKS = 1;
const POINTS = new Set(["points", "plan"]);
const FEWEST = 4;
const STALE = 412;
const ABSENT = 404;

/** The ground of a camera: known points on its covered picture, and what a calibration with them is worth. */
@customElement("pb-setup-calibration")
export class SetupCalibration extends Part {
  @property() name = "";
  @state() private steps: Steps<readonly Pair[]> | null = null;
  @state() private point = 0;
  @state() private survey: SurveyInfo | null = null;
  @state() private changes: Record<string, string> | null = null;
  @state() private problems: FieldProblem[] = [];
  @state() private wrong = "";
  @state() private refused = "";
  @state() private failure: unknown = null;
  @state() private plans: readonly PlanInfo[] = [];
  @state() private saved = false;
  @state() private stale = false;
  #rest: Json = {};
  #schema: Schema = {};
  #size: Size = [16, 9];
  #tag = "";
  #imported = false;
  #isRectangle = false;
  #screen: Screen | null = null;
  #surveying: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#screen?.close();
    clearTimeout(this.#surveying);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("name")) return;
    this.#screen?.close();
    this.#screen = coveredPicture(this.name, (size) => this.#seeSize(size));
    this.#load();
  }

  /** Without a stored size, points are those of the camera's own picture: until it is there, none can be set. */
  #seeSize(size: Size): void {
    if (!this.steps || this.#hasSize) return;
    this.#size = size;
    this.#hasSize = true;
    this.#try(() => this.#ask());
    this.requestUpdate();
  }

  #hasSize = false;

  get #pairs(): readonly Pair[] {
    return this.steps?.now ?? [];
  }

  async #load(): Promise<void> {
    const path = { name: this.name };
    try {
      const [places, schema] = await Promise.all([
        send("GET /api/site/cameras/{name}/places", { path }),
        ask("GET /api/site/cameras/{name}/places-schema", { path }),
      ]);
      const ground = await ask("GET /api/site/cameras/{name}/calibration", { path }).then(
        (found): Json => found.ground,
        (error): Json => {
          if (error instanceof Refusal && error.status === ABSENT) return {};
          throw error;
        },
      );
      this.#schema = schema as Schema;
      this.#tag = places.tag;
      this.#hasSize = Boolean(places.value.picture_px) || sizeOf(this.name) !== null;
      this.#size = drawingSize(places.value.picture_px, this.name);
      const { points, ...rest } = ground;
      this.#rest = rest;
      this.#imported = "tsai" in rest || "tsai_xml" in rest;
      this.steps = new Steps((points as Pair[] | undefined) ?? []);
      this.#isRectangle = sidesOf(this.#pairs) !== null;
      this.plans = await ask("GET /api/plans").catch(() => []);
      await this.#ask();
    } catch (error) {
      this.failure = error;
    }
  }

  get #ground(): Json {
    return this.#imported ? this.#rest : { ...this.#rest, points: this.#pairs };
  }

  async #ask(): Promise<void> {
    const asked = this.#pairs;
    if (!this.#imported && asked.length < FEWEST) {
      this.survey = null;
      return;
    }
    const body = { picture_px: [...this.#size] as [number, number], ground: this.#ground };
    const found = await ask("POST /api/site/cameras/{name}/survey", { path: { name: this.name }, body });
    if (asked === this.#pairs) this.survey = found;
  }

  #askSoon(): void {
    clearTimeout(this.#surveying);
    this.#surveying = setTimeout(() => this.#try(() => this.#ask()), SURVEY_MS);
  }

  protected override render(): TemplateResult {
    const head = setupHead(this.name, "calibration");
    if (this.failure) return html`<div class="page">${head}${failed(this.failure)}</div>`;
    if (!this.steps) return html`<div class="page">${head}${loading()}</div>`;
    return html`<div class="page">${head}<div class="editor">
      <div class="board">${this.#tools()}
        <pb-drawing .size=${this.#size} .shapes=${this.#drawn()} .selected=${MARKS} .point=${this.point} .below=${this.#lattice()}
          .picture=${this.#screen?.element ?? null} .label=${t("calibrate.plane", { name: this.name })}
          @wish=${(event: CustomEvent<DrawingWish>) => this.#do(event.detail)}></pb-drawing>
        <p class="refused" role="alert">${this.refused}</p>
        ${this.#hasSize ? nothing : html`<p class="detail" role="status">${t("setup.waiting")}</p>`}
        <p class="keys">${t("calibrate.keys")}</p>
      </div>
      <aside class="side">${this.changes ? this.#compared(this.changes) : this.#side()}</aside></div></div>`;
  }

  #tools(): TemplateResult {
    const tool = (words: string, work: () => void, off = false) =>
      html`<button type="button" ?disabled=${off} @click=${work}>${words}</button>`;
    return html`<div class="line" role="toolbar" aria-label=${t("setup.tools")}>
      ${tool(t("calibrate.rectangle"), () => this.#begin(true), this.#imported || !this.#hasSize)}
      ${tool(t("calibrate.points"), () => this.#begin(false), this.#imported || !this.#hasSize)}
      ${tool(t("setup.undo"), () => this.#step("undo"), !this.steps?.canUndo)}
      ${tool(t("setup.redo"), () => this.#step("redo"), !this.steps?.canRedo)}
      ${tool(t("calibrate.add"), () => this.#addPoint(), this.#imported || this.#pairs.length < FEWEST)}
      ${tool(t("setup.remove_point"), () => this.#removePoint(), this.#imported || !this.#pairs.length)}
    </div>`;
  }

  #drawn(): Drawn[] {
    const tags = this.#pairs.length > FEWEST ? this.survey?.errors_m.map(centimetres) : [];
    const points = this.#pairs.map(({ picture_px }) => picture_px);
    return [{ id: MARKS, kind: "marks", name: t("calibrate.pairs"), points, ...(tags ? { tags } : {}) }];
  }

  /** The lattice, and what is not to be trusted, below the marks. */
  #lattice(): TemplateResult | typeof nothing {
    const found = this.survey;
    if (!found?.calibrated) return nothing;
    const [width, height] = this.#size;
    const all = `M0 0H${width}V${height}H0Z`;
    const good = found.trusted_px
      .map(([left, top, right, bottom]) => `M${left} ${top}V${bottom}H${right}V${top}Z`)
      .join("");
    const lines = found.lattice_px.map((line) => `M${line.map(([x, y]) => `${x} ${y}`).join("L")}`).join("");
    const step = width / 90;
    return svg`<defs><pattern id="doubt" width=${step} height=${step} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path class="hatch" d="M0 0V${step}" stroke-width=${step / 1.6}></path></pattern></defs>
      <path class="trusted" d=${good}></path>
      <path class="doubted" d="${all}${good}" fill="url(#doubt)"></path>
      <path class="lattice" d=${lines} vector-effect="non-scaling-stroke"></path>`;
  }

  #side(): TemplateResult {
    if (this.#imported) return html`<p>${t("calibrate.imported")}</p>${this.#worth()}`;
    if (!this.#pairs.length) {
      return html`<div><h2>${t("calibrate.empty.title")}</h2><p class="quiet">${t("calibrate.empty.words")}</p></div>`;
    }
    const change = (path: JsonPath, value: unknown) => {
      this.#rest = (withValue(this.#rest, path, value) ?? {}) as Json;
      this.steps?.set([...this.#pairs]);
      this.requestUpdate();
      this.#askSoon();
    };
    const root = this.#schema;
    return html`${this.#isRectangle ? this.#sides() : nothing}${this.#table()}${this.#worth()}${this.#planChoice(change)}
      <details class="section"><summary>${t("setup.more")}</summary><div class="fields">
        ${schemaFields({ root, skip: POINTS, change }, root.$defs?.GroundSettings ?? {}, this.#rest)}</div></details>
      ${this.stale ? html`<p class="wrong" role="alert">${t("calibrate.stale")}</p>` : nothing}
      ${problemList(this.problems)}<p class="wrong" role="alert">${this.wrong}</p>
      ${this.saved ? html`<p class="good" role="status">${icon("check")} ${t("setup.saved")}</p>` : nothing}
      <button type="button" class="main" ?disabled=${!this.survey?.calibrated || !this.steps?.canUndo}
        @click=${() => this.#try(() => this.#compare())}>${t("setup.compare")}</button>`;
  }

  /** The floor plan on which the map shows the places of this camera. */
  #planChoice(change: (path: JsonPath, value: unknown) => void): TemplateResult {
    const own = String(this.#rest.plan ?? "");
    const names = [...new Set([...this.plans.map(({ plan }) => plan), ...(own ? [own] : [])])];
    return html`<label>${t("plan.of_camera")}<select @change=${({ target }: Event) => change(["plan"], (target as HTMLSelectElement).value || undefined)}>
        <option value="" ?selected=${!own}>${t("plan.none")}</option>
        ${names.map((each) => html`<option value=${each} ?selected=${each === own}>${each}</option>`)}</select></label>
      ${this.#onPlan(own)}<small>${t("plan.same_metres")} <a href=${write("map", "", { part: "add" })}>${t("plan.add")}</a></small>`;
  }

  /** The chosen floor plan, on which points of the ground can be placed instead of typing their metres. */
  #onPlan(name: string): TemplateResult | typeof nothing {
    const plan = this.plans.find((each) => each.plan === name);
    if (!plan || this.#isRectangle) return nothing;
    return html`<pb-plan-marks .plan=${plan} .pairs=${this.#pairs} .chosen=${this.point}
      @placed=${({ detail }: PlacedOnPlan) => this.#place(this.point, detail)}></pb-plan-marks>`;
  }

  /** The sides of the known rectangle. */
  #sides(): TemplateResult {
    const { across_m, deep_m } = sidesOf(this.#pairs) ?? { across_m: 1, deep_m: 1 };
    const side = (words: string, value: number, set: (next: number) => Pair[]) =>
      html`<label>${words}<input type="number" min="0.1" step="any" .value=${String(value)} @change=${(
        event: Event,
      ) => {
        const next = Number((event.target as HTMLInputElement).value);
        if (next > 0) this.#change(set(next));
      }} /></label>`;
    return html`<p class="quiet">${t("calibrate.rectangle_words")}</p><div class="line">
      ${side(t("calibrate.across"), across_m, (next) => withSides(this.#pairs, next, deep_m))}
      ${side(t("calibrate.deep"), deep_m, (next) => withSides(this.#pairs, across_m, next))}</div>`;
  }

  #table(): TemplateResult {
    const errors = this.survey?.errors_m ?? [];
    const isExact = this.#pairs.length === FEWEST;
    const number = (index: number, axis: 0 | 1) => {
      const words = t(axis ? "calibrate.y_of" : "calibrate.x_of", { n: index + 1 });
      return html`<input type="number" step="any" aria-label=${words} .value=${String(this.#pairs[index]?.ground_m[axis] ?? 0)}
        ?disabled=${this.#isRectangle} @change=${(event: Event) => this.#setGround(index, axis, Number((event.target as HTMLInputElement).value))} />`;
    };
    return html`<table class="pairs"><caption class="unseen">${t("calibrate.pairs")}</caption>
      <thead><tr><th>${t("calibrate.point")}</th><th>${t("calibrate.x")}</th><th>${t("calibrate.y")}</th><th class="number-cell">${t("calibrate.off")}</th></tr></thead>
      <tbody>${this.#pairs.map(
        (
          _,
          index,
        ) => html`<tr class=${index === this.point ? "current" : ""}><td>${index + 1}</td><td>${number(index, 0)}</td><td>${number(index, 1)}</td>
          <td class="number-cell">${errors[index] === undefined || isExact ? "–" : centimetres(errors[index] ?? 0)}</td></tr>`,
      )}</tbody></table>
      ${isExact ? html`<small>${t("calibrate.exact")}</small>` : nothing}`;
  }

  /** What the calibration is worth, in words. */
  #worth(): TemplateResult {
    const found = this.survey;
    if (!found) return html`<p class="quiet">${t(this.#pairs.length < FEWEST ? "calibrate.few" : "loading")}</p>`;
    if (!found.calibrated) return html`<p class="wrong" role="alert">${found.problem}</p>`;
    return html`<p>${t("calibrate.worth", { share: percent(found.usable_share), least: found.least_px_per_m })}</p>
      <p class="quiet">${t("calibrate.legend", { step: decimal(found.step_m, found.step_m < 1 ? 1 : 0) })}</p>`;
  }

  #compared(changes: Record<string, string>): TemplateResult {
    const back = () => {
      this.changes = null;
    };
    const apply = () => this.#try(() => this.#apply());
    return html`${comparison(changes, { busy: false, words: t("setup.apply"), apply, back })}<p class="wrong" role="alert">${this.wrong}</p>`;
  }

  // --- what changes the points ----------------------------------------------------------------------

  #change(pairs: readonly Pair[], { same = false } = {}): void {
    this.steps?.set(pairs, { same });
    this.refused = "";
    this.saved = false;
    this.requestUpdate();
    this.#askSoon();
  }

  async #begin(isRectangle: boolean): Promise<void> {
    this.#isRectangle = isRectangle;
    this.#change(
      this.#pairs.length
        ? isRectangle
          ? freshRectangle(this.#size, 6, 12)
          : this.#pairs
        : freshRectangle(this.#size, 6, 12),
    );
    this.point = 0;
    await this.updateComplete;
    this.querySelector<Drawing>("pb-drawing")?.focusPoint(0);
  }

  #addPoint(): void {
    this.#isRectangle = false;
    const [width, height] = this.#size;
    const fresh: Pair = { picture_px: [Math.round(width / 2), Math.round(0.7 * height)], ground_m: [0, 0] };
    this.#change([...this.#pairs, fresh]);
    this.point = this.#pairs.length - 1;
    this.querySelector<Drawing>("pb-drawing")?.focusPoint(this.point);
  }

  #removePoint(): void {
    this.#isRectangle = false;
    this.#change(this.#pairs.filter((_, index) => index !== this.point));
    this.point = Math.max(0, this.point - 1);
  }

  #setGround(index: number, axis: 0 | 1, value: number): void {
    if (!Number.isFinite(value)) return;
    const [x, y] = this.#pairs[index]?.ground_m ?? [0, 0];
    this.#place(index, axis ? [x, value] : [value, y]);
  }

  #place(index: number, ground_m: Point): void {
    this.#change(this.#pairs.map((each, at) => (at === index ? { ...each, ground_m } : each)));
  }

  #step(way: "undo" | "redo"): void {
    this.steps?.[way]();
    this.#isRectangle = sidesOf(this.#pairs) !== null;
    this.point = Math.min(this.point, Math.max(0, this.#pairs.length - 1));
    say(t(way === "undo" ? "setup.undone" : "setup.redone"));
    this.requestUpdate();
    this.#askSoon();
  }

  #do(wish: DrawingWish): void {
    if (wish.do === "select") this.point = wish.point;
    else if (wish.do === "remove") this.#removePoint();
    else if (wish.do === "insert") this.#addPoint();
    else if (wish.do === "move") {
      if (!isInside(wish.to, this.#size)) {
        this.refused = word("not_drawn", "outside");
        return;
      }
      const move = (each: Pair, at: number): Pair => (at === wish.point ? { ...each, picture_px: wish.to } : each);
      this.#change(this.#pairs.map(move), { same: wish.dragging });
    }
  }

  // --- what saves them ------------------------------------------------------------------------------

  async #try(work: () => Promise<void>): Promise<void> {
    this.wrong = "";
    this.problems = [];
    try {
      await work();
    } catch (error) {
      this.changes = null;
      this.problems = error instanceof Refusal ? error.problems : [];
      this.wrong = this.problems.length ? "" : (error as Error).message;
    }
  }

  async #compare(): Promise<void> {
    const body = { ground: this.#ground };
    const path = { name: this.name };
    this.changes = (await ask("POST /api/site/cameras/{name}/calibration/difference", { path, body })).changes;
  }

  async #apply(): Promise<void> {
    const path = { name: this.name };
    try {
      const { tag } = await send("PUT /api/site/cameras/{name}/calibration", {
        path,
        body: { ground: this.#ground },
        match: this.#tag,
      });
      this.#tag = tag;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== STALE) throw error;
      this.#tag = (await send("GET /api/site/cameras/{name}/places", { path })).tag;
      this.stale = true;
      await this.#compare(); // against what is there now: both versions are shown
      return;
    }
    this.changes = null;
    this.stale = false;
    this.steps = new Steps(this.#pairs);
    this.saved = true;
    say(t("setup.saved"));
  }
}

const centimetres = (metres: number): string => t("calibrate.cm", { cm: decimal(100 * metres, 0) });
