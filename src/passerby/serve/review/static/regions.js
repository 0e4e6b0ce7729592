// Where regions are at a time: at key frames, between them, or where the command found what they follow.

const follows = new Map();
const keys = new WeakMap();

// What decides where a region leads, as a key; edits are replaced, never changed, so it is made once for each.
export function keyOf(edit) {
  if (!keys.has(edit)) keys.set(edit, JSON.stringify([edit.keys, edit.from_s, edit.to_s]));
  return keys.get(edit);
}

export const pointsOf = (key) => key.polygon || [key.box.slice(0, 2), key.box.slice(2)];

export function rememberFollowed(edit, frames) {
  follows.set(keyOf(edit), frames);
}

export const followed = (edit) => follows.get(keyOf(edit));

// Returns [[points...], sure] or null where the region does not apply.
export function placesAt(edit, time) {
  if (time < edit.from_s - 1e-4 || time > edit.to_s + 1e-4) return null;
  if (edit.box) return [[[edit.box.slice(0, 2), edit.box.slice(2)]], true];
  const found = edit.follow && followed(edit);
  if (found && found.length) {
    let best = found[0];
    for (const each of found) if (Math.abs(each[0] - time) < Math.abs(best[0] - time)) best = each;
    return [best[1], best[2]];
  }
  const { keys } = edit;
  const after = keys.findIndex((key) => key.time_s > time);
  if (after === 0) return [[pointsOf(keys[0])], !edit.follow];
  if (after < 0) return [[pointsOf(keys[keys.length - 1])], !edit.follow];
  const [one, two] = [keys[after - 1], keys[after]];
  const share = (time - one.time_s) / (two.time_s - one.time_s);
  const [from, to] = [pointsOf(one), pointsOf(two)];
  return [[from.map(([x, y], i) => [x + share * (to[i][0] - x), y + share * (to[i][1] - y)])], !edit.follow];
}

export function lostSpans(edit) {
  const spans = [];
  let before = true;
  for (const [time, , sure] of followed(edit) || []) {
    if (!sure) {
      if (before) spans.push([time, time]);
      else spans[spans.length - 1][1] = time;
    }
    before = sure;
  }
  return spans;
}

const boundsOf = (key) => {
  const [xs, ys] = [0, 1].map((axis) => pointsOf(key).map((point) => point[axis]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
};

// Whether what was drawn on a frame shows something else than the region's own key frame there.
export function isElsewhere(edit, key) {
  const there = edit.keys.find((each) => Math.abs(each.time_s - key.time_s) <= 1e-4);
  if (!there) return false;
  const [a, b] = [boundsOf(there), boundsOf(key)];
  return a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
}

// A key frame at a time replaces the one there; keys stay in order.
export function withKey(edit, key) {
  const keys = edit.keys.filter((each) => Math.abs(each.time_s - key.time_s) > 1e-4);
  keys.push(key);
  keys.sort((a, b) => a.time_s - b.time_s);
  return { ...edit, keys, from_s: Math.min(edit.from_s, keys[0].time_s), to_s: Math.max(edit.to_s, key.time_s) };
}
