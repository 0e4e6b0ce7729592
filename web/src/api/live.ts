import { sorted } from "./alert-order";
import { Feed } from "./feed";
import type { AlertInfo, Camera, GroupInfo } from "./schema";

/** What a person may hear of. */
interface Beginning {
  account: string;
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
  /** The site has alerts that the person may see, whether or not they are known yet. */
  hasAlerts = false;
  /** The site measures something that the person may see. */
  signals = false;
  /** The site has recordings that the person may see. */
  recordings = false;
  /** The gateway answers. */
  connected = true;
  readonly #cameras: Feed;
  readonly #alerts: Feed;
  #account = "";

  constructor() {
    super();
    const broken = () => this.#set({ connected: false });
    this.#cameras = new Feed(
      "/api/events",
      {
        cameras: (data) => this.#set({ cameras: data as Camera[], connected: true }),
        camera: (data) => this.#hearCamera(data as Camera),
      },
      { broken, whole: () => this.cameras && { name: "cameras", data: this.cameras } },
    );
    this.#alerts = new Feed(
      "/api/alerts/stream",
      {
        alerts: (data) => this.#set({ alerts: sorted(data as AlertInfo[]) }),
        alert: (data) => this.#hearAlert(data as AlertInfo),
      },
      { broken: () => {}, whole: () => this.alerts && { name: "alerts", data: this.alerts } },
    );
    document.addEventListener("visibilitychange", () => this.#decide());
  }

  /** Ask for the cameras already, while it is not known yet what else there is. */
  open(account: string): void {
    this.#account = account;
    this.#cameras.open(account);
  }

  /** Begin to listen, as somebody; alerts only if the person may see them and the site has some. */
  begin({ account, alerts, groups, signals, recordings }: Beginning): void {
    this.hasAlerts = alerts;
    this.groups = groups;
    this.signals = signals;
    this.recordings = recordings;
    this.open(account);
    if (alerts) this.#alerts.open(account);
  }

  end(): void {
    this.#cameras.close();
    this.#alerts.close();
    this.cameras = this.alerts = null;
  }

  /** A page that nobody sees leaves the news of cameras to those that somebody sees. */
  #decide(): void {
    if (this.cameras === null) return;
    if (document.visibilityState === "hidden") this.#cameras.close();
    else this.#cameras.open(this.#account);
    if (this.hasAlerts) this.#alerts.open(this.#account);
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
