import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import { now as nowMs, timezone } from "../api/clock";
import { live } from "../api/live";
import type { PlaceInfo, RecordedCamera } from "../api/schema";
import { write } from "../app/address";
import { here, setQuery } from "../app/go";
import { keyOf } from "../app/keys";
import { may } from "../app/person";
import {
  COVERS,
  coverAt,
  iso,
  movedTo,
  readMoment,
  readWindow,
  type TimeWindow,
  writeWindow,
  zoomedWindow,
} from "../app/timeline";
import { severity } from "../parts/alert-strip";
import { unitOf } from "../parts/alert-words";
import { listen, Part } from "../parts/part";
import { nameOf } from "../parts/quantity";
import type { RecordedPart } from "../parts/recorded";
import { say } from "../parts/say";
import { empty, failed, loading } from "../parts/states";
import { CURVE, drawTimeline, heightOf, type Inks, inksOf } from "../parts/strips";
import { moment as timeOf } from "../parts/time";
import { preciseTime } from "../text/format";
import { t, word } from "../text/text";
import { curveName, TimelineData } from "./timeline-data";
import "../parts/recorded";
import "../style/timeline.css";
import "./timeline-export";

const ZOOM = 1.5;
const WRITTEN_MS = 250;
const MOST_PANES = 4;
/** A window in which now is gets what was recorded meanwhile so often. */
const NOW_MS = 30_000;
const SPANS: readonly [string, number][] = [
  ["10min", 600],
  ["1h", 3600],
  ["24h", 86_400],
  ["7d", 604_800],
];

/** What was recorded over time: a strip for each camera, a curve and alerts below them, and pictures of the moment. */
@customElement("pb-timeline")
export class TimelineView extends Part {
  @state() private recorded: RecordedCamera[] | null = null;
  @state() private places: PlaceInfo[] = [];
  @state() private failure: unknown = null;
  @state() private window: TimeWindow = { begin: 0, span: 1, moment: 0 };
  @state() private dragging = false;
  @state() private playing = false;
  @state() private wrong = "";
  #selecting: number | null = null;
  /** Pictures are stepped through: the moment is that of the picture that is shown. */
  #stepping = false;
  #read = "";
  #writing: ReturnType<typeof setTimeout> | undefined;
  #inks: Inks | null = null;
  readonly #data = new TimelineData();

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
    this.during(() => listen(this.#data, "change", () => this.requestUpdate()));
    this.during(() => listen(document, "keydown", (event) => this.#key(event as KeyboardEvent)));
    this.during(() => listen(window, "resize", () => this.requestUpdate()));
    const recolour = () => {
      this.#inks = null;
      this.requestUpdate();
    };
    const themed = new MutationObserver(recolour);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.during(() => () => themed.disconnect());
    this.during(() => listen(matchMedia("(prefers-color-scheme: dark)"), "change", recolour));
    const timer = setInterval(() => document.visibilityState === "visible" && this.#renew(), NOW_MS);
    this.during(() => () => clearInterval(timer));
    this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#writing);
    this.#data.close();
  }

  #renew(): void {
    if (this.window.begin + this.window.span > nowMs() / 1000 && !this.dragging) this.#data.renew();
    this.requestUpdate();
  }

  async #load(): Promise<void> {
    try {
      this.recorded = await ask("GET /api/recordings");
      const newest = this.recorded.map((each) => Date.parse(each.newest ?? "") / 1000).filter(Number.isFinite);
      if (!here().query.get("t") && newest.length) this.window = movedTo(this.window, Math.max(...newest) - 1);
      if (live.signals && may("read_signals")) this.places = await ask("GET /api/places").catch(() => []);
    } catch (error) {
      this.failure = error;
    }
  }

  get #names(): string[] {
    return (this.recorded ?? []).map(({ camera }) => camera);
  }

  /** The cameras whose pictures are shown. */
  get #chosen(): string[] {
    const said = here().query.get("cams");
    if (said === null) return this.#names.slice(0, MOST_PANES);
    const wanted = new Set(said.split(","));
    return this.#names.filter((each) => wanted.has(each)).slice(0, MOST_PANES);
  }

