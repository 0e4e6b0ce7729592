/** How many tiles stand beside each other so that all of them are in view and as large as can be. */

/** The space for tiles, px. */
export interface Space {
  width: number;
  height: number;
  gap: number;
  /** Height of the line below each picture. */
  caption: number;
}

const SHAPE = 16 / 9;
/** A tile that is narrower tells nothing from three metres; the wall rather scrolls. */
const NARROWEST = 220;

/** The number of columns, and the width of a tile, px. */
export function gridFor(count: number, { width, height, gap, caption }: Space): { columns: number; tile: number } {
  let best = { columns: 1, tile: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns);
    const byWidth = (width - gap * (columns - 1)) / columns;
    const byHeight = ((height - gap * (rows - 1)) / rows - caption) * SHAPE;
    const tile = Math.min(byWidth, byHeight);
    if (tile > best.tile) best = { columns, tile };
  }
  if (best.tile >= Math.min(NARROWEST, width)) return { columns: best.columns, tile: Math.floor(best.tile) };
  const columns = Math.max(1, Math.floor((width + gap) / (NARROWEST + gap)));
  return { columns, tile: Math.floor((width - gap * (columns - 1)) / columns) };
}
