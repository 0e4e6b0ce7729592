import { streamAddress } from "./api.js";
import { Badge } from "./badge.js";
import { make } from "./dom.js";
import { Screen, ways } from "./screen.js";
import { FAULT, STATE, WAY, clockTime, milliseconds, percent, period, utcTime } from "./words.js";

/** One camera at full size, and its status. */
export class Single {
  constructor(camera, cameras) {
    this.name = camera.name;
    this.names = cameras.map(({ name }) => name);
    this.badge = new Badge(() => this.camera);
    this.screen = new Screen(() => streamAddress(camera.name, "full"), {
      seen: (picture) => this.badge.show(picture),
      status: () => this.camera,
    });
    this.screen.element.setAttribute("role", "img");
    this.screen.element.setAttribute("aria-label", `Covered live picture of ${camera.name}`);
    this.facts = make("dl", { className: "facts" });
    this.service = make("dl", { className: "facts" });
    this.withheld = make("dl", { className: "facts" });
    this.detail = make("p", { className: "detail" });
    this.serviceBlock = section("Usable, correctly covered picture", this.service);
    this.withheldBlock = section("Pictures covered whole, by reason", this.withheld);
    const large = make("button", { type: "button", onclick: () => this.#fullscreen() }, "Full screen");
    this.element = make("div", { className: "single" },
      make("div", { className: "head" },
        make("a", { href: "#/" }, "All cameras"), make("h1", {}, camera.name), this.badge.mark, this.badge.delay,
        make("span", { className: "gap" }), this.#choice(), large),
      this.screen.element,
      make("aside", { className: "side", "aria-label": "Camera status" },
        section("Camera", this.facts), this.detail, this.serviceBlock, this.withheldBlock,
        make("p", { className: "keys" }, key("Esc"), " all cameras  ", key("←"), " ", key("→"), " next camera  ", key("F"), " full screen")));
    this.onKey = (event) => this.#key(event);
    document.addEventListener("keydown", this.onKey);
    this.update(cameras);
  }

  update(cameras) {
    const camera = cameras.find(({ name }) => name === this.name);
    if (!camera) return;
    this.camera = camera;
    this.badge.update();
    fill(this.facts, {
      "State": STATE[camera.state] ?? camera.state,
      "Since": moment(camera.since),
      "Picture": camera.width ? `${camera.width} × ${camera.height}` : "none yet",
      "Rate": `${camera.fps.toFixed(1)} pictures/s`,
      "Capture to cover": milliseconds(camera.lag_ms),
      "Restarts": camera.restarts,
      "Output retries": camera.tries,
      ...Object.fromEntries(camera.faults.map((fault) => [`Fault: ${FAULT[fault] ?? fault}`, make("span", {}, "since ", moment(camera.fault_since[fault]))])),
    });
    fill(this.service, Object.fromEntries(Object.entries(camera.serviceability).map(([span, share]) => [period(span, camera.serviceability_over_s[span]), percent(share)])));
    fill(this.withheld, camera.withheld);
    this.detail.textContent = camera.detail;
    this.detail.hidden = !camera.detail;
    this.serviceBlock.hidden = !this.service.childElementCount;
    this.withheldBlock.hidden = !this.withheld.childElementCount;
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    this.screen.close();
  }

  #choice() {
    const best = make("option", { value: "" }, "Automatic");
    const options = ways().map((way) => make("option", { value: way }, WAY[way]));
    const onchange = ({ target }) => this.screen.use(target.value || null);
    return make("select", { "aria-label": "Video transport", onchange }, best, ...options);
  }

  #fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.screen.element.requestFullscreen();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      const next = this.names[(this.names.indexOf(this.name) + step + this.names.length) % this.names.length];
      location.hash = `#/camera/${next}`;
    } else if (event.key === "Escape" && !document.fullscreenElement) location.hash = "#/";
    else if (event.key.toLowerCase() === "f") this.#fullscreen();
  }
}

const section = (title, content) => make("section", {}, make("h2", {}, title), content);
const moment = (date) => make("time", { dateTime: date, title: utcTime(date) }, clockTime(date));
const key = (name) => make("kbd", {}, name);

function fill(list, facts) {
  list.replaceChildren(...Object.entries(facts).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value instanceof Node ? value : String(value))]));
}
