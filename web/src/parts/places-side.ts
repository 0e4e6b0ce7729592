import { html, nothing, type TemplateResult } from "lit";
import { now } from "../api/clock";
import type { PlacesBody, SignalChart, SurveyInfo } from "../api/schema";
import { type Shape, versions } from "../setup/places";
import type { Comparison } from "../setup/places-saving";
import { doubtOf, numberOf } from "../setup/preview";
import { type JsonPath, type Schema, withValue } from "../setup/schema";
import type { ShapeEditor } from "../setup/shape-editor";
import { figure } from "../text/format";
import { t, word } from "../text/text";
import { comparison } from "./changes";
import { schemaFields } from "./schema-form";

/** What is drawn, not typed. */
const DRAWN = new Set(["name", "from_px", "to_px", "from_m", "to_m", "corners_px", "corners_m", "holes_px", "holes_m"]);

/** The lines and zones by name, with their sizes on the ground. */
export function placeList(editor: ShapeEditor, survey: SurveyInfo | null): TemplateResult {
  if (!editor.shapes.length)
    return html`<div><h2>${t("setup.empty.title")}</h2><p class="quiet">${t("setup.empty.words")}</p></div>`;
  return html`<div><h2>${t("setup.places")}</h2><ul class="picks">${editor.shapes.map((each, index) => {
    const measured = survey?.shapes[index];
    const size = each.kind === "zone" ? measured?.area_m2 : measured?.length_m;
    return html`<li><button type="button" aria-pressed=${each.id === editor.selected ? "true" : "false"}
        @click=${() => editor.select(each.id, 0)}>${each.name}</button>
      <small>${word("setup_kind", each.kind)}${size ? html`, ${figure(size)} ${each.kind === "zone" ? "m²" : "m"}` : nothing}</small></li>`;
  })}</ul></div>`;
}

/** What is known of a place besides its shape. */
export interface PlaceFacts {
  schema: Schema;
  survey: SurveyInfo | null;
  charts: readonly SignalChart[];
}

/** The settings of the chosen line or zone, with what it measures now. */
export function placeForm(editor: ShapeEditor, shape: Shape, { schema, survey, charts }: PlaceFacts): TemplateResult {
  const node = schema.$defs?.[shape.kind === "line" ? "LineSettings" : "ZoneSettings"] ?? {};
  const change = (path: JsonPath, value: unknown) =>
    editor.set(shape.id, (each) => ({ ...each, rest: (withValue(each.rest, path, value) ?? {}) as Shape["rest"] }));
  const rename = ({ target }: Event) => {
    const name = (target as HTMLInputElement).value.trim();
    if (name) editor.set(shape.id, (each) => ({ ...each, name }));
  };
  const number = numberOf(charts, shape.name, now() / 1000);
  return html`<form class="fields" aria-label=${shape.name} @submit=${(event: Event) => event.preventDefault()}>
    <p class="preview">${number || html`<span class="unobserved">${t("setup.no_number")}</span>`}
      ${number ? html`<small>${doubtOf(charts, shape.name)}</small>` : nothing}</p>
    <label>${t("setup.name")}<input maxlength="30" .value=${shape.name} @change=${rename} /></label>
    <label class="check"><input type="checkbox" .checked=${shape.metric} ?disabled=${!survey?.calibrated || shape.holes.length > 0}
      @change=${() => editor.set(shape.id, (each) => ({ ...each, metric: !each.metric, stored: null }))} />${t("setup.metric")}</label>
    <small>${survey?.calibrated ? t("setup.metric_hint") : t("setup.metric_off")}</small>
    <details class="section"><summary>${t("setup.more")}</summary>
      <div class="fields">${schemaFields({ root: schema, skip: DRAWN, change }, node, shape.rest)}</div></details>
  </form>`;
}

/** What saving would change. */
export function comparedPlaces(
  { changes }: Comparison,
  wrong: string,
  apply: () => void,
  back: () => void,
): TemplateResult {
  return html`${comparison(changes, { busy: false, words: t("setup.apply"), apply, back })}<p class="wrong" role="alert">${wrong}</p>`;
}

/** Both versions of what somebody else has changed meanwhile. */
export function conflictOf(mine: PlacesBody, theirs: PlacesBody, take: () => void, keep: () => void): TemplateResult {
  return html`<h2>${t("conflict.title")}</h2><p>${t("conflict.words")}</p>
    <div class="scrolls" tabindex="0" role="region" aria-label=${t("conflict.title")}><table class="changes">
      <thead><tr><th>${t("setup.name")}</th><th>${t("conflict.mine")}</th><th>${t("conflict.theirs")}</th></tr></thead>
      <tbody>${versions(mine, theirs).map(
        ({ name, mine: one, theirs: other }) => html`<tr><td><strong>${name}</strong></td>
          <td><code>${one || t("changes.absent")}</code></td><td><code>${other || t("changes.absent")}</code></td></tr>`,
      )}</tbody></table></div>
    <div class="line"><button type="button" @click=${take}>${t("conflict.take")}</button>
      <button type="button" @click=${keep}>${t("conflict.keep")}</button></div>`;
}
