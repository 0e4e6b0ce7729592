import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { ask } from "../api/client";
import { now } from "../api/clock";
import { live } from "../api/live";
import type { PlanInfo, PlanPlace, SignalChart } from "../api/schema";
import { write } from "../app/address";
import { here } from "../app/go";
import { type OnMap, onMap } from "../app/level";
import { may, seesAll } from "../app/person";
import { severity } from "../parts/alert-strip";
import { unitOf } from "../parts/alert-words";
import { Part } from "../parts/part";
import { empty, failed, loading } from "../parts/states";
import { decimal } from "../text/format";
import { t, word } from "../text/text";
import "./map-plan";

const AGAIN_MS = 15_000;
const FRESH_MS = 180_000;
/** An arrow of the widest stroke stands for so many persons a minute. */
const MOST_FLOW = 60;

interface PlanSize {
  width: number;
  height: number;
}

/** A floor plan with the places that lie on it: coloured by level, arrows by flow, alerts as pins. */
@customElement("pb-map")
export class MapView extends Part {
  @property() name = "";
  @state() private plans: PlanInfo[] | null = null;
  @state() private charts: SignalChart[] = [];
  @state() private size: PlanSize | null = null;
  @state() private unreadable = false;
  @state() private failure: unknown = null;
  /** How many px of the picture one px of the window shows. */
  @state() private scale = 0;
  #sized = "";
  #floor: Element | null = null;
  readonly #watch = new ResizeObserver(([seen]) => this.#fit(seen?.contentRect));
  /** Grows when a picture was stored here, so that no earlier one is shown. */
  #version = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    this.followAddress();
    this.#load();
    const timer = setInterval(() => document.visibilityState === "visible" && this.#load(), AGAIN_MS);
    this.during(() => () => clearInterval(timer));
    this.during(() => () => {
      this.#watch.disconnect();
      this.#floor = null;
    });
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const floor = this.querySelector("svg.floor");
    if (floor === this.#floor) return;
    this.#watch.disconnect();
    this.#floor = floor;
    if (floor) this.#watch.observe(floor);
  }

  /** Words on the plan stay legible, however small it is shown. */
  #fit(shown: DOMRectReadOnly | undefined): void {
    if (!shown?.width || !shown.height || !this.size) return;
    this.scale = Math.max(this.size.width / shown.width, this.size.height / shown.height);
  }

