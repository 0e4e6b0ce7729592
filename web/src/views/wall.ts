import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { ask } from "../api/client";
import { live } from "../api/live";
import type { Camera } from "../api/schema";
import { write } from "../app/address";
import { here, setQuery } from "../app/go";
import { gridFor } from "../app/grid";
import { keyOf } from "../app/keys";
import { layout } from "../app/layout";
import { may, seesAll } from "../app/person";
import { alertStrip } from "../parts/alert-strip";
import { Badge } from "../parts/badge";
import { icon } from "../parts/icon";
import { layoutMenu } from "../parts/layout-menu";
import { listen, Part } from "../parts/part";
import { empty, loading } from "../parts/states";
import { type TileOrder, tileMenu } from "../parts/tile-menu";
import { Screen } from "../play/screen";
import { t } from "../text/text";
import "./mosaic";

/** With more cameras than this, one stream of all of them needs less than one for each. */
export const MANY = 12;
const STEP: Record<string, (columns: number) => number> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
};

const DRAGGED = "application/x-passerby-camera";

/** What stays of a tile while the page is shown anew. */
interface Tile {
  badge: Badge;
  screen: Screen;
}

/** All cameras, each with its own stream or in one mosaic, below the open alerts. */
@customElement("pb-wall")
export class WallView extends Part {
  readonly #tiles = new Map<string, Tile>();
  #columns = 1;
  #resizing: ResizeObserver | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.followLive();
    this.followAddress();
    this.during(() => listen(layout, "change", () => this.requestUpdate()));
    layout.follow(here().query.get("screen") ?? "");
    this.during(() => listen(document, "keydown", (event) => this.#key(event as KeyboardEvent)));
    this.#resizing = new ResizeObserver(() => this.#arrange());
    this.#resizing.observe(document.documentElement);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resizing?.disconnect();
    layout.leave();
    this.#keep([]);
  }

  /** The cameras of the page's group, or all if it names none, in the order of the layout. */
  get #shown(): readonly Camera[] {
    const { name } = here();
    const group = live.groups.find((each) => each.name === name);
    return layout.arranged((live.cameras ?? []).filter((each) => !name || group?.cameras.includes(each.name)));
  }

