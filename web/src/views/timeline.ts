import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { ask, Refusal } from "../api/client";
import { now as nowMs, timezone } from "../api/clock";
import { live } from "../api/live";
import type { PlaceInfo, RecordedCamera } from "../api/schema";
import { here, setQuery } from "../app/go";
import { keyOf } from "../app/keys";
import { may } from "../app/person";
import { coverAt, movedTo, readMoment, readWindow, type TimeWindow, writeWindow, zoomedWindow } from "../app/timeline";
import { actOnKey, ZOOM } from "../app/timeline-keys";
import { marked, readSelection, type Selection, writeSelection } from "../app/timeline-selection";
import { listen, Part } from "../parts/part";
import type { RecordedPart } from "../parts/recorded";
import { say } from "../parts/say";
import { empty, failed, loading } from "../parts/states";
import { CURVE, type Drawing, heightOf } from "../parts/strips";
import type { FieldDeed, TimelineField } from "../parts/timeline-field";
import {
  curveChoice,
  curveName,
  raisedAlerts,
  type TimelineActs,
  timelineLegend,
  timelineTools,
} from "../parts/timeline-tools";
import { preciseTime } from "../text/format";
import { t, word } from "../text/text";
import { TimelineData } from "./timeline-data";
import "../parts/recorded";
import "../parts/timeline-field";
import "../style/timeline.css";
import "./timeline-export";

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
  /** Pictures are stepped through: the moment is that of the picture that is shown. */
  #stepping = false;
  #read = "";
  #writing: ReturnType<typeof setTimeout> | undefined;
  readonly #data = new TimelineData();

  override connectedCallback(): void {
    super.connectedCallback();
    this.followAddress();
    this.during(() => listen(this.#data, "change", () => this.requestUpdate()));
    this.during(() => listen(document, "keydown", (event) => this.#key(event as KeyboardEvent)));
    this.during(() => listen(window, "resize", () => this.requestUpdate()));
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

  get #selection(): Selection | null {
    return readSelection(here().query);
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
    return html`${this.#panes()}
      ${timelineTools(this.#acts, { playing: this.playing, selected: this.#selection !== null })}
      ${this.#strips()}${timelineLegend()}${this.#export()}
      ${raisedAlerts(this.#data.alerts, this.window, (at) => this.#set(movedTo(this.window, at), { step: true }))}`;
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

  readonly #acts: TimelineActs = {
    step: (pictures) => this.#step(pictures),
    toggle: () => this.#toggle(),
    zoom: (way) => this.#set(zoomedWindow(this.window, way === "shorter" ? ZOOM : 1 / ZOOM)),
    mark: (end) => this.#mark(end),
  };

  #strips(): TemplateResult {
    const { failure } = this.#data;
    return html`${failure ? html`<p class="stale" role="status">${failure instanceof Refusal ? failure.message : t("timeline.away")}</p>` : nothing}
      <div class="strips ${failure ? "old" : ""}">
        <div class="names"><span class="axis"></span>${this.#names.map((name) => this.#name(name))}
          ${this.#curve ? curveChoice(this.places, this.#curve, this.#data.curve) : nothing}</div>
        <pb-timeline-field .drawing=${this.#drawing} .height=${heightOf(this.#names.length, this.#curve !== null)}
          .words=${this.#words()} @deed=${this.#take}></pb-timeline-field>
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

  #export(): TemplateResult | typeof nothing {
    const selection = this.#selection;
    if (!selection || !may("export_recordings")) return nothing;
    const [begin, end] = selection;
    return html`<pb-timeline-export .begin=${begin} .end=${end} .known=${this.#names} .chosen=${this.#chosen}></pb-timeline-export>`;
  }

  /** Read what is shown, once it is known how wide that is. */
  protected override async updated(): Promise<void> {
    const field = this.querySelector<TimelineField>("pb-timeline-field");
    this.style.setProperty("--curve", `${CURVE}px`);
    await field?.updateComplete;
    if (field?.width) this.#data.show(this.window, this.#names, this.#curve, field.width);
  }

  get #drawing(): Drawing {
    return {
      window: this.window,
      strips: this.#names.map((name) => this.#data.strips.get(name) ?? null),
      curve: this.#curve ? this.#data.curve : null,
      curveStep: this.#data.curveStep,
      flags: this.#data.alerts.map((each) => ({ at: Date.parse(each.raised) / 1000, severity: each.severity })),
      selection: this.#selection,
      now: nowMs() / 1000,
    };
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

  #mark(end: "begin" | "end"): void {
    this.#select(marked(this.#selection, this.window, end));
  }

  #select(selection: Selection): void {
    setQuery({ sel: writeSelection(selection) });
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

  /** Do what somebody did with a pointer on the strips. */
  #take({ detail }: CustomEvent<FieldDeed>): void {
    switch (detail.kind) {
      case "grab":
        return this.#stop("");
      case "drag":
        if (!this.dragging) this.#data.preview(this.window, this.#chosen);
        this.dragging = true;
        this.window = { ...this.window, moment: detail.moment };
        return;
      case "drop":
        this.dragging = false;
        return this.#set(this.window);
      case "select":
        return this.#select(detail.selection);
      case "show":
        return this.#set(detail.window);
    }
  }

  #key(event: KeyboardEvent): void {
    const key = keyOf(event);
    if (!key || !this.recorded) return;
    const isAct = actOnKey(key, event.shiftKey, this.window, {
      ...this.#acts,
      goTo: () => this.querySelector<HTMLInputElement>("input[name=goto]")?.focus(),
      show: (window) => this.#set(window),
    });
    if (isAct) event.preventDefault();
  }
}
