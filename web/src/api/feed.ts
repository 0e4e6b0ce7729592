import { ask } from "./client";

const AGAIN_MS = 2000;

/** One event of a stream: its name, and its data as it was sent. */
interface Passed {
  name: string;
  data: string;
}

/** What one tab sends the others: an event, or the question how everything is now. */
type Message = { event: Passed } | { whole: true };

/** What a feed needs of its owner. */
interface Owner {
  /** Called when the stream broke off in this tab. */
  broken: () => void;
  /** How everything is now, as an event; null: not known. */
  whole: () => { name: string; data: unknown } | null;
}

/**
 * Server-sent events for all tabs of a browser by one connection: browsers open few of them to one server. The tab that
 * holds the lock has the connection and passes each event on. When it closes, the next tab gets the lock and connects;
 * so does the next one when the connection breaks off, until one works again. Without locks each tab has its own.
 */
export class Feed {
  #source: EventSource | null = null;
  #channel: BroadcastChannel | null = null;
  #release: (() => void) | null = null;
  #waiting: AbortController | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #path: string;
  readonly #events: Record<string, (data: unknown) => void>;
  readonly #owner: Owner;

  constructor(path: string, events: Record<string, (data: unknown) => void>, owner: Owner) {
    this.#path = path;
    this.#events = events;
    this.#owner = owner;
  }

  /** Begin to listen; only tabs of the same account share a connection. */
  open(account: string): void {
    if (this.#channel) return;
    const name = `passerby ${this.#path} ${account}`;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<Message>) => this.#take(data);
    this.#post({ whole: true });
    this.#queue(name);
  }

  close(): void {
    clearTimeout(this.#again);
    this.#leave();
    this.#channel?.close();
    this.#channel = null;
  }

  /** Wait for the lock, and connect. */
  #queue(name: string): void {
    if (!navigator.locks) return this.#connect(name);
    const waiting = new AbortController();
    this.#waiting = waiting;
    const held = navigator.locks.request(name, { signal: waiting.signal }, () => {
      if (waiting.signal.aborted) return undefined;
      this.#connect(name);
      return new Promise<void>((resolve) => {
        this.#release = resolve;
      });
    });
    held.catch(() => {}); // it was no longer wanted
  }

  #connect(name: string): void {
    const source = new EventSource(this.#path);
    this.#source = source;
    for (const event of Object.keys(this.#events)) {
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        this.#hear({ name: event, data });
        this.#post({ event: { name: event, data } });
      });
    }
    source.onerror = () => {
      this.#leave();
      this.#owner.broken();
      this.#again = setTimeout(() => this.#retry(name), AGAIN_MS);
    };
  }

  /** A session that ended is renewed by the question; a gateway that is away is asked again later. */
  async #retry(name: string): Promise<void> {
    try {
      await ask("GET /api/session");
      if (this.#channel) this.#queue(name);
    } catch {
      this.#again = setTimeout(() => this.#retry(name), AGAIN_MS);
    }
  }

  /** End the connection, and let another tab have the lock. */
  #leave(): void {
    this.#source?.close();
    this.#source = null;
    this.#waiting?.abort();
    this.#waiting = null;
    this.#release?.();
    this.#release = null;
  }

  #take(message: Message): void {
    if ("event" in message) return this.#hear(message.event);
    const whole = this.#source && this.#owner.whole();
    if (whole) this.#post({ event: { name: whole.name, data: JSON.stringify(whole.data) } });
  }

  #hear({ name, data }: Passed): void {
    this.#events[name]?.(JSON.parse(data));
  }

  #post(message: Message): void {
    this.#channel?.postMessage(message);
  }
}
