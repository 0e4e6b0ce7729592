import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { Refusal } from "../api/client";
import { RecordedPlayer } from "../play/recorded";
import { preciseTime } from "../text/format";
import { t } from "../text/text";
import { Part } from "./part";

/** A small picture of a moment, s since 1970. */
export interface Preview {
  at: number;
  picture: ImageBitmap;
}

/** What a pane shows instead of a picture. */
type Silence = "" | "loading" | "absent" | "away" | "failed";

/** The covered picture of one camera at a moment: a small one while somebody drags, the recording itself otherwise. */
@customElement("pb-recorded")
export class RecordedPart extends Part {
  @property() camera = "";
  /** The moment, s since 1970. */
  @property({ type: Number }) moment = Number.NaN;
  /** Whether somebody is dragging: then previews are shown. */
  @property({ type: Boolean }) dragging = false;
  @property({ attribute: false }) previews: readonly Preview[] | null = null;
  /** How far apart previews are, s. */
  @property({ type: Number }) apart = 0;
  @property({ type: Boolean }) playing = false;
  @state() private silence: Silence = "loading";
  @state() private reason = "";
  @state() private at = Number.NaN;
  #player: RecordedPlayer | null = null;
  #settling: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#settling);
    this.#player?.close();
    this.#player = null;
  }

  /** Step so many pictures and return nothing; `shown` follows. */
  step(count: number): void {
    this.#player?.step(count);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("camera")) this.#open();
    if (this.dragging) {
      clearTimeout(this.#settling);
      return;
    }
    const isNew = changed.has("moment") && Math.abs(this.moment - (this.#player?.at ?? Number.NaN)) > 0.001;
    const isOver = changed.has("dragging") && changed.get("dragging");
    if ((isNew || isOver || changed.has("camera")) && !this.playing) this.#settle();
    if (changed.has("playing")) this.playing ? this.#player?.play() : this.#player?.pause();
  }

  #open(): void {
    this.#player?.close();
    const tell = (name: string, detail?: number) => this.dispatchEvent(new CustomEvent(name, { detail }));
    this.silence = "loading";
    this.#player = new RecordedPlayer(this.camera, {
      loading: () => this.#say("loading", ""),
      shown: (at) => {
        this.at = at;
        this.silence = "";
        tell("shown", at);
      },
      absent: () => this.#say("absent", ""),
      failed: (error) => this.#say(error instanceof Refusal ? "failed" : "away", (error as Error).message),
      ended: () => tell("ended"),
    });
  }

  #say(silence: Silence, reason: string): void {
    this.at = Number.NaN;
    [this.silence, this.reason] = [silence, reason];
  }

  /** Show the moment itself as soon as it does not change any more. */
  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#player?.seek(this.moment), 120);
  }

  protected override render(): TemplateResult {
    const preview = this.#preview();
    const shown = this.dragging ? (preview?.at ?? Number.NaN) : this.at;
    const silence = this.dragging ? (preview ? "" : this.previews ? "absent" : "loading") : this.silence;
    return html`<figure class="recorded">
      <div class="screen" role="img" aria-label=${t("recorded.picture", { name: this.camera })}>
        ${this.#player?.element ?? nothing}
        <canvas class="preview" ?hidden=${!this.dragging || !preview}></canvas>
        ${silence ? this.#silent(silence) : nothing}
      </div>
      <figcaption class="caption"><h2>${this.camera}</h2>
        <span class="delay">${Number.isNaN(shown) ? nothing : preciseTime(1000 * shown)}</span></figcaption>
    </figure>`;
  }

  #silent(silence: Silence): TemplateResult {
    const words = {
      loading: t("loading"),
      absent: t("cover.absent"),
      away: t("lost.gateway"),
      failed: t("failed.title"),
    }[silence || "loading"];
    return html`<div class="silent"><strong>${words}</strong>
      ${silence === "away" ? html`<span>${t("recorded.again")}</span>` : nothing}
      ${silence === "failed" ? html`<span>${this.reason}</span>` : nothing}</div>`;
  }

  protected override updated(): void {
    const preview = this.#preview();
    const canvas = this.querySelector<HTMLCanvasElement>("canvas.preview");
    if (!this.dragging || !preview || !canvas) return;
    const { picture } = preview;
    if (canvas.width !== picture.width) [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
  }

  /** The preview that is nearest to the moment. */
  #preview(): Preview | null {
    const distance = (each: Preview) => Math.abs(each.at - this.moment);
    const found = (this.previews ?? []).reduce<Preview | null>(
      (best, each) => (best === null || distance(each) < distance(best) ? each : best),
      null,
    );
    return found && distance(found) <= Math.max(this.apart * 1.5, 2) ? found : null;
  }
}
