import { Refusal } from "./api.js";
import { make } from "./dom.js";
import * as mse from "./mse.js";
import * as webcodecs from "./webcodecs.js";
import * as whep from "./whep.js";

const WAYS = { webcodecs, whep, mse };
const SILENT_MS = 3000;
const SLOWEST_RETRY_MS = 8000;

/** The players that this browser supports, best first. */
export const ways = () => Object.keys(WAYS).filter((name) => WAYS[name].usable());

/**
 * Shows one covered stream while it is on the page and in view, and a message if it cannot.
 * `addresses` requests new addresses from the gateway; a player without an address is skipped.
 * `seen` is called with each picture shown, and with null if there is none.
 */
export class Screen {
  constructor(addresses, { seen = () => {}, status = () => null } = {}) {
    this.reason = make("span");
    this.silent = make("div", { className: "silent" }, make("strong", {}, "Connecting"), this.reason);
    this.element = make("div", { className: "screen" }, this.silent);
    this.addresses = addresses;
    this.seen = seen;
    this.status = status;
    this.way = null;
    this.tries = 0;
    this.failures = 0;
    this.inView = false;
    this.watcher = new IntersectionObserver((entries) => this.#see(entries.at(-1).isIntersecting), { rootMargin: "100px" });
    this.watcher.observe(this.element);
    this.onVisibility = () => this.#decide();
    document.addEventListener("visibilitychange", this.onVisibility);
  }

  /** Stop permanently. */
  close() {
    this.closed = true;
    this.watcher.disconnect();
    document.removeEventListener("visibilitychange", this.onVisibility);
    this.#decide();
  }

  /** Use only one player; null = the best that works. */
  use(way) {
    this.way = way;
    this.tries = this.failures = 0;
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
    const turn = (this.turn = { stop: () => {}, shown: false });
    const current = () => this.turn === turn;
    const failed = (reason) => {
      if (!current()) return;
      if (!turn.shown) this.failures += 1;
      this.#lost(reason);
    };
    try {
      const addresses = await this.addresses();
      if (!current()) return;
      const found = ways().filter((name) => WAYS[name].needs in addresses);
      if (!found.length) throw new Refusal(0, "this browser cannot play these streams");
      turn.way = WAYS[this.way ?? found[this.failures % found.length]];
      const seen = (picture) => current() && this.#picture(picture);
      turn.stop = turn.way.play(this.element, addresses, { seen, lost: failed, status: this.status }).stop;
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
    this.turn.shown = true;
    this.silent.hidden = true;
    this.#watch();
    this.seen(picture);
  }

  #watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.turn.shown && this.turn.way.mayBeSwallowed) this.failures += 1;
      this.#lost("no picture for 3 s");
    }, SILENT_MS);
  }

  #lost(reason) {
    this.#stop();
    this.silent.hidden = false;
    this.silent.firstChild.textContent = "No live picture";
    this.reason.textContent = this.status()?.detail || reason;
    this.seen(null);
    const wait = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** this.tries++);
    this.turn = { stop: () => {} };
    this.timer = setTimeout(() => {
      this.turn = null;
      this.#decide();
    }, wait);
  }
}
