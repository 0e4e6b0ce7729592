import { Refusal, streamAddress } from "./api.js";
import { make } from "./dom.js";
import * as webcodecs from "./webcodecs.js";

const WAYS = { webcodecs };
const SILENT_MS = 3000;
const SLOWEST_RETRY_MS = 8000;

/** The ways of playing that this browser has, best first. */
export const ways = () => Object.keys(WAYS).filter((name) => WAYS[name].usable());

/**
 * A screen that shows one covered stream while it is on the page and in view, and says so when it cannot.
 * `seen` is called with each picture shown, with null when there is none.
 */
export class Screen {
  constructor(camera, stream, { seen = () => {}, way = null } = {}) {
    this.reason = make("span");
    this.silent = make("div", { className: "silent" }, make("strong", {}, "Connecting"), this.reason);
    this.element = make("div", { className: "screen" }, this.silent);
    this.camera = camera;
    this.stream = stream;
    this.seen = seen;
    this.way = way;
    this.tries = 0;
    this.inView = false;
    this.watcher = new IntersectionObserver((entries) => this.#see(entries.at(-1).isIntersecting), { rootMargin: "100px" });
    this.watcher.observe(this.element);
    this.onVisibility = () => this.#decide();
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  /** Stop for good. */
  close() {
    this.closed = true;
    this.watcher.disconnect();
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.#decide();
  }

  /** Play in another way. */
  use(way) {
    this.way = way;
    this.#stop();
    this.#decide();
  }

  #see(inView) {
    this.inView = inView;
    this.#decide();
  }

  #decide() {
    const wanted = !this.closed && this.inView && document.visibilityState === "visible";
    if (wanted && !this.turn) this.#start();
    if (!wanted) this.#stop();
  }

  async #start() {
    const turn = (this.turn = { stop: () => {} });
    const current = () => this.turn === turn;
    try {
      const way = WAYS[this.way ?? ways()[0]];
      if (!way) throw new Refusal(0, "this browser can play none of our streams");
      const addresses = await streamAddress(this.camera, this.stream);
      if (!current()) return;
      turn.stop = way.play(this.element, addresses, {
        seen: (picture) => current() && this.#picture(picture),
        lost: (reason) => current() && this.#lost(reason),
      });
      this.#watch();
    } catch (error) {
      if (current()) this.#lost(error instanceof Refusal ? error.message : "the gateway does not answer");
    }
  }

  #stop() {
    const turn = this.turn;
    this.turn = null;
    clearTimeout(this.timer);
    turn?.stop();
  }

  #picture(picture) {
    this.tries = 0;
    this.silent.hidden = true;
    this.#watch();
    this.seen(picture);
  }

  #watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#lost("no picture for 3 s"), SILENT_MS);
  }

  #lost(reason) {
    this.#stop();
    this.silent.hidden = false;
    this.silent.firstChild.textContent = "No live picture";
    this.reason.textContent = reason;
    this.seen(null);
    const wait = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** this.tries++);
    this.turn = { stop: () => {} };
    this.timer = setTimeout(() => {
      this.turn = null;
      this.#decide();
    }, wait);
  }
}
