// What the page asks the command for: covered pictures, positions and times; never a raw picture.

export class Problem extends Error {}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Problem("passerby review has ended: start it again, nothing is lost");
  }
  const body = await answer.json();
  if (!answer.ok) throw new Problem(body.problem || `the command answered ${answer.status}`);
  return body;
}

const read = (path) => ask(path);
const act = (path, body = {}) => ask(path, { method: "POST", body: JSON.stringify(body) });

export const state = () => read("/state");
export const frames = () => read("/frames");
export const sound = () => read("/sound");
export const progress = () => read("/progress");
export const change = (part, index, entry, insert = false) => act("/change", { part, index, entry, insert });
export const undo = () => act("/undo");
export const redo = () => act("/redo");
export const follow = (region) => act("/follow", region);
export const look = (piece) => act("/look", piece);
export const render = () => act("/render");
