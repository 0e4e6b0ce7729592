import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { PlanInfo } from "../api/schema";
import type { Pair } from "../setup/calibration";
import type { Point, Size } from "../setup/geometry";
import { fromPlan, onPlan } from "../setup/plan-scale";
import { t } from "../text/text";
import { Part } from "./part";

/** A point was placed on the plan: its metres on the ground. */
export type PlacedOnPlan = CustomEvent<Point>;

/** The picture of a floor plan with the known points of a camera; whoever presses on it says where the chosen one lies. */
@customElement("pb-plan-marks")
export class PlanMarks extends Part {
  @property({ attribute: false }) plan: PlanInfo | null = null;
  @property({ attribute: false }) pairs: readonly Pair[] = [];
  @property({ type: Number }) chosen = 0;
  @state() private size: Size | null = null;
  #measured = "";

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const name = this.plan?.plan ?? "";
    if (name === this.#measured) return;
    this.#measured = name;
    this.size = null;
    if (name) this.#measure(name);
  }

  async #measure(name: string): Promise<void> {
    const picture = new Image();
    picture.src = pictureOf(name);
    try {
      await picture.decode();
      if (this.#measured === name) this.size = [picture.naturalWidth, picture.naturalHeight];
    } catch {
      this.size = null; // the map says what is wrong with the picture
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { plan, size } = this;
    if (!plan || !size) return nothing;
    const [width, height] = size;
    const unit = Math.max(width, height) / 60;
    const mark = ({ ground_m }: Pair, index: number) => {
      const [x, y] = onPlan(ground_m, plan);
      return svg`<g class=${index === this.chosen ? "chosen" : ""}><circle cx=${x} cy=${y} r=${unit}></circle>
        <text x=${x} y=${y + unit / 2.5} font-size=${1.2 * unit}>${index + 1}</text></g>`;
    };
    return html`<figure class="plan-marks"><figcaption>${t("calibrate.on_plan", { n: this.chosen + 1 })}</figcaption>
      <svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${t("calibrate.plan_points", { plan: plan.plan })} @click=${this.#place}>
        ${svg`<image href=${pictureOf(plan.plan)} width=${width} height=${height}></image>${this.pairs.map(mark)}`}</svg></figure>`;
  }

  #place(event: MouseEvent): void {
    const area = event.currentTarget as SVGSVGElement;
    const matrix = area.getScreenCTM()?.inverse();
    if (!matrix || !this.plan) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    this.dispatchEvent(new CustomEvent<Point>("placed", { detail: fromPlan([x, y], this.plan) }));
  }
}

const pictureOf = (plan: string): string => `/api/plans/${encodeURIComponent(plan)}/picture`;
