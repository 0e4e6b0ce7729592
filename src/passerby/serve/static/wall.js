import { streamAddress } from "./api.js";
import { Badge } from "./badge.js";
import { make } from "./dom.js";
import { Screen } from "./screen.js";

/** All cameras, small, each with its own stream. */
export class Wall {
  constructor(cameras) {
    this.screens = [];
    this.badges = [];
    this.update(cameras);
    this.element = make("ul", { className: "wall", "aria-label": "Cameras" });
    this.element.append(...cameras.map((camera) => this.#tile(camera)));
  }

  update(cameras) {
    this.cameras = new Map(cameras.map((camera) => [camera.name, camera]));
    for (const badge of this.badges) badge.update();
  }

  close() {
    for (const screen of this.screens) screen.close();
  }

  #tile({ name }) {
    const badge = new Badge(() => this.cameras.get(name));
    this.badges.push(badge);
    const screen = new Screen(() => streamAddress(name, "wall"), {
      seen: (picture) => badge.show(picture),
      status: () => this.cameras.get(name),
    });
    this.screens.push(screen);
    const caption = make("div", { className: "caption" }, make("h2", {}, name), badge.mark, badge.delay);
    const link = make("a", { href: `#/camera/${name}` }, screen.element, caption);
    return make("li", { className: "tile" }, link);
  }
}
