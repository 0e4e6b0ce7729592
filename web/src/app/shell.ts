import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { ask, onSessionEnd, Refusal } from "../api/client";
import { synchronise } from "../api/clock";
import { live } from "../api/live";
import type { AlertInfo, Camera, GroupInfo } from "../api/schema";
import { type SecretLink, secretOf, type View } from "../app/address";
import { here, onMove } from "../app/go";
import { type IconName, icon } from "../parts/icon";
import "../parts/key-list";
import { listen, Part } from "../parts/part";
import { say } from "../parts/say";
import { empty, loading } from "../parts/states";
import { condition, summary } from "../text/condition";
import { LANGUAGES, type Language, setLanguage, spoken, t, word } from "../text/text";
import { fetchPage, pageOf } from "./pages";
import { may, meet, person, seesAll } from "./person";
import { chosenTheme, setTheme, THEMES, type Theme } from "./theme";
import "../views/first-password";
import "../views/sign-in";

const AGAIN_MS = 2000;
const CLOCK_MS = 600_000;
/** So many pages stand in the menu of a phone; the rest is behind one button. */
const ON_A_PHONE = 4;

/** What the whole page shows. */
type Stage = "starting" | "sign-in" | "link" | "console";

interface Entry {
  view: View;
  icon: IconName;
  words: string;
  address: string;
}

/** The page around all pages: who is signed in, where one can go, and how the site is doing. */
@customElement("pb-shell")
export class Shell extends Part {
  @state() private stage: Stage = "starting";
  @state() private link: SecretLink | null = null;
  /** Whether a phone shows all pages; wide windows always do. */
  @state() private opened = false;
  @state() private renewing: (() => void) | null = null;
  #before: readonly Camera[] = [];
  #title = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    this.followAddress();
    this.during(() =>
      onMove(() => {
        this.opened = false;
      }),
    );
    this.during(() => listen(live, "change", () => this.#announce()));
    this.during(() => listen(live, "alert", (event) => this.#announceAlert((event as CustomEvent<AlertInfo>).detail)));
    this.during(() => listen(window, "hashchange", () => this.#takeLink() || this.requestUpdate()));
    const clock = setInterval(() => synchronise().catch(() => {}), CLOCK_MS);
    this.during(() => () => clearInterval(clock));
    if (!this.#takeLink()) this.#begin();
  }

  /** Take the secret of a link out of the address and the history, and use it. */
  #takeLink(): boolean {
    const link = secretOf(location.hash);
    if (!link) return false;
    history.replaceState(null, "", location.pathname);
    this.link = link;
    this.stage = link.kind === "refused" ? "sign-in" : "link";
    return true;
  }

  async #begin(): Promise<void> {
    onSessionEnd(null);
    try {
      const clock = synchronise().catch(() => {}); // beside the account: each answer may take long
      const own = await meet();
      await clock;
      live.open(own.name);
      const asked = [groupsOfSite(), hasAlerts(), hasSignals(), hasRecordings()] as const;
      const [groups, alerts, signals, recordings] = await Promise.all(asked);
      live.begin({ account: own.name, alerts, groups, signals, recordings });
      onSessionEnd(() => this.#renew(own.name));
      this.link = null;
      this.stage = "console";
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.stage = "sign-in";
      else setTimeout(() => this.#begin(), AGAIN_MS);
    }
  }

  /** Sign in once more over the page, which stays as it is: what somebody is typing is not lost. */
  async #renew(name: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const before = this.renewing;
      this.renewing = () => {
        before?.();
        resolve();
      };
    });
    const own = await meet();
    if (own.name === name) return;
    location.reload();
    await new Promise(() => {}); // what one person was about to do is not sent in the name of another
  }

  #renewed(): void {
    const done = this.renewing;
    this.renewing = null;
    done?.();
  }

  protected override render(): TemplateResult {
    return html`${this.#body()}<p id="said" class="unseen" role="status" aria-live="polite"></p>`;
  }

  #body(): TemplateResult {
    if (this.stage === "starting") return html`<main id="main">${loading()}</main>`;
    if (this.stage === "sign-in") {
      const refused = this.link?.kind === "refused" ? this.link.secret : "";
      return html`${this.#bare()}<main id="main">
        <pb-sign-in .refused=${refused} @signed-in=${this.#begin}></pb-sign-in>
      </main>`;
    }
    if (this.stage === "link") {
      const { kind, secret } = this.link ?? { kind: "first", secret: "" };
      return html`${this.#bare()}<main id="main">
        <pb-first-password .secret=${secret} ?first=${kind === "first"} @signed-in=${this.#begin}></pb-first-password>
      </main>`;
    }
    const place = here();
    const page = pageOf(place);
    fetchPage(place)?.catch(() => location.reload()); // a new version of the gateway has other files
    return html`<a class="skip" href="#main" target="_self">${t("shell.skip")}</a>
      ${this.#rail(place.view)}
      <div class="body">
        <header class="bar">
          <p id="summary" class="summary">${this.#summary()}</p>
          <span class="gap"></span>${this.#preferences()}<pb-key-list></pb-key-list>
        </header>
        <main id="main" tabindex="-1">
          ${page ? page.show(place) : empty(t("absent.title"), t("absent.words"))}
        </main>
      </div>
      ${this.renewing ? this.#again() : nothing}`;
  }

  protected override updated(): void {
    const title = this.stage === "console" ? (pageOf(here())?.title(here()) ?? t("absent.title")) : t("sign.title");
    const waiting = (live.alerts ?? []).filter(({ state }) => state === "raised").length;
    document.title = `${waiting ? `(${waiting}) ` : ""}${title} – passerby`;
    if (this.stage === "console" && title !== this.#title) {
      if (this.#title) this.querySelector<HTMLElement>("#main")?.focus({ preventScroll: true });
      this.#title = title;
      scrollTo(0, 0);
    }
    const dialog = this.querySelector<HTMLDialogElement>("dialog.again");
    if (dialog && !dialog.open) dialog.showModal();
  }

  #bare(): TemplateResult {
    return html`<header class="bar bare">
      <span class="brand"><img src="/icon.svg" alt="" width="24" height="24" />passerby</span>
      <span class="gap"></span>${this.#preferences()}
    </header>`;
  }

  #again(): TemplateResult {
    return html`<dialog class="again" aria-label=${t("sign.again")} @cancel=${(event: Event) => event.preventDefault()}>
      <pb-sign-in .ended=${person()?.name ?? ""} @signed-in=${this.#renewed}></pb-sign-in>
    </dialog>`;
  }

