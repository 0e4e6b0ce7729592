/** Digital zoom into a picture: how much, and which point of the picture is in the middle, both from 0 to 1. */
export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0.5, y: 0.5 };
const MOST = 8;

/** The nearest zoom that shows nothing beside the picture. */
export function within({ scale, x, y }: Zoom): Zoom {
  const size = Math.min(MOST, Math.max(1, Number.isFinite(scale) ? scale : 1));
  const half = 0.5 / size;
  const inside = (value: number) => Math.min(1 - half, Math.max(half, Number.isFinite(value) ? value : 0.5));
  return { scale: size, x: inside(x), y: inside(y) };
}

/** Zoom by a factor so that the point under the pointer stays there; `at` is that point on the screen, 0 to 1. */
export function zoomed(zoom: Zoom, factor: number, at = { x: 0.5, y: 0.5 }): Zoom {
  const scale = Math.min(MOST, Math.max(1, zoom.scale * factor));
  const move = (middle: number, where: number) => middle + (where - 0.5) * (1 / zoom.scale - 1 / scale);
  return within({ scale, x: move(zoom.x, at.x), y: move(zoom.y, at.y) });
}

/** Move by a share of the screen. */
export const panned = (zoom: Zoom, x: number, y: number): Zoom =>
  within({ scale: zoom.scale, x: zoom.x + x / zoom.scale, y: zoom.y + y / zoom.scale });

/** The zoom that an address names: "2,0.5,0.5". */
export function readZoom(text: string | null): Zoom {
  const [scale = 1, x = 0.5, y = 0.5] = (text ?? "").split(",").map(Number);
  return text ? within({ scale, x, y }) : WHOLE;
}

/** The zoom for the address; "" for the whole picture. */
export const writeZoom = ({ scale, x, y }: Zoom): string =>
  scale === 1 ? "" : [scale, x, y].map((each) => Number(each.toFixed(3))).join(",");

/** The zoom as a CSS transform of the picture. */
export const transformOf = ({ scale, x, y }: Zoom): string =>
  `scale(${scale}) translate(${(50 - 100 * x).toFixed(3)}%, ${(50 - 100 * y).toFixed(3)}%)`;
