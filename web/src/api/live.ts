import { sorted } from "./alert-order";
import { ask } from "./client";
import type { AlertInfo, Camera, GroupInfo } from "./schema";

const AGAIN_MS = 2000;

/** A connection of server-sent events that opens again by itself, and is closed while nobody looks. */
class Feed {
  #source: EventSource | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #path: string;
  readonly #events: Record<string, (data: unknown) => void>;
  readonly #broken: () => void;

  constructor(path: string, events: Record<string, (data: unknown) => void>, broken: () => void) {
    this.#path = path;
    this.#events = events;
    this.#broken = broken;
  }

  open(): void {
    if (this.#source) return;
    const source = new EventSource(this.#path);
    this.#source = source;
    for (const [name, heard] of Object.entries(this.#events)) {
      source.addEventListener(name, ({ data }: MessageEvent<string>) => heard(JSON.parse(data)));
    }
    source.onerror = () => {
      this.close();
      this.#broken();
      this.#again = setTimeout(() => this.#retry(), AGAIN_MS);
    };
  }

  /** A session that ended is renewed by the question; a gateway that is away is asked again later. */
  async #retry(): Promise<void> {
    try {
      await ask("GET /api/session");
      this.open();
    } catch {
      this.#again = setTimeout(() => this.#retry(), AGAIN_MS);
    }
  }

  close(): void {
    clearTimeout(this.#again);
    this.#source?.close();
    this.#source = null;
  }
}

/** What the site has, as far as the person may see it. */
interface Known {
  alerts: boolean;
  groups: GroupInfo[];
  signals: boolean;
  recordings: boolean;
}

/** The gateway's state as the console last heard it. An event "change" follows each piece of news. */
export class Live extends EventTarget {
  /** In the site file's order; null before the first news. */
  cameras: Camera[] | null = null;
  /** Alerts that are open, the newest first; null: not known, or not in view. */
  alerts: AlertInfo[] | null = null;
  /** Groups of cameras, by name. */
  groups: GroupInfo[] = [];
  /** The site measures something that the person may see. */
  signals = false;
  /** The site has recordings that the person may see. */
  recordings = false;
  /** The gateway answers. */
  connected = true;
  readonly #cameras: Feed;
  readonly #alerts: Feed;
  #seesAlerts = false;

  constructor() {
    super();
    const broken = () => this.#set({ connected: false });
    this.#cameras = new Feed(
      "/api/events",
      {
        cameras: (data) => this.#set({ cameras: data as Camera[], connected: true }),
        camera: (data) => this.#hearCamera(data as Camera),
      },
      broken,
    );
    this.#alerts = new Feed(
      "/api/alerts/stream",
      {
        alerts: (data) => this.#set({ alerts: sorted(data as AlertInfo[]) }),
        alert: (data) => this.#hearAlert(data as AlertInfo),
      },
      () => {},
    );
    document.addEventListener("visibilitychange", () => this.#decide());
  }

  /** Begin to listen; alerts only if the person may see them and the site has some. */
  begin({ alerts, groups, signals, recordings }: Known): void {
    this.#seesAlerts = alerts;
    this.groups = groups;
    this.signals = signals;
    this.recordings = recordings;
    this.#cameras.open();
    if (alerts) this.#alerts.open();
  }

  end(): void {
    this.#cameras.close();
    this.#alerts.close();
    this.cameras = this.alerts = null;
  }

  /** Browsers allow few connections to one server: a page that nobody sees keeps only that of the alerts. */
  #decide(): void {
    if (this.cameras === null) return;
    if (document.visibilityState === "hidden") this.#cameras.close();
    else this.#cameras.open();
    if (this.#seesAlerts) this.#alerts.open();
  }

  #hearCamera(one: Camera): void {
    const cameras = (this.cameras ?? []).map((camera) => (camera.name === one.name ? one : camera));
    this.#set({ cameras, connected: true });
  }

  #hearAlert(one: AlertInfo): void {
    const others = (this.alerts ?? []).filter(({ alert }) => alert !== one.alert);
    this.#set({ alerts: sorted(one.state === "resolved" ? others : [one, ...others]) });
    this.dispatchEvent(new CustomEvent("alert", { detail: one }));
  }

  #set(news: Partial<Pick<Live, "cameras" | "alerts" | "connected">>): void {
    Object.assign(this, news);
    this.dispatchEvent(new Event("change"));
  }
}

/** The one stream of news of this page. */
export const live = new Live();