  #rail(view: View): TemplateResult {
    const open = (live.alerts ?? []).filter(({ state }) => state === "raised").length;
    const entry = (
      each: Entry,
    ) => html`<a href=${each.address} aria-current=${isAt(each.view, view) ? "page" : nothing}>
      ${icon(each.icon)}<span>${each.words}</span>
      ${each.view === "alerts" && open ? html`<b class="number">${open}</b>` : nothing}
    </a>`;
    const pages = entries();
    const isHidden = !pages.slice(0, ON_A_PHONE).some((each) => isAt(each.view, view));
    return html`<nav class="rail ${this.opened ? "opened" : ""}" aria-label=${t("shell.pages")} @keydown=${this.#shut}>
      <a class="brand" href="/wall" aria-label="passerby"><img src="/icon.svg" alt="" width="28" height="28" /></a>
      ${repeat(pages.slice(0, ON_A_PHONE), ({ view: own }) => own, entry)}
      <button type="button" class="more ${isHidden ? "here" : ""}" aria-expanded=${this.opened} @click=${this.#toggle}>${icon("more")}<span>${t("shell.more")}</span></button>
      ${repeat(pages.slice(ON_A_PHONE), ({ view: own }) => own, entry)}
      <span class="gap"></span>
      <a href="/account" aria-current=${view === "account" ? "page" : nothing}>${icon("account")}<span>${t("nav.account")}</span></a>
      <button type="button" @click=${this.#signOut}>${icon("out")}<span>${t("nav.out")}</span></button>
    </nav>`;
  }

  #toggle(): void {
    this.opened = !this.opened;
  }

  #shut(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.opened) return;
    this.opened = false;
    this.querySelector<HTMLElement>(".rail .more")?.focus();
  }

  #preferences(): TemplateResult {
    const speak = ({ target }: Event) => {
      setLanguage((target as HTMLSelectElement).value as Language);
      location.reload();
    };
    const colour = ({ target }: Event) => setTheme((target as HTMLSelectElement).value as Theme);
    return html`<span class="preferences">
      <select aria-label=${t("shell.language")} @change=${speak}>
        ${Object.entries(LANGUAGES).map(
          ([code, name]) => html`<option value=${code} lang=${code} ?selected=${code === spoken()}>${name}</option>`,
        )}
      </select>
      <select aria-label=${t("shell.theme")} @change=${colour}>
        ${THEMES.map(
          (each) => html`<option value=${each} ?selected=${each === chosenTheme()}>${word("theme", each)}</option>`,
        )}
      </select>
    </span>`;
  }

  #summary(): TemplateResult {
    if (!live.connected) return html`<span class="tone none">${t("shell.away")}</span>`;
    if (live.cameras === null) return html``;
    const { total, counts } = summary(live.cameras);
    const parts = counts.map(
      ({ tone, words, count: number }, index) =>
        html`${index ? "; " : ": "}<span class="tone ${tone}">${number} ${words}</span>`,
    );
    return html`${total}${parts}`;
  }

  /** Read aloud what changed, in words; figures alone are no news. */
  #announce(): void {
    const cameras = live.cameras ?? [];
    const before = new Map(this.#before.map((each) => [each.name, condition(each).words]));
    const changed = cameras.filter((each) => before.has(each.name) && condition(each).words !== before.get(each.name));
    this.#before = cameras;
    if (changed.length) say(changed.map((each) => `${each.name}: ${condition(each).words}`).join(". "));
  }

  #announceAlert(alert: AlertInfo): void {
    say(`${word("severity", alert.severity)}: ${alert.summary}, ${word("alert_state", alert.state)}`);
  }

  async #signOut(): Promise<void> {
    onSessionEnd(null);
    const { address } = await ask("POST /api/session/oidc/end");
    location.assign(address || "/");
  }
}

