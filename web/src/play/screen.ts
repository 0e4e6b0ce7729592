import { Refusal } from "../api/client";
import { t } from "../text/text";
import { mse } from "./mse";
import type { Addresses, Picture, Player, Watched } from "./player";
import { webcodecs } from "./webcodecs";
import { whep } from "./whep";

const WAYS = { webcodecs, whep, mse };
const SILENT_MS = 3000;
const SLOWEST_RETRY_MS = 8000;

/** A way to play a stream. */
export type Way = keyof typeof WAYS;

/** The players that this browser supports, best first. */
export const ways = (): Way[] => (Object.keys(WAYS) as Way[]).filter((name) => WAYS[name].usable());

/** What follows a screen. */
export interface Follower {
  /** Called with each picture shown, and with null if there is none. */
  seen(picture: Picture | null): void;
  status?(): Watched | null;
}

interface Turn {
  stop(): void;
  shown: boolean;
  player: Player | null;
}

/**
 * Shows one covered stream while it is on the page and in view, and a message if it cannot.
 * `addresses` requests new addresses from the gateway; a player without an address is skipped.
 */
export class Screen {
  readonly element: HTMLElement;
  readonly #silent: HTMLElement;
  readonly #heading: HTMLElement;
  readonly #reason: HTMLElement;
  readonly #addresses: () => Promise<Addresses>;
  readonly #follower: Follower;
  readonly #watcher: IntersectionObserver;
  readonly #onVisibility = () => this.#decide();
  #way: Way | null = null;
  #tries = 0;
  #failures = 0;
  #inView = false;
  #closed = false;
  #allowed = true;
  #turn: Turn | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(addresses: () => Promise<Addresses>, follower: Follower) {
    this.#addresses = addresses;
    this.#follower = follower;
    this.#heading = document.createElement("strong");
    this.#heading.textContent = t("screen.connecting");
    this.#reason = document.createElement("span");
    this.#silent = document.createElement("div");
    this.#silent.className = "silent";
    this.#silent.append(this.#heading, this.#reason);
    this.element = document.createElement("div");
    this.element.className = "screen";
    this.element.append(this.#silent);
    this.#watcher = new IntersectionObserver((entries) => this.#see(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: "100px",
    });
    this.#watcher.observe(this.element);
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  /** Stop permanently. */
  close(): void {
    this.#closed = true;
    this.#watcher.disconnect();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#decide();
  }

  /** Play, or play nothing until it is allowed again. */
  allow(allowed: boolean): void {
    if (allowed === this.#allowed) return;
    this.#allowed = allowed;
    this.#decide();
  }

  /** Use only one player; null = the best that works. */
  use(way: Way | null): void {
    this.#way = way;
    this.#tries = 0;
    this.#failures = 0;
    this.#stop();
    this.#decide();
  }

  #see(inView: boolean): void {
    this.#inView = inView;
    this.#decide();
  }

  #decide(): void {
    const wanted = !this.#closed && this.#allowed && this.#inView && document.visibilityState === "visible";
    if (wanted && !this.#turn) this.#start();
    if (!wanted) this.#stop();
  }

  async #start(): Promise<void> {
    const turn: Turn = { stop: () => {}, shown: false, player: null };
    this.#turn = turn;
    const current = () => this.#turn === turn;
    const failed = (reason: string) => {
      if (!current()) return;
      if (!turn.shown) this.#failures += 1;
      this.#lost(reason);
    };
    try {
      const addresses = await this.#addresses();
      if (!current()) return;
      const found = ways().filter((name) => WAYS[name].needs in addresses);
      const chosen = this.#way ?? found[this.#failures % Math.max(1, found.length)];
      if (!chosen) throw new Refusal(0, t("lost.no_way"));
      const player = WAYS[chosen];
      turn.player = player;
      const address = (addresses as Record<string, unknown>)[player.needs] as string;
      const seen = (picture: Picture) => current() && this.#show(picture, turn);
      const status = () => this.#follower.status?.() ?? null;
      turn.stop = player.play(this.element, address, { seen, lost: failed, status }).stop;
      this.#watch(turn);
    } catch (error) {
      if (current()) this.#lost(error instanceof Refusal ? error.message : t("lost.gateway"));
    }
  }

  #stop(): void {
    const turn = this.#turn;
    this.#turn = null;
    clearTimeout(this.#timer);
    turn?.stop();
  }

  #show(picture: Picture, turn: Turn): void {
    this.#tries = 0;
    turn.shown = true;
    this.#silent.hidden = true;
    this.#watch(turn);
    this.#follower.seen(picture);
  }

  #watch(turn: Turn): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!turn.shown && turn.player?.mayBeSwallowed) this.#failures += 1;
      this.#lost(t("lost.silent"));
    }, SILENT_MS);
  }

  #lost(reason: string): void {
    this.#stop();
    this.#silent.hidden = false;
    this.#heading.textContent = t("screen.lost");
    this.#reason.textContent = this.#follower.status?.()?.detail || reason;
    this.#follower.seen(null);
    const wait = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** this.#tries);
    this.#tries += 1;
    this.#turn = { stop: () => {}, shown: false, player: null };
    this.#timer = setTimeout(() => {
      this.#turn = null;
      this.#decide();
    }, wait);
  }
}
