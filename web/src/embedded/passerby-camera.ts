import { setTimezone } from "../api/clock";
import type { EmbeddedCamera, StreamName } from "../api/schema";
import { Badge } from "../parts/badge";
import type { Picture } from "../play/player";
import { Screen } from "../play/screen";
import { chooseLanguage, speak, t } from "../text/text";
import { Gateway } from "./gateway";
import { appearance, isRefused } from "./state";
import css from "./style.css?inline";

const NEWS_MS = 2000;
const REFUSED_MS = 15_000;
const TICK_MS = 500;
const ATTRIBUTES = ["camera", "ticket", "gateway", "stream"] as const;
/** The file comes from the gateway, so the gateway is where the file comes from. */
const OWN = new URL(import.meta.url).origin;

const made = (tag: string, name: string): HTMLElement =>
  Object.assign(document.createElement(tag), { className: name });

/**
 * One covered camera in a page of another origin: `<passerby-camera camera="door" ticket="…">`. The page's origin must be
 * listed in the site file, and the ticket opens this one camera. It is a card of Home Assistant as well.
 */
export class PasserbyCamera extends HTMLElement {
  static readonly observedAttributes = ATTRIBUTES;
  readonly #root = this.attachShadow({ mode: "open" });
  #end: (() => void) | null = null;

  connectedCallback(): void {
    speak(chooseLanguage(this.lang || document.documentElement.lang.slice(0, 2) || null, navigator.languages));
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#end?.();
    this.#end = null;
  }

  attributeChangedCallback(): void {
    if (this.isConnected && this.#end) this.#begin();
  }

  /** Take the settings of a card of Home Assistant. */
  setConfig(config: Partial<Record<(typeof ATTRIBUTES)[number], unknown>>): void {
    for (const name of ATTRIBUTES) {
      if (typeof config[name] === "string") this.setAttribute(name, config[name]);
    }
    if (!this.getAttribute("camera") || !this.getAttribute("ticket")) throw new Error(t("embedded.unset"));
  }

  /** Height of the card, in units of Home Assistant. */
  getCardSize(): number {
    return 5;
  }

  #begin(): void {
    this.#end?.();
    const style = new CSSStyleSheet();
    style.replaceSync(css);
    this.#root.adoptedStyleSheets = [style];
    const [camera, ticket] = [this.getAttribute("camera"), this.getAttribute("ticket")];
    if (!camera || !ticket) {
      const words = made("p", "note");
      words.textContent = t("embedded.unset");
      this.#root.replaceChildren(words);
      this.#end = () => {};
      return;
    }
    const stream: StreamName = this.getAttribute("stream") === "wall" ? "wall" : "full";
    const shown = new Show(camera, new Gateway(this.getAttribute("gateway") || OWN, camera, ticket), stream);
    this.#root.replaceChildren(shown.element);
    this.#end = () => shown.close();
  }
}

/** The picture of one camera, its news, and what is said about both, until it is closed. */
class Show {
  readonly element = made("figure", "camera");
  readonly #gateway: Gateway;
  readonly #badge: Badge;
  readonly #screen: Screen;
  readonly #veil = made("div", "veil");
  readonly #note = made("p", "note");
  #camera: EmbeddedCamera | null = null;
  #failure: unknown = null;
  /** The gateway's clock is ahead of this one by so much, ms. */
  #aheadMs = 0;
  #ageMs: number | null = null;
  #seenAt: number | null = null;
  #asking: ReturnType<typeof setTimeout> | undefined;
  readonly #ticking = setInterval(() => this.#draw(), TICK_MS);
  #closed = false;

  constructor(name: string, gateway: Gateway, stream: StreamName) {
    this.#gateway = gateway;
    this.#badge = new Badge(() => this.#camera ?? undefined);
    this.#screen = new Screen(() => gateway.stream(stream), {
      seen: (picture) => this.#see(picture),
      status: () => this.#camera,
    });
    const caption = made("figcaption", "caption");
    const title = made("strong", "name");
    title.textContent = name;
    const full = made("button", "full") as HTMLButtonElement;
    full.type = "button";
    full.textContent = t("embedded.full");
    full.addEventListener("click", () => this.#toggleFull());
    caption.append(title, this.#badge.mark, this.#badge.delay, full);
    this.#note.setAttribute("role", "status");
    this.#screen.element.append(this.#veil);
    this.element.append(this.#screen.element, caption, this.#note);
    this.#ask();
    this.#draw();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#asking);
    clearInterval(this.#ticking);
    this.#screen.close();
  }

  async #ask(): Promise<void> {
    const sent = performance.now();
    try {
      const camera = await this.#gateway.camera();
      const here = performance.timeOrigin + (sent + performance.now()) / 2;
      this.#aheadMs = camera.time_ms - here;
      setTimezone(camera.timezone);
      [this.#camera, this.#failure] = [camera, null];
    } catch (error) {
      this.#failure = error;
    }
    if (this.#closed) return;
    this.#badge.update();
    this.#draw();
    this.#asking = setTimeout(() => this.#ask(), isRefused(this.#failure) ? REFUSED_MS : NEWS_MS);
  }

  /** Follow a picture; its age is told by the gateway's clock, which this page does not share. */
  #see(picture: Picture | null): void {
    const adjusted = picture && { ...picture, delay: picture.delay + this.#aheadMs };
    if (adjusted) {
      this.#ageMs = adjusted.delay;
      this.#seenAt = performance.now();
    } else this.#ageMs = null;
    this.#badge.show(adjusted);
    if (!adjusted) this.#draw();
  }

  #draw(): void {
    const lostMs = this.#seenAt === null ? null : performance.now() - this.#seenAt;
    const { mode, heading, words } = appearance({
      camera: this.#camera,
      failure: this.#failure,
      ageMs: this.#ageMs,
      lostMs,
    });
    if (this.element.dataset.mode !== mode) this.element.dataset.mode = mode;
    this.#screen.allow(mode !== "off");
    if (mode === "off") this.#ageMs = null;
    this.#veil.textContent = heading;
    this.#veil.hidden = !heading;
    if (this.#note.textContent !== words) this.#note.textContent = words;
  }

  #toggleFull(): void {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.element.requestFullscreen();
  }
}

if (!customElements.get("passerby-camera")) customElements.define("passerby-camera", PasserbyCamera);
