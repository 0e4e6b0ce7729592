import { mosaicAddress } from "./api.js";
import { make } from "./dom.js";
import { Screen } from "./screen.js";
import { milliseconds, shown } from "./words.js";

/** With more cameras than this, one stream of all of them needs less than one for each. */
export const MANY = 12;
const MANY_COLUMNS = 4;
const CALM_MS = 500;

/** All cameras in one picture; each camera's status says how it is covered. */
export class Mosaic {
  constructor(cameras) {
    this.badges = new Map();
    this.delay = make("span", { className: "delay", title: "time from the newest capture to this screen" });
    this.shownAt = 0;
    this.list = make("ul", { "aria-label": "Cameras" });
    this.screen = new Screen(() => this.#addresses(), { seen: (picture) => this.#seen(picture) });
    this.screen.element.append(this.list);
    this.element = make("div", { className: "mosaic" }, this.screen.element, this.delay);
    this.cameras = cameras;
  }

  /** Update the cameras. */
  update(cameras) {
    this.cameras = cameras;
    for (const camera of cameras) {
      const badge = this.badges.get(camera.name);
      if (!badge) continue;
      const { tone, words } = shown(camera);
      if (badge.textContent !== words) badge.textContent = words;
      badge.className = `badge ${tone}`;
      badge.title = camera.detail;
    }
  }

  close() {
    this.screen.close();
  }

  async #addresses() {
    const addresses = await mosaicAddress();
    const { columns, rows, cameras } = addresses;
    const style = this.element.style;
    style.setProperty("--columns", columns);
    style.setProperty("--rows", rows);
    style.setProperty("--shape", (16 * columns) / (9 * rows));
    this.element.classList.toggle("small", columns > MANY_COLUMNS);
    this.badges = new Map(cameras.map((name) => [name, make("span", { className: "badge" })]));
    this.list.replaceChildren(...cameras.map((name) => this.#tile(name)));
    this.update(this.cameras);
    return addresses;
  }

  #tile(name) {
    const label = make("span", { className: "label" }, make("span", {}, name), this.badges.get(name));
    return make("li", {}, make("a", { href: `#/camera/${name}` }, label));
  }

  #seen(picture) {
    const at = performance.now();
    if (picture && at - this.shownAt < CALM_MS) return;
    this.shownAt = at;
    const moving = this.cameras.some(({ redaction, faults }) => redaction !== "none" && !faults.includes("frozen"));
    this.delay.textContent = picture && moving ? milliseconds(picture.delay) : "";
  }
}