  get #curve(): PlaceInfo | null {
    const said = here().query.get("curve");
    const usual = ["density", "occupancy"].map((wanted) => this.places.find(({ quantity }) => quantity === wanted));
    return this.places.find((each) => curveName(each) === said) ?? usual[0] ?? usual[1] ?? this.places[0] ?? null;
  }

  get #selection(): [number, number] | null {
    const [begin, end] = (here().query.get("sel") ?? "").split(",").map((each) => Date.parse(each) / 1000);
    return begin !== undefined && end !== undefined && begin < end ? [begin, end] : null;
  }

  protected override willUpdate(): void {
    if (this.#read === location.search) return;
    this.#read = location.search;
    if (this.#writing === undefined) this.window = readWindow(here().query, nowMs() / 1000);
  }

  protected override render(): TemplateResult {
    return html`<div class="page timeline">${this.#head()}${this.#body()}</div>`;
  }

  #head(): TemplateResult {
    return html`<div class="head"><h1>${t("timeline.title")}</h1>
      <output class="moment">${preciseTime(1000 * this.window.moment)}</output><span class="gap"></span>
      <form class="line" @submit=${this.#goTo}>
        <input name="goto" size="10" autocomplete="off" aria-label=${t("timeline.goto")} placeholder=${t("timeline.goto_hint")} />
        <button type="submit">${t("timeline.goto_do")}</button>
      </form>
      <span class="group" role="group" aria-label=${t("place.span")}>
        ${SPANS.map(
          ([
            name,
            span,
          ]) => html`<button type="button" aria-pressed=${Math.abs(span - this.window.span) < 1 ? "true" : "false"}
            @click=${() => this.#set(zoomedWindow(this.window, this.window.span / span), { step: true })}>${word("span", name)}</button>`,
        )}
      </span>
      <p class="wrong" role="alert">${this.wrong}</p>
    </div>`;
  }

  #body(): TemplateResult {
    const isNone = this.failure instanceof Refusal && this.failure.status === 404;
    if (isNone || this.recorded?.length === 0) return empty(t("recordings.empty.title"), t("recordings.empty.words"));
    if (this.failure) return failed(this.failure);
    if (!this.recorded) return loading();
    return html`${this.#panes()}${this.#tools()}${this.#strips()}${this.#legend()}${this.#export()}${this.#alerts()}`;
  }

  #panes(): TemplateResult {
    const chosen = this.#chosen;
    if (!chosen.length) return html`<p class="quiet">${t("timeline.choose")}</p>`;
    return html`<div class="panes" data-count=${chosen.length}>${chosen.map(
      (camera, index) => html`<pb-recorded .camera=${camera} .moment=${this.window.moment} ?dragging=${this.dragging}
        ?playing=${this.playing} .previews=${this.#data.previews(camera)} .apart=${this.#data.apart}
        @shown=${(event: CustomEvent<number>) => index === 0 && this.#shown(event.detail)}
        @ended=${() => index === 0 && this.#stop(t("timeline.ended"))}></pb-recorded>`,
    )}</div>`;
  }

  #tools(): TemplateResult {
    const tool = (words: string, sign: string, act: () => void) =>
      html`<button type="button" class="icon-only" aria-label=${words} title=${words} @click=${act}>${sign}</button>`;
    return html`<div class="line tools">
      ${tool(t("timeline.back"), "‹", () => this.#step(-1))}
      <button type="button" class="main" aria-pressed=${this.playing ? "true" : "false"} @click=${() => this.#toggle()}>
        ${this.playing ? t("timeline.pause") : t("timeline.play")}</button>
      ${tool(t("timeline.forward"), "›", () => this.#step(1))}
      <span class="group" role="group" aria-label=${t("timeline.zoom")}>
        ${tool(t("timeline.longer"), "−", () => this.#set(zoomedWindow(this.window, 1 / ZOOM)))}
        ${tool(t("timeline.shorter"), "+", () => this.#set(zoomedWindow(this.window, ZOOM)))}
      </span>
      <button type="button" @click=${() => this.#mark(0)}>${t("timeline.mark_begin")}</button>
      <button type="button" @click=${() => this.#mark(1)}>${t("timeline.mark_end")}</button>
      ${this.#selection ? html`<button type="button" @click=${() => setQuery({ sel: "" })}>${t("timeline.unmark")}</button>` : nothing}
      <span class="gap"></span>
      <p class="keys"><kbd>g</kbd> ${t("timeline.key_goto")} <kbd>,</kbd> <kbd>.</kbd> ${t("timeline.key_step")}
        <kbd>←</kbd> <kbd>→</kbd> ${t("timeline.key_move")} <kbd>+</kbd> <kbd>−</kbd> ${t("timeline.key_zoom")}
        <kbd>i</kbd> <kbd>o</kbd> ${t("timeline.key_mark")}</p>
    </div>`;
  }

  #strips(): TemplateResult {
    const { begin, span, moment } = this.window;
    const { failure } = this.#data;
    return html`${failure ? html`<p class="stale" role="status">${failure instanceof Refusal ? failure.message : t("timeline.away")}</p>` : nothing}
      <div class="strips ${failure ? "old" : ""}">
        <div class="names"><span class="axis"></span>${this.#names.map((name) => this.#name(name))}
          ${this.#curve ? this.#curves(this.#curve) : nothing}</div>
        <div class="field" role="slider" tabindex="0" aria-label=${t("timeline.slider")} aria-valuemin=${Math.floor(begin)}
          aria-valuemax=${Math.ceil(begin + span)} aria-valuenow=${Math.round(moment)} aria-valuetext=${this.#words()}
          @pointerdown=${this.#grab} @pointermove=${this.#drag} @pointerup=${this.#drop} @pointercancel=${this.#drop}
          @wheel=${this.#wheel}>
          <canvas></canvas></div>
      </div>`;
  }

  /** The moment and how each camera is covered then, in words. */
  #words(): string {
    const cameras = this.#names.map((name) => `${name}: ${this.#stateOf(name)}`);
    return [preciseTime(1000 * this.window.moment), ...cameras].join(", ");
  }

  #stateOf(name: string): string {
    const index = this.#data.strips.get(name);
    return index ? word("cover", coverAt(index, this.window.moment)) : t("loading");
  }

  #name(name: string): TemplateResult {
    const isShown = this.#chosen.includes(name);
    return html`<button type="button" class="name" aria-pressed=${isShown ? "true" : "false"} title=${t("timeline.show", { name })}
      @click=${() => this.#choose(name)}><b>${name}</b><small>${this.#stateOf(name)}</small></button>`;
  }

  #curves(chosen: PlaceInfo): TemplateResult {
    const change = ({ target }: Event) => setQuery({ curve: (target as HTMLSelectElement).value });
    return html`<label class="curve"><span class="unseen">${t("timeline.curve")}</span>
      <select @change=${change}>${this.places.map(
        (each) =>
          html`<option value=${curveName(each)} ?selected=${each === chosen}>${each.place}: ${nameOf(each.quantity, each.kind)}</option>`,
      )}</select>
      <small>${this.#data.curve?.values.length ? unitOf(this.#data.curve.unit === "1" ? "" : this.#data.curve.unit) : t("place.unobserved")}</small></label>`;
  }

  #legend(): TemplateResult {
    return html`<ul class="legend" aria-label=${t("timeline.legend")}>
      ${[...COVERS, "absent"].map((each) => html`<li><i class="swatch ${each}"></i>${word("cover", each)}</li>`)}
    </ul>`;
  }

  #export(): TemplateResult | typeof nothing {
    const selection = this.#selection;
    if (!selection || !may("export_recordings")) return nothing;
    const [begin, end] = selection;
    return html`<pb-timeline-export .begin=${begin} .end=${end} .known=${this.#names} .chosen=${this.#chosen}></pb-timeline-export>`;
  }

  #alerts(): TemplateResult | typeof nothing {
    const { begin, span } = this.window;
    const isIn = (raised: string) => Date.parse(raised) / 1000 >= begin && Date.parse(raised) / 1000 <= begin + span;
    const found = this.#data.alerts.filter(({ raised }) => isIn(raised));
    if (!found.length) return nothing;
    return html`<section class="panel"><h2>${t("timeline.alerts")}</h2><ul class="raised">${found.slice(0, 50).map(
      (each) => html`<li class="line">
        <button type="button" @click=${() => this.#set(movedTo(this.window, Date.parse(each.raised) / 1000), { step: true })}>${timeOf(each.raised)}</button>
        ${severity(each)}<a href=${write("alerts", each.alert)}>${unitOf(each.summary)}</a></li>`,
    )}</ul></section>`;
  }

  protected override updated(): void {
    const canvas = this.querySelector<HTMLCanvasElement>(".field canvas");
    if (!canvas) return;
    const curve = this.#curve;
    canvas.style.height = `${heightOf(this.#names.length, curve !== null)}px`;
    this.style.setProperty("--curve", `${CURVE}px`);
    this.#inks ??= inksOf(this);
    this.#data.show(this.window, this.#names, curve, canvas.clientWidth);
    const start = performance.now();
    const drawing = {
      window: this.window,
      strips: this.#names.map((name) => this.#data.strips.get(name) ?? null),
      curve: curve ? this.#data.curve : null,
      curveStep: this.#data.curveStep,
      flags: this.#data.alerts.map((each) => ({ at: Date.parse(each.raised) / 1000, severity: each.severity })),
      selection: this.#selection,
      now: nowMs() / 1000,
    };
    drawTimeline(canvas, drawing, this.#inks);
    performance.clearMeasures("timeline");
    performance.measure("timeline", { start });
  }

  /** Show a window; it is written into the address a moment later, as browsers refuse many writes at once.
   *
   * `step`: one can go back to the window before. `pictures`: the moment is that of a picture that is shown.
   */
  #set(window: TimeWindow, { step = false, pictures = false } = {}): void {
    this.window = window;
    this.#stepping &&= pictures;
    const store = () => {
      clearTimeout(this.#writing);
      this.#writing = undefined;
      setQuery(writeWindow(this.window), { replace: !step });
      this.#read = location.search;
    };
    if (step) store();
    else this.#writing ??= setTimeout(store, WRITTEN_MS);
  }

  #goTo(event: Event): void {
    event.preventDefault();
    const field = (event.target as HTMLFormElement).elements.namedItem("goto") as HTMLInputElement;
    const now = nowMs() / 1000;
    const found = readMoment(field.value, this.window.moment, now, timezone());
    this.wrong = found === null ? t("timeline.goto_wrong", { text: field.value }) : "";
    if (found === null) return;
    field.value = "";
    field.blur();
    this.querySelector<HTMLElement>(".field")?.focus();
    this.#stop("");
    this.#set(movedTo(this.window, found), { step: true });
    say(this.#words());
  }

  #choose(name: string): void {
    const before = this.#chosen;
    const chosen = before.includes(name)
      ? before.filter((each) => each !== name)
      : [...before, name].slice(-MOST_PANES);
    setQuery({ cams: chosen.join(",") || "-" });
  }

  #mark(end: 0 | 1): void {
    const { moment, span } = this.window;
    const [begin, last] = this.#selection ?? [moment, moment + span / 20];
    const made: [number, number] = end ? [Math.min(begin, moment - 1), moment] : [moment, Math.max(last, moment + 1)];
    this.#select(made);
  }

  #select([begin, end]: [number, number]): void {
    setQuery({ sel: `${iso(begin)},${iso(end)}` });
  }

  #shown(at: number): void {
    if (!this.playing && !this.#stepping) return;
    this.#set(movedTo(this.window, at), { pictures: true });
  }

  #step(count: number): void {
    this.#stop("");
    this.#stepping = true;
    this.querySelector<RecordedPart>("pb-recorded")?.step(count);
  }

  #toggle(): void {
    if (this.playing) this.#stop("");
    else this.playing = this.#chosen.length > 0;
  }

  #stop(why: string): void {
    this.playing = false;
    if (why) say(why);
  }

  // --- pointer and keys ------------------------------------------------------------------------------

  #at(event: MouseEvent): number {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return this.window.begin + share * this.window.span;
  }

  #grab(event: PointerEvent): void {
    if (event.button) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#stop("");
    if (event.shiftKey) this.#selecting = this.#at(event);
    else {
      this.dragging = true;
      this.#data.preview(this.window, this.#chosen);
      this.window = { ...this.window, moment: this.#at(event) };
    }
  }

  #drag(event: PointerEvent): void {
    const at = this.#at(event);
    if (this.#selecting !== null && at !== this.#selecting) {
      this.#select([Math.min(at, this.#selecting), Math.max(at, this.#selecting)]);
    } else if (this.dragging) this.window = { ...this.window, moment: at };
  }

  #drop(): void {
    this.#selecting = null;
    if (!this.dragging) return;
    this.dragging = false;
    this.#set(this.window);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const { begin, span, moment } = this.window;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      const shift = ((event.deltaX || event.deltaY) / 1000) * span;
      const inside = Math.min(begin + shift + span, Math.max(begin + shift, moment));
      this.#set({ begin: begin + shift, span, moment: inside });
    } else this.#set(zoomedWindow(this.window, event.deltaY < 0 ? ZOOM : 1 / ZOOM, this.#at(event)));
  }

  #key(event: KeyboardEvent): void {
    const key = keyOf(event);
    if (!key || !this.recorded) return;
    const { moment, span } = this.window;
    const far = span / (event.shiftKey ? 10 : 100);
    const acts: Record<string, () => void> = {
      g: () => this.querySelector<HTMLInputElement>("input[name=goto]")?.focus(),
      ",": () => this.#step(-1),
      ".": () => this.#step(1),
      ArrowLeft: () => this.#set(movedTo(this.window, moment - far)),
      ArrowRight: () => this.#set(movedTo(this.window, moment + far)),
      "+": () => this.#set(zoomedWindow(this.window, ZOOM)),
      "=": () => this.#set(zoomedWindow(this.window, ZOOM)),
      "-": () => this.#set(zoomedWindow(this.window, 1 / ZOOM)),
      i: () => this.#mark(0),
      o: () => this.#mark(1),
      k: () => this.#toggle(),
    };
    const act = acts[key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
