import { ask, Refusal, send } from "../api/client";
import type { Camera, LayoutBody, ScreenInfo } from "../api/schema";
import { say } from "../parts/say";
import { t } from "../text/text";
import { may } from "./person";

/** Put cameras in the order of a layout: those that it names first, then the others as they were; hidden ones are away. */
export function arranged<C extends Pick<Camera, "name">>(
  cameras: readonly C[],
  { cameras: first, hidden }: LayoutBody,
): C[] {
  const place = (name: string) => {
    const at = first?.indexOf(name) ?? -1;
    return at < 0 ? (first?.length ?? 0) : at;
  };
  return cameras
    .filter(({ name }) => !hidden?.includes(name))
    .sort((one, other) => place(one.name) - place(other.name));
}

/** Names with one of them moved to a place; beyond the ends, it stops there. */
export function moved(names: readonly string[], name: string, to: number): string[] {
  const rest = names.filter((each) => each !== name);
  rest.splice(Math.max(0, Math.min(rest.length, to)), 0, name);
  return rest;
}

/** The layout of the wall that is shown: one's own, or that of a wall screen. An event "change" follows each change. */
class Layout extends EventTarget {
  /** Name of the wall screen; "": one's own layout. */
  screen = "";
  /** All wall screens. */
  screens: ScreenInfo[] = [];
  #body: LayoutBody = {};
  #tag = "";
  #followed: string | null = null;
  #saving: Promise<void> = Promise.resolve();

  /** Show the layout of a wall screen, or one's own. */
  follow(screen: string): void {
    if (this.#followed === screen) return;
    this.#followed = this.screen = screen;
    this.#tag = "";
    this.#load();
  }

  /** Forget what is shown: the wall that is opened next, perhaps by somebody else, reads it anew. */
  leave(): void {
    this.#followed = null;
    this.#body = {};
  }

  /** Whether it cannot be changed: it is not known yet, or the person may only look at it. */
  get fixed(): boolean {
    return !this.#tag || (this.screen !== "" && !may("change_settings"));
  }

  get hidden(): readonly string[] {
    return this.#body.hidden ?? [];
  }

  arranged(cameras: readonly Camera[]): Camera[] {
    return arranged(cameras, this.#body);
  }

  /** Move a camera to a place among those that are shown. */
  place(names: readonly string[], name: string, to: number): void {
    const others = (this.#body.cameras ?? []).filter((each) => !names.includes(each));
    this.#change({ cameras: [...moved(names, name, to), ...others], hidden: [...this.hidden] });
  }

  hide(name: string): void {
    this.#change({ cameras: this.#body.cameras ?? [], hidden: [...this.hidden, name] });
  }

  /** Show all cameras that the layout hides. */
  showAll(): void {
    this.#change({ cameras: this.#body.cameras ?? [], hidden: [] });
  }

  /** Store what is shown as the layout of a wall screen. */
  async saveScreen(name: string): Promise<void> {
    await send("PUT /api/screens/{screen}", { path: { screen: name }, body: this.#body, match: "*" });
    this.screens = await ask("GET /api/screens");
    this.#announce();
  }

  #change(body: LayoutBody): void {
    if (this.fixed) return;
    this.#body = body;
    this.#announce();
    this.#saving = this.#saving.then(() => this.#save(body));
  }

  async #save(body: LayoutBody): Promise<void> {
    try {
      const wanted = { body, match: this.#tag };
      const { tag } = this.screen
        ? await send("PUT /api/screens/{screen}", { ...wanted, path: { screen: this.screen } })
        : await send("PUT /api/account/layout", wanted);
      this.#tag = tag;
    } catch (error) {
      say(error instanceof Refusal && error.status === 412 ? t("layout.changed") : t("layout.unsaved"));
      await this.#load();
    }
  }

  async #load(): Promise<void> {
    const { screen } = this;
    try {
      const { value, tag } = screen
        ? await send("GET /api/screens/{screen}", { path: { screen } })
        : await send("GET /api/account/layout");
      const screens = await ask("GET /api/screens");
      if (screen !== this.screen) return;
      this.#body = value;
      this.#tag = tag;
      this.screens = screens;
    } catch {
      this.#body = {};
      this.#tag = "";
      if (screen) say(t("layout.absent", { name: screen }));
    }
    this.#announce();
  }

  #announce(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** The layout of this page's wall. */
export const layout = new Layout();
