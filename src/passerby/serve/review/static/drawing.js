// Draws boxes and polygons over the picture, with the mouse or the keyboard, in pixels of the recording.

import { shape } from "./dom.js";

export class Drawing {
  constructor(svg, done) {
    Object.assign(this, { svg, done, tool: "", start: null, corners: [], size: [16, 9], cross: null });
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.moved(event));
    svg.addEventListener("pointerup", (event) => this.up(event));
    svg.addEventListener("dblclick", () => this.finish());
  }

  resize(width, height) {
    this.size = [width, height];
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  use(tool) {
    this.tool = this.tool === tool ? "" : tool;
    this.cancel();
    this.svg.classList.toggle("tool", Boolean(this.tool));
  }

  cancel() {
    this.start = null;
    this.corners = [];
    this.cross = null;
    this.svg.querySelector(".cross")?.remove();
    this.preview([]);
  }

  point({ clientX, clientY }) {
    const at = new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return this.inside(at.x, at.y);
  }

  inside(x, y) {
    return [Math.min(this.size[0], Math.max(0, Math.round(x))), Math.min(this.size[1], Math.max(0, Math.round(y)))];
  }

  // Draws by keyboard: arrow keys move a cross, Space sets a corner there. Returns whether the key was for this.
  takes({ key, shiftKey }) {
    const to = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], " ": [0, 0] }[key];
    if (!this.tool || !to) return false;
    if (!this.cross) { // in the middle of what is on the screen
      const { left, top, width, height } = this.svg.parentElement.getBoundingClientRect();
      this.cross = this.point({ clientX: left + width / 2, clientY: top + height / 2 });
    }
    const step = shiftKey ? 1 : Math.max(2, Math.round(this.size[1] / 50));
    this.cross = this.inside(this.cross[0] + step * to[0], this.cross[1] + step * to[1]);
    if (key === " ") this.corner(this.cross);
    else this.follow(this.cross);
    this.showCross();
    return true;
  }

  showCross() {
    this.svg.querySelector(".cross")?.remove();
    if (!this.cross) return; // the drawing is done
    const [x, y] = this.cross;
    const arm = this.size[1] / 40;
    this.svg.append(shape("path", { class: "cross", d: `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}` }));
  }

  corner(at) {
    if (this.tool === "polygon") this.corners.push(at);
    else if (this.start) this.end(at);
    else this.start = at;
  }

  follow(at) {
    if (this.start) this.preview([this.start, at]);
    else if (this.corners.length) this.preview([...this.corners, at], true);
  }

  down(event) {
    if (!this.tool) return;
    if (this.tool === "box") {
      this.start = this.point(event);
      this.svg.setPointerCapture(event.pointerId);
    } else this.corners.push(this.point(event));
  }

  moved(event) {
    this.follow(this.point(event));
  }

  up(event) {
    if (this.start) this.end(this.point(event));
  }

  end([to_x, to_y]) {
    const [x, y] = this.start;
    this.cancel();
    if (Math.abs(to_x - x) < 3 || Math.abs(to_y - y) < 3) return;
    this.use(this.tool);
    this.done({ box: [Math.min(x, to_x), Math.min(y, to_y), Math.max(x, to_x), Math.max(y, to_y)] });
  }

  finish() {
    const corners = this.corners.filter((at, i) => !i || String(at) !== String(this.corners[i - 1]));
    if (this.tool !== "polygon" || corners.length < 3) return;
    this.use(this.tool);
    this.done({ polygon: corners });
  }

  preview(points, open = false) {
    this.svg.querySelector(".preview")?.remove();
    if (points.length < 2) return;
    const made = outline(points);
    made.setAttribute("class", "region preview");
    if (open) made.setAttribute("stroke-dasharray", "4 4");
    this.svg.append(made);
  }
}

export function outline(points) {
  if (points.length > 2) return shape("polygon", { points: points.map((at) => at.join(",")).join(" ") });
  const [[x, y], [to_x, to_y]] = points;
  return shape("rect", {
    x: Math.min(x, to_x), y: Math.min(y, to_y), width: Math.abs(to_x - x), height: Math.abs(to_y - y),
  });
}