  get #asMosaic(): boolean {
    const as = here().query.get("as");
    return here().name ? false : as ? as === "mosaic" : this.#shown.length > MANY;
  }

  protected override render(): TemplateResult {
    if (live.cameras === null) return loading();
    const cameras = this.#shown;
    const mosaic = this.#asMosaic;
    this.#keep(mosaic ? [] : cameras.map(({ name }) => name));
    layout.follow(here().query.get("screen") ?? "");
    return html`<div class="page-wall">
      ${alertStrip(live.alerts ?? [])}
      <div class="head">
        <h1>${here().name || t("wall.title")}</h1>
        ${this.#groups()}
        <span class="gap"></span>
        ${layoutMenu(live.cameras)}
        ${
          cameras.length > 1 && !here().name
            ? html`<button type="button" @click=${() => setQuery({ as: mosaic ? "tiles" : "mosaic" })}>
                ${t(mosaic ? "wall.as_tiles" : "wall.as_mosaic")}
              </button>`
            : nothing
        }
        <button type="button" class="icon-only" title=${t("wall.full")} aria-label=${t("wall.full")} @click=${this.#full}>
          ${icon("full")}
        </button>
      </div>
      ${
        !cameras.length
          ? empty(t("wall.empty.title"), t("wall.empty.words"), firstStep())
          : mosaic
            ? html`<pb-mosaic .cameras=${cameras}></pb-mosaic>`
            : html`<ul class="wall" aria-label=${t("wall.cameras")}>${repeat(
                cameras,
                ({ name }) => name,
                (each) => this.#tile(each),
              )}</ul>`
      }
    </div>`;
  }

  protected override updated(): void {
    for (const { badge } of this.#tiles.values()) badge.update();
    this.#arrange();
  }

  #groups(): TemplateResult | typeof nothing {
    if (!live.groups.length) return nothing;
    const link = (name: string, words: string) =>
      html`<a href=${write("wall", name)} aria-current=${here().name === name ? "page" : nothing}>${words}</a>`;
    return html`<nav class="tabs" aria-label=${t("wall.groups")}>
      ${link("", t("wall.all"))}${live.groups.map((each) => link(each.name, each.name))}
    </nav>`;
  }

  #tile({ name }: Camera): TemplateResult {
    const tile = this.#tiles.get(name);
    return html`<li
      class="tile"
      draggable=${layout.fixed ? "false" : "true"}
      data-camera=${name}
      @dragstart=${(event: DragEvent) => event.dataTransfer?.setData(DRAGGED, name)}
      @dragover=${(event: DragEvent) => event.dataTransfer?.types.includes(DRAGGED) && event.preventDefault()}
      @drop=${(event: DragEvent) => this.#drop(event, name)}
    >
      <a href=${write("camera", name)} draggable="false">
        ${tile?.screen.element}
        <div class="caption"><h2>${name}</h2>${tile?.badge.mark}${tile?.badge.delay}</div>
      </a>
      ${tileMenu(name, layout.fixed, (order) => this.#order(name, order))}
    </li>`;
  }

  #drop(event: DragEvent, before: string): void {
    event.preventDefault();
    const name = event.dataTransfer?.getData(DRAGGED) ?? "";
    const names = this.#shown.map((each) => each.name);
    if (names.includes(name)) layout.place(names, name, names.indexOf(before));
  }

  async #order(name: string, order: TileOrder): Promise<void> {
    const names = this.#shown.map((each) => each.name);
    if (order === "full") {
      await this.querySelector(`[data-camera="${CSS.escape(name)}"]`)?.requestFullscreen();
      return;
    }
    if (order === "hide") layout.hide(name);
    else layout.place(names, name, names.indexOf(name) + (order === "earlier" ? -1 : 1));
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-camera="${CSS.escape(name)}"] summary`)?.focus();
  }

  /** Begin the streams of new tiles, and end those of tiles that are gone. */
  #keep(names: readonly string[]): void {
    for (const [name, { screen }] of this.#tiles) {
      if (names.includes(name)) continue;
      screen.close();
      this.#tiles.delete(name);
    }
    for (const name of names) {
      if (this.#tiles.has(name)) continue;
      const status = () => live.cameras?.find((each) => each.name === name);
      const badge = new Badge(status);
      const path = { camera: name, stream: "wall" };
      const screen = new Screen(() => ask("POST /api/cameras/{camera}/streams/{stream}", { path }), {
        seen: (picture) => badge.show(picture),
        status: () => status() ?? null,
      });
      this.#tiles.set(name, { badge, screen });
    }
  }

  /** Make the tiles as large as they can be while all are in view. */
  #arrange(): void {
    const list = this.querySelector<HTMLElement>(".wall");
    if (!list) return;
    const style = getComputedStyle(list);
    const top = list.getBoundingClientRect().top + scrollY;
    const tabs = document.querySelector<HTMLElement>(".rail");
    const below = tabs && getComputedStyle(tabs).position === "fixed" ? tabs.offsetHeight : 0;
    const space = {
      width: list.clientWidth,
      height: innerHeight - top - below - Number.parseFloat(style.getPropertyValue("--below") || "16"),
      gap: Number.parseFloat(style.columnGap) || 0,
      caption: this.querySelector<HTMLElement>(".caption")?.offsetHeight ?? 44,
    };
    const { columns, tile } = gridFor(list.childElementCount, space);
    this.#columns = columns;
    list.style.setProperty("--columns", String(columns));
    list.style.setProperty("--tile", `${tile}px`);
  }

  #full(): void {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  }

  #key(event: KeyboardEvent): void {
    const key = keyOf(event);
    if (key.toLowerCase() === "f") return this.#full();
    const links = [...this.querySelectorAll<HTMLElement>(".tile a, .mosaic li a")];
    const at = links.indexOf(document.activeElement as HTMLElement);
    const columns = this.#asMosaic
      ? (this.querySelector<HTMLElement & { columns: number }>("pb-mosaic")?.columns ?? 1)
      : this.#columns;
    const step = STEP[key]?.(columns);
    if (!step || at < 0) return;
    event.preventDefault();
    if (event.shiftKey && !this.#asMosaic) this.#move(links[at], step);
    else links[at + step]?.focus();
  }

  /** Move the tile of a link that has the focus, which stays with it. */
  async #move(link: HTMLElement | undefined, step: number): Promise<void> {
    const name = link?.closest<HTMLElement>("[data-camera]")?.dataset.camera ?? "";
    const names = this.#shown.map((each) => each.name);
    layout.place(names, name, names.indexOf(name) + step);
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-camera="${CSS.escape(name)}"] a`)?.focus();
  }
}

/** What somebody who sets up the site does first. */
const firstStep = (): TemplateResult | typeof nothing =>
  may("change_settings") && seesAll() && !live.cameras?.length
    ? html`<a class="button main" href=${write("setup", "", { part: "add" })}>${t("setup.add")}</a>`
    : nothing;
