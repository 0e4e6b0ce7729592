// Draws boxes and polygons over the picture, with the mouse or the keyboard, in pixels of the recording.

import { shape } from "./dom.js";

export class Drawing {
  constructor(svg, done) {
    Object.assign(this, { svg, done, tool: "", start: null, corners: [], size: [16, 9] });
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
    this.preview([]);
  }

  point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [Math.min(this.size[0], Math.max(0, Math.round(at.x))), Math.min(this.size[1], Math.max(0, Math.round(at.y)))];
  }

  down(event) {
    if (!this.tool) return;
    if (this.tool === "box") {
      this.start = this.point(event);
      this.svg.setPointerCapture(event.pointerId);
    } else this.corners.push(this.point(event));
  }

  moved(event) {
    if (this.start) this.preview([this.start, this.point(event)]);
    else if (this.corners.length) this.preview([...this.corners, this.point(event)], true);
  }

  up(event) {
    if (!this.start) return;
    const [x, y] = this.start;
    const [to_x, to_y] = this.point(event);
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