const isAt = (entry: View, view: View): boolean =>
  entry === view || (entry === "wall" && view === "camera") || (entry === "places" && view === "place");

/** The pages that the person may use: known before the first news, as nothing may move under a pointer. */
function entries(): Entry[] {
  const all: (Entry | false)[] = [
    { view: "wall", icon: "wall", words: t("nav.wall"), address: "/wall" },
    live.hasAlerts && { view: "alerts", icon: "alerts", words: t("nav.alerts"), address: "/alerts" },
    live.signals && { view: "places", icon: "places", words: t("nav.places"), address: "/places" },
    live.signals && { view: "map", icon: "map", words: t("nav.map"), address: "/map" },
    live.recordings && { view: "timeline", icon: "timeline", words: t("timeline.title"), address: "/timeline" },
    live.recordings && { view: "recordings", icon: "recordings", words: t("nav.recordings"), address: "/recordings" },
    { view: "health", icon: "health", words: t("nav.health"), address: "/health" },
    { view: "audit", icon: "audit", words: t("audit.title"), address: "/audit" },
    may("change_settings") && seesAll() && { view: "setup", icon: "setup", words: t("nav.setup"), address: "/setup" },
    { view: "people", icon: "people", words: t("nav.people"), address: "/people" },
    { view: "about", icon: "about", words: t("nav.about"), address: "/about" },
  ];
  return all.filter((each) => each !== false);
}

/** The site's groups; a person who may see no cameras sees no groups. */
const groupsOfSite = (): Promise<GroupInfo[]> => ask("GET /api/groups").catch(() => []);

/** Whether the site has alerts, and the person may see them. */
async function hasAlerts(): Promise<boolean> {
  if (!may("see_alerts")) return false;
  return ask("GET /api/alerts", { query: { limit: 1 } }).then(
    () => true,
    () => false,
  );
}

/** Whether the site measures anything, and the person may see it. */
async function hasSignals(): Promise<boolean> {
  if (!may("read_signals")) return false;
  return ask("GET /api/places").then(
    () => true,
    () => false,
  );
}

/** Whether the site records, and the person may see recordings. */
async function hasRecordings(): Promise<boolean> {
  if (!may("see_recordings")) return false;
  return ask("GET /api/recordings", { query: { limit: 1 } }).then(
    () => true,
    () => false,
  );
}
