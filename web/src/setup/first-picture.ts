import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { sendFor } from "../api/client";
import type { PictureOrder } from "../api/schema";
import { Part } from "../parts/part";
import { t } from "../text/text";

/** Shows a covered picture of a camera that is not added yet; the gateway covers it in a process apart. */
@customElement("pb-first-picture")
export class FirstPicture extends Part {
  @property({ attribute: false }) order: PictureOrder | null = null;
  @state() private whole = "";
  @state() private stage: "asking" | "shown" | "failed" = "asking";
  @state() private wrong = "";
  #asking = new AbortController();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#asking.abort();
  }

  protected override firstUpdated(): void {
    if (this.order) void this.#ask(this.order);
  }

  protected override render(): TemplateResult {
    return html`<canvas class="first-picture" role="img" aria-label=${t("add.picture")} ?hidden=${this.stage !== "shown"}></canvas>
      <p role="status" class="quiet">${this.#words() || nothing}</p>`;
  }

  #words(): string {
    if (this.stage === "asking") return t("add.covering");
    if (this.stage === "failed") return t("add.no_picture", { why: this.wrong });
    return this.whole ? t("add.whole", { why: this.whole }) : t("add.covered");
  }

  async #ask(order: PictureOrder): Promise<void> {
    try {
      const answer = await sendFor("POST /api/site/probe/picture", { body: order }, this.#asking.signal);
      const picture = await createImageBitmap(await answer.blob());
      const canvas = this.querySelector("canvas");
      if (!canvas) return;
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext("2d")?.drawImage(picture, 0, 0);
      this.whole = answer.headers.get("Passerby-Covered-Whole") ?? "";
      this.stage = "shown";
    } catch (error) {
      if (this.#asking.signal.aborted) return;
      this.wrong = (error as Error).message;
      this.stage = "failed";
    }
  }
}
