/** The times of the pictures in fragmented MP4, read from its boxes: so one picture can be stepped to exactly. */

interface Box {
  name: string;
  begin: number;
  end: number;
}

function* boxes(view: DataView, begin: number, end: number): Generator<Box> {
  for (let at = begin; at + 8 <= end; ) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...[4, 5, 6, 7].map((index) => view.getUint8(at + index)));
    if (size < 8 || at + size > end) return;
    yield { name, begin: at + 8, end: at + size };
    at += size;
  }
}

function* within(view: DataView, { begin, end }: Box, path: readonly string[]): Generator<Box> {
  const [first, ...rest] = path;
  for (const each of boxes(view, begin, end)) {
    if (each.name !== first) continue;
    if (rest.length) yield* within(view, each, rest);
    else yield each;
  }
}

const wide = (view: DataView, at: number): number => view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);

const bit = (flags: number, mask: number): number => (flags & mask ? 1 : 0);

/** Length of a picture where its fragment names one for all; 0 if not. */
function usualLength(view: DataView, at: number): number {
  const flags = view.getUint32(at) & 0xffffff;
  const before = at + 8 + 8 * bit(flags, 1) + 4 * bit(flags, 2);
  return flags & 8 ? view.getUint32(before) : 0;
}

/** Lengths of the pictures of a run, in units of the track. */
function* lengths(view: DataView, at: number, usual: number): Generator<number> {
  const flags = view.getUint32(at) & 0xffffff;
  const count = view.getUint32(at + 4);
  const size = 4 * (bit(flags, 0x100) + bit(flags, 0x200) + bit(flags, 0x400) + bit(flags, 0x800));
  let entry = at + 8 + 4 * bit(flags, 1) + 4 * bit(flags, 4);
  for (let index = 0; index < count; index += 1, entry += size) yield flags & 0x100 ? view.getUint32(entry) : usual;
}

/** Times of all pictures since time zero of the video, s; empty if there is no header. */
export function pictureTimes(data: ArrayBuffer): number[] {
  const view = new DataView(data);
  const file = { name: "", begin: 0, end: data.byteLength };
  const [header] = within(view, file, ["moov", "trak", "mdia", "mdhd"]);
  if (!header) return [];
  const scale = view.getUint32(header.begin + (view.getUint8(header.begin) ? 20 : 12));
  const times: number[] = [];
  for (const track of within(view, file, ["moof", "traf"])) {
    const [head] = within(view, track, ["tfhd"]);
    const [start] = within(view, track, ["tfdt"]);
    if (!head || !start) continue;
    let at = view.getUint8(start.begin) ? wide(view, start.begin + 4) : view.getUint32(start.begin + 4);
    for (const run of within(view, track, ["trun"])) {
      for (const each of lengths(view, run.begin, usualLength(view, head.begin))) {
        times.push(at / scale);
        at += each;
      }
    }
  }
  return times;
}