  get #plan(): PlanInfo | undefined {
    return this.name ? this.plans?.find(({ plan }) => plan === this.name) : this.plans?.[0];
  }

  async #load(): Promise<void> {
    const [start, end] = [now() - FRESH_MS, now()].map((each) => new Date(each).toISOString()) as [string, string];
    try {
      const parts = [
        ask("GET /api/plans"),
        ask("GET /api/signals", { query: { start, end, window: "1min" } }),
      ] as const;
      [this.plans, this.charts] = await Promise.all(parts);
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
  }

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const plan = this.#plan?.plan ?? "";
    if (!plan || plan === this.#sized) return;
    this.#sized = plan;
    this.size = null;
    this.unreadable = false;
    this.#measure(plan);
  }

  /** The plan's own size, which its picture says. */
  async #measure(plan: string): Promise<void> {
    const picture = new Image();
    picture.src = pictureOf(plan, this.#version);
    try {
      await picture.decode();
      if (this.#sized === plan) this.size = { width: picture.naturalWidth, height: picture.naturalHeight };
    } catch {
      this.unreadable = true;
    }
  }

  protected override render(): TemplateResult {
    const plan = this.#plan;
    const part = here().query.get("part");
    if (changesPlans() && part === "add") return html`<pb-map-plan @stored=${this.#take}></pb-map-plan>`;
    if (changesPlans() && part === "picture" && plan)
      return html`<pb-map-plan .name=${plan.plan} @stored=${this.#take}></pb-map-plan>`;
    return html`<div class="page"><div class="head"><h1>${plan?.plan ?? (this.name || t("map.title"))}</h1>
        ${
          (this.plans?.length ?? 0) > 1
            ? html`<nav class="tabs" aria-label=${t("map.plans")}>${this.plans?.map(
                (each) =>
                  html`<a href=${write("map", each.plan)} aria-current=${each === plan ? "page" : nothing}>${each.plan}</a>`,
              )}</nav>`
            : nothing
        }<span class="gap"></span>${changesPlans() ? this.#doors(plan) : nothing}</div>${this.#body(plan)}</div>`;
  }

  /** A picture was stored: read the plans again, and show it instead of the one before. */
  #take(): void {
    this.#version += 1;
    this.#sized = "";
    this.#load();
  }

  /** Ways to another picture, and to another plan. */
  #doors(plan: PlanInfo | undefined): TemplateResult {
    return html`${plan ? html`<a class="button" href=${write("map", plan.plan, { part: "picture" })}>${t("plan.change")}</a>` : nothing}
      <a class="button ${plan ? "" : "main"}" href=${write("map", "", { part: "add" })}>${t("plan.add")}</a>`;
  }

  #body(plan: PlanInfo | undefined): TemplateResult {
    if (this.failure) return failed(this.failure);
    if (!this.plans) return loading();
    if (!plan) return empty(t("map.empty.title"), t(changesPlans() ? "map.empty.words" : "map.empty.ask"));
    if (this.unreadable) return empty(t("map.unreadable.title"), t("map.unreadable.words"));
    if (!this.size) return loading();
    const rows = plan.places.map((each) => [each, onMap(each.place, this.charts, live.alerts ?? [])] as const);
    return html`<div class="editor"><div class="board">${this.#picture(plan, this.size, rows)}${legend()}</div>
      <aside class="side" aria-label=${t("map.list")}><h2>${t("map.list")}</h2>
        ${rows.length ? html`<ul class="picks">${rows.map(([each, seen]) => this.#row(each, seen))}</ul>` : html`<p class="quiet">${t("map.none")}</p>`}
      </aside></div>`;
  }

  #row(each: PlanPlace, seen: OnMap): TemplateResult {
    return html`<li><a href=${write("place", each.place)}>${each.place}</a> <small>${wordsOf(each, seen)}</small>
      ${seen.alerts.map(
        (alert) =>
          html`<a class="severity ${alert.severity}" href=${write("alerts", alert.alert)}>${severity(alert)} ${unitOf(alert.summary)}</a>`,
      )}</li>`;
  }

  #picture(plan: PlanInfo, { width, height }: PlanSize, rows: (readonly [PlanPlace, OnMap])[]): TemplateResult {
    const unit = Math.max(Math.max(width, height) / 900, this.scale);
    return html`<svg class="floor" viewBox="0 0 ${width} ${height}" role="group" aria-label=${t("map.plane", { plan: plan.plan })}>
      ${svg`<defs><pattern id="unobserved" width=${9 * unit} height=${9 * unit} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path class="hatch" d="M0 0V${9 * unit}" stroke-width=${5 * unit}></path></pattern></defs>
        <image href=${pictureOf(plan.plan, this.#version)} width=${width} height=${height}></image>
        ${rows.filter(([each]) => each.closed).map(([each, seen]) => zone(each, seen, unit))}
        ${rows.filter(([each]) => !each.closed).map(([each, seen]) => line(each, seen, unit))}
        ${rows.map(([each, seen]) => pins(each, seen, unit))}`}
    </svg>`;
  }
}

const changesPlans = (): boolean => may("change_settings") && seesAll();

/** Persons in whole numbers. */
const whole = (value: number): string => decimal(value, 0);

const pictureOf = (plan: string, version: number): string =>
  `/api/plans/${encodeURIComponent(plan)}/picture${version ? `?v=${version}` : ""}`;

type Pair = readonly number[];

function middleOf(points: readonly Pair[]): [number, number] {
  const sum = (axis: 0 | 1) =>
    points.reduce((total, each) => total + (each[axis] ?? 0), 0) / Math.max(1, points.length);
  return [sum(0), sum(1)];
}

const pathOf = (points: readonly Pair[]): string => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;

/** What is known of a place, in words. */
function wordsOf(each: PlanPlace, { level, inside, into, out }: OnMap): string {
  if (level === "unobserved") return t("place.unobserved");
  if (!each.closed)
    return t("map.crossed", { into: into === null ? "–" : whole(into), out: out === null ? "–" : whole(out) });
  const persons = inside === null ? "" : t("setup.now_inside", { n: whole(inside) });
  return [persons, level === "unknown" ? "" : t("map.level", { level: level.toUpperCase() })]
    .filter(Boolean)
    .join(", ");
}

function zone(each: PlanPlace, seen: OnMap, unit: number): TemplateResult {
  const [x, y] = middleOf(each.points_px);
  const number = seen.inside === null ? "–" : whole(seen.inside);
  const letter = seen.level.length === 1 ? seen.level.toUpperCase() : "";
  return svg`<a href=${write("place", each.place)} class="spot level-${seen.level}" aria-label="${each.place}: ${wordsOf(each, seen)}">
    <path d="${pathOf(each.points_px)}Z" fill=${seen.level === "unobserved" ? "url(#unobserved)" : nothing} vector-effect="non-scaling-stroke"></path></a>
    <text x=${x} y=${y} font-size=${22 * unit} stroke-width=${4 * unit}>${number}${letter ? svg`<tspan class="letter" dx=${6 * unit} font-size=${14 * unit}>${letter}</tspan>` : nothing}</text>
    <text class="place" x=${x} y=${y + 17 * unit} font-size=${13 * unit} stroke-width=${4 * unit}>${each.place}</text>`;
}

function line(each: PlanPlace, seen: OnMap, unit: number): TemplateResult {
  const [x, y] = middleOf(each.points_px);
  const [ux, uy] = each.into;
  const long = 34 * unit;
  const ways: [1 | -1, number][] = [
    [1, seen.into ?? 0],
    [-1, seen.out ?? 0],
  ];
  const shown = ways.filter(([sign, count]) => count > 0 || (sign === 1 && !seen.out));
  const arrow = ([sign, count]: [1 | -1, number]) => {
    const [tx, ty] = [x + sign * ux * long, y + sign * uy * long];
    const [hx, hy] = [sign * ux * 9 * unit, sign * uy * 9 * unit];
    const d = `M${x + (sign * ux * long) / 6} ${y + (sign * uy * long) / 6}L${tx} ${ty}M${tx - hx - hy} ${ty - hy + hx}L${tx} ${ty}L${tx - hx + hy} ${ty - hy - hx}`;
    const wide = 1.5 + 5 * Math.min(1, count / MOST_FLOW);
    return svg`<path class="flow" d=${d} stroke-width=${wide * unit}></path>`;
  };
  const number = ([sign, count]: [1 | -1, number]) =>
    svg`<text x=${x + sign * ux * (long + 14 * unit)} y=${y + sign * uy * (long + 14 * unit) + 5 * unit} font-size=${14 * unit}
      stroke-width=${4 * unit}>${seen.level === "unobserved" ? "–" : whole(count)}</text>`;
  const [ex = x, ey = y] = each.points_px.at(-1) ?? [];
  return svg`<a href=${write("place", each.place)} class="spot level-${seen.level}" aria-label="${each.place}: ${wordsOf(each, seen)}">
    <path class="gate" d=${pathOf(each.points_px)} vector-effect="non-scaling-stroke"></path>${shown.map(arrow)}</a>
    ${shown.map(number)}
    <text class="place" x=${ex} y=${ey + 18 * unit} font-size=${13 * unit} stroke-width=${4 * unit}>${each.place}</text>`;
}

/** A pin for the worst alert of a place; the list beside the plan has all of them. */
function pins(each: PlanPlace, seen: OnMap, unit: number): TemplateResult | typeof nothing {
  const [worst] = seen.alerts;
  if (!worst) return nothing;
  const [x, y] = middleOf(each.points_px);
  const top = y - 26 * unit;
  const words = `${word("severity", worst.severity)}: ${worst.summary}`;
  const r = 13 * unit;
  return svg`<a href=${write("alerts", worst.alert)} class="pin ${worst.severity}" aria-label=${words}>
    <path d="M${x} ${top}l${-r} ${-1.6 * r}a${1.2 * r} ${1.2 * r} 0 1 1 ${2 * r} 0z" vector-effect="non-scaling-stroke"></path></a>
    <text class="bang" x=${x} y=${top - 1.7 * r} font-size=${15 * unit}>${seen.alerts.length > 1 ? seen.alerts.length : "!"}</text>`;
}

function legend(): TemplateResult {
  const levels = ["a", "b", "c", "d", "e", "f", "unobserved"] as const;
  return html`<div class="legend"><span class="quiet">${t("map.legend")}</span>${levels.map(
    (each) =>
      html`<span><i class="level-mark level-${each}"></i>${each.length === 1 ? each.toUpperCase() : t("place.unobserved")}</span>`,
  )}<span class="quiet">${t("map.arrows")}</span></div>`;
}
