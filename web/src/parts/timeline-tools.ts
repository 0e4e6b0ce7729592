import { html, nothing, type TemplateResult } from "lit";
import type { AlertInfo, PlaceInfo, SignalChart } from "../api/schema";
import { write } from "../app/address";
import { setQuery } from "../app/go";
import { COVERS } from "../app/timeline";
import { t, word } from "../text/text";
import { severity } from "./alert-strip";
import { unitOf } from "./alert-words";
import { nameOf } from "./quantity";
import { moment as timeOf } from "./time";

/** What is measured at a place and can be drawn below the strips. */
export const curveName = ({ place, quantity }: PlaceInfo): string => `${place} ${quantity}`;

/** What the buttons below the pictures do. */
export interface TimelineActs {
  step(pictures: number): void;
  toggle(): void;
  zoom(way: "longer" | "shorter"): void;
  mark(end: "begin" | "end"): void;
}

/** The buttons below the pictures, and the keys that do the same. */
export function timelineTools(acts: TimelineActs, shown: { playing: boolean; selected: boolean }): TemplateResult {
  const tool = (words: string, sign: string, act: () => void) =>
    html`<button type="button" class="icon-only" aria-label=${words} title=${words} @click=${act}>${sign}</button>`;
  return html`<div class="line tools">
    ${tool(t("timeline.back"), "‹", () => acts.step(-1))}
    <button type="button" class="main" aria-pressed=${shown.playing ? "true" : "false"} @click=${() => acts.toggle()}>
      ${shown.playing ? t("timeline.pause") : t("timeline.play")}</button>
    ${tool(t("timeline.forward"), "›", () => acts.step(1))}
    <span class="group" role="group" aria-label=${t("timeline.zoom")}>
      ${tool(t("timeline.longer"), "−", () => acts.zoom("longer"))}
      ${tool(t("timeline.shorter"), "+", () => acts.zoom("shorter"))}
    </span>
    <button type="button" @click=${() => acts.mark("begin")}>${t("timeline.mark_begin")}</button>
    <button type="button" @click=${() => acts.mark("end")}>${t("timeline.mark_end")}</button>
    ${shown.selected ? html`<button type="button" @click=${() => setQuery({ sel: "" })}>${t("timeline.unmark")}</button>` : nothing}
    <span class="gap"></span>
    <p class="keys"><kbd>g</kbd> ${t("timeline.key_goto")} <kbd>,</kbd> <kbd>.</kbd> ${t("timeline.key_step")}
      <kbd>←</kbd> <kbd>→</kbd> ${t("timeline.key_move")} <kbd>+</kbd> <kbd>−</kbd> ${t("timeline.key_zoom")}
      <kbd>i</kbd> <kbd>o</kbd> ${t("timeline.key_mark")}</p>
  </div>`;
}

/** The choice of the curve below the strips, with its unit. */
export function curveChoice(
  places: readonly PlaceInfo[],
  chosen: PlaceInfo,
  curve: SignalChart | null,
): TemplateResult {
  const change = ({ target }: Event) => setQuery({ curve: (target as HTMLSelectElement).value });
  const unit = curve?.values.length ? unitOf(curve.unit === "1" ? "" : curve.unit) : t("place.unobserved");
  return html`<label class="curve"><span class="unseen">${t("timeline.curve")}</span>
    <select @change=${change}>${places.map(
      (each) =>
        html`<option value=${curveName(each)} ?selected=${each === chosen}>${each.place}: ${nameOf(each.quantity, each.kind)}</option>`,
    )}</select>
    <small>${unit}</small></label>`;
}

/** What the textures of the strips mean. */
export const timelineLegend = (): TemplateResult => html`<ul class="legend" aria-label=${t("timeline.legend")}>
  ${[...COVERS, "absent"].map((each) => html`<li><i class="swatch ${each}"></i>${word("cover", each)}</li>`)}
</ul>`;

/** The alerts that were raised in the window; pressing on a time goes there. */
export function raisedAlerts(
  alerts: readonly AlertInfo[],
  { begin, span }: { begin: number; span: number },
  go: (at: number) => void,
): TemplateResult | typeof nothing {
  const at = ({ raised }: AlertInfo) => Date.parse(raised) / 1000;
  const found = alerts.filter((each) => at(each) >= begin && at(each) <= begin + span);
  if (!found.length) return nothing;
  return html`<section class="panel"><h2>${t("timeline.alerts")}</h2><ul class="raised">${found.slice(0, 50).map(
    (each) => html`<li class="line">
      <button type="button" @click=${() => go(at(each))}>${timeOf(each.raised)}</button>
      ${severity(each)}<a href=${write("alerts", each.alert)}>${unitOf(each.summary)}</a></li>`,
  )}</ul></section>`;
}
