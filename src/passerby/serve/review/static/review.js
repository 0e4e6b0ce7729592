// The page of a review: doubts first, corrections by hand, everything by keyboard.

import * as api from "./api.js";
import { $, element, fill, mark, seconds } from "./dom.js";
import { doubtsOf, isSame } from "./doubts.js";
import { Drawing, outline } from "./drawing.js";
import { editorOf, title } from "./editor.js";
import { Player } from "./player.js";
import { reasonRows } from "./reasons.js";
import { followed, isElsewhere, keyOf, placesAt, rememberFollowed, withKey } from "./regions.js";
import { Sound } from "./sound.js";
import { Timeline } from "./timeline.js";

const AROUND_S = 2; // a new region begins and ends so long before and after the frame on which it was drawn
const FOLLOW_S = 59; // a region follows at most a minute from a key frame
const PARTS = ["added", "opened", "visible"];
const ALL = [...PARTS, "muted"];

const player = new Player($("copy"), $("original"), $("view"));
const drawing = new Drawing($("draw"), drawn);
const timeline = new Timeline($("timeline"), (time) => player.seek(time));
const sound = new Sound(player, (entry) => add("muted", entry));
let now = null; // the state of the review
let doubts = [];
let doubt = -1;
let chosen = null; // [part, index]
let before = Promise.resolve(); // what the reviewer did last

const stamp = () => ({ by: now.reviewer, at: new Date().toISOString() });
const edit = () => chosen && now.edits[chosen[0]][chosen[1]];

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

async function tried(action) {
  try {
    say("");
    return await action();
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    say(error.message);
    return null;
  }
}

function take(answer) {
  if (!answer) return;
  Object.assign(now, answer);
  if (chosen && !edit()) chosen = null;
  show();
}

function show() {
  const { edits } = now;
  const here = doubts[doubt];
  doubts = doubtsOf(now.report, edits);
  if (here) doubt = doubts.findIndex((each) => isSame(each, here)); // others may have come before it
  $("name").textContent = now.recording;
  $("saved").textContent = "every change is saved";
  $("undo").title = `Ctrl+Z, ${now.undoable} changes`;
  $("undo").disabled = !now.undoable;
  $("redo").disabled = !now.redoable;
  const left = doubts.filter((each) => !each.done).length;
  $("left").textContent = doubts.length ? `${left} of ${doubts.length} left` : "none";
  showDoubts();
  showEdits();
  showEditor();
  showReasons();
  showReviews();
  timeline.draw(now.report, doubts, edits, player.begin, player.end);
  sound.show(now.report, edits.muted, chosen?.[0] === "muted" ? chosen[1] : -1, [player.begin, player.end]);
  draw(player.frameTime);
  for (const part of ["added", "visible"]) edits[part].forEach(find);
}

function showDoubts() {
  fill($("doubts"), doubts.map((each, index) => ({
    key: `${each.first_s} ${each.what} ${each.how}`,
    make: () => element("li", { className: each.done ? "done" : "", onclick: () => goTo(index) },
      `${seconds(each.first_s)} ${each.what}`, each.done ? element("small", {}, ` ${each.how}`) : null),
  })));
  mark($("doubts"), (index) => index === doubt);
}

function showEdits() {
  const all = ALL.flatMap((part) => now.edits[part].map((each, index) => ({ part, index, each })));
  fill($("edits"), all.map(({ part, index, each }) => {
    const text = `${seconds(each.from_s)} ${title(part)}: ${each.reason || each.ground || "no reason given"}`;
    return { key: `${part} ${index} ${text}`, make: () => element("li", { onclick: () => choose(part, index) }, text) };
  }));
  mark($("edits"), (at) => Boolean(chosen) && chosen[0] === all[at].part && chosen[1] === all[at].index);
}

function showEditor() {
  $("editor").hidden = !edit();
  if (!edit() || $("editor").contains(document.activeElement)) return;
  $("editor").replaceChildren(...editorOf(chosen[0], edit(), now.reasons, {
    locked: now.edits.openings_locked, save: (changed) => replace(chosen, changed), stretch, remove, open: () => turn("opened"), visible: () => turn("visible"),
  }));
}

function showReasons() {
  if ($("reasons").contains(document.activeElement)) return;
  $("reasons").replaceChildren(...reasonRows(now.kinds, () => now.edits.reasons, now.reasons, (index, entry) => put("reasons", index, entry)));
}

function showReviews() {
  const { reviews, two_reviewers: two } = now.edits;
  const first = reviews.some((each) => each.review === "first");
  const wanted = !first ? "first" : two && reviews.length < 2 ? "second" : "";
  const open = doubts.filter((each) => !each.done).length;
  const key = JSON.stringify([reviews, wanted, now.up_to_date, now.missing, open]);
  if ($("reviews").rowKey === key) return; // so that a name that is being typed, and the focus, stay
  $("reviews").rowKey = key;
  const typed = $("approver")?.dataset.wanted === wanted ? $("approver").value : null;
  const marks = reviews.map((each, index) => element("div", { className: "row" },
    element("span", {}, `${each.review} approval: ${each.by}, ${each.at.slice(0, 16).replace("T", " ")} UTC`),
    element("button", { onclick: () => put("reviews", index, null) }, "Take back")));
  const name = element("input", { value: typed ?? (wanted === "first" ? now.reviewer : ""), maxLength: 200, id: "approver" });
  name.dataset.wanted = wanted;
  const approve = () => append("reviews", { ...stamp(), by: name.value.trim(), review: wanted });
  const ask = wanted ? [
    element("div", { className: "row" }, element("label", {}, wanted === "first" ? "Your name " : "Second person's name ", name)),
    element("button", { id: "approve", onclick: approve, disabled: !now.up_to_date }, `I went through all of it: approve (${wanted} person)`)] : [];
  const state = now.up_to_date
    ? now.missing ? `Not ready to be released: ${now.missing}.` : "Ready to be released: passerby release."
    : "The copy does not have the latest changes: make the new copy before you approve it.";
  const left = wanted && open ? [element("p", { className: "hint" }, `Doubts that nobody has accepted or mended: ${open}.`)] : [];
  $("reviews").replaceChildren(...marks, ...left, ...ask, element("p", { className: "hint" }, state));
}

function draw(time) {
  timeline.show(time);
  sound.draw(time);
  $("time").textContent = `${seconds(time)} · frame ${player.frame}`;
  const made = [];
  const add = (points, kind) => {
    const each = outline(points);
    each.setAttribute("class", kind);
    made.push(each);
  };
  for (const part of PARTS) {
    now.edits[part].forEach((each, index) => {
      const found = placesAt(each, time);
      const kind = `region ${part}${found && !found[1] && followed(each) ? " lost" : ""}${edit() === now.edits[part][index] ? " selected" : ""}`;
      for (const points of found ? found[0] : []) add(points, kind);
    });
  }
  const here = doubts[doubt];
  if (here?.box && time >= here.first_s - 0.5 && time <= here.last_s + 0.5) {
    add([here.box.slice(0, 2), here.box.slice(2)], "doubt");
  }
  for (const old of [...$("draw").children]) if (!old.matches(".preview, .cross")) old.remove();
  $("draw").prepend(...made);
}

const finding = new Set();

// Asks where a region that follows leads, once for each state of it.
async function find(each) {
  if (!each.follow || followed(each)) return;
  const key = keyOf(each);
  if (finding.has(key)) return;
  finding.add(key);
  $("saved").textContent = "following ...";
  const { keys, from_s, to_s, follow } = each;
  const answer = await tried(() => api.follow({ keys, from_s, to_s, follow }));
  if (answer) rememberFollowed(each, answer.frames);
  if (answer) show();
}

function goTo(index) {
  if (!doubts.length) return;
  doubt = (index + doubts.length) % doubts.length;
  player.video.pause();
  if (doubts[doubt].frame === undefined) player.seek(doubts[doubt].first_s + 0.001);
  else player.seekFrame(doubts[doubt].frame);
  showDoubts(); // nothing else on the page depends on which doubt it is
  draw(player.frameTime);
  $("doubts").children[doubt]?.scrollIntoView({ block: "nearest" });
}

function nextOpen(by) {
  for (let step = 1; step <= doubts.length; step += 1) {
    const index = doubt < 0 && by < 0 ? doubts.length - step : doubt + by * step;
    const at = ((index % doubts.length) + doubts.length) % doubts.length;
    if (!doubts[at].done) return goTo(at);
  }
  return goTo(doubt + by);
}

async function accept() {
  const here = doubts[doubt];
  if (!here || here.done) return;
  const { first_s, last_s, box } = here;
  const entry = { ...stamp(), first_s: Math.max(0, first_s), last_s: Math.max(0, last_s) };
  await append("accepted", box ? { ...entry, box } : entry);
  nextOpen(1);
}

function mend() {
  const here = doubts[doubt];
  if (!here) return;
  const time_s = here.frame === undefined ? player.frameTime : player.timeOf(here.frame);
  const [x, y, to_x, to_y] = here.box || [0, 0, ...drawing.size];
  const growth = here.box ? 0.15 : 0;
  const box = [x - growth * (to_x - x), y - growth * (to_y - y), to_x + growth * (to_x - x), to_y + growth * (to_y - y)];
  const entry = {
    keys: [{ time_s, box: box.map(Math.round) }],
    from_s: Math.max(0, time_s - FOLLOW_S, Math.min(time_s, here.first_s - 0.5)),
    to_s: Math.min(player.end, time_s + FOLLOW_S, Math.max(time_s, here.last_s + 0.5)),
    follow: Boolean(here.box), reason: "missed person", basis: "",
  };
  add("added", entry);
}

// One after the other: an older state that arrives late would hide what the reviewer did since.
function inTurn(work) {
  const mine = before.then(work);
  before = mine.catch(() => null);
  return mine;
}

// Does it, and returns whether it was stored. What was not may still have been done: the page shows what the command has.
function done(action) {
  return inTurn(async () => {
    const answer = await tried(action);
    take(answer || await api.state().catch(() => null));
    return Boolean(answer);
  });
}

function put(part, index, entry, insert = false) {
  return done(() => api.change(part, index, entry, insert));
}

// Adds an entry at the end of the list, as it is when its turn comes.
function append(part, entry) {
  return done(() => api.change(part, now.edits[part].length, entry));
}

function add(part, entry) {
  return done(() => {
    chosen = [part, now.edits[part].length];
    return api.change(...chosen, entry);
  });
}

async function replace([part, index], changed) {
  await put(part, index, changed);
  if (part === "opened" && edit() && !edit().second_look) await lookAgain(index);
}

async function remove() {
  if (!edit()) return;
  const [part, index] = chosen;
  chosen = null;
  await put(part, index, null);
}

function choose(part, index) {
  chosen = [part, index];
  document.activeElement?.blur();
  const first = edit();
  if (player.frameTime < first.from_s || player.frameTime > first.to_s) player.seek(first.keys ? first.keys[0].time_s + 0.001 : first.from_s + 0.001);
  show();
}

function drawn(where) {
  const time_s = player.frameTime;
  const key = { time_s, ...where };
  const old = edit();
  if (old?.keys && Object.keys(old.keys[0]).includes(Object.keys(where)[0]) && time_s >= old.from_s - AROUND_S && time_s <= old.to_s + AROUND_S && chosen[0] !== "opened" && !isElsewhere(old, key)) {
    replace(chosen, withKey(old, key));
    return;
  }
  add("added", {
    keys: [key], from_s: Math.max(0, time_s - AROUND_S), to_s: Math.min(player.end, time_s + AROUND_S),
    follow: true, reason: "", basis: "",
  });
}

function stretch(end) {
  const old = edit();
  if (!old) return;
  const time = end === "to_s" && chosen[0] === "muted" ? player.frameEnd : player.frameTime; // sound: with all of the frame
  const keys = old.keys || [];
  const least = keys.length ? keys[0].time_s : old.to_s;
  const most = keys.length ? keys[keys.length - 1].time_s : old.from_s;
  replace(chosen, { ...old, [end]: end === "from_s" ? Math.min(time, least) : Math.max(time, most) });
}

// Turns a region that was drawn into an opening, or into one that leaves a person visible.
async function turn(part) {
  const old = edit();
  if (!old || chosen[0] !== "added") return; // only cover that was drawn: the number counts in its own list
  const index = chosen[1];
  const { keys, from_s, to_s, follow } = old;
  const entry = part === "visible"
    ? { ...stamp(), keys, from_s, to_s, follow, ground: "consent" }
    : { ...stamp(), box: keys[0].box, from_s, to_s, piece: "people", reason: old.reason || "hides nobody" };
  if (!keys.every((key) => key.box)) return;
  if (!await append(part, entry)) return;
  const to = now.edits[part].length - 1;
  chosen = [part, to];
  await put("added", index, null);
  if (part === "opened") await lookAgain(to);
}

async function lookAgain(index) {
  $("saved").textContent = "another network looks ...";
  const piece = now.edits.opened[index];
  const second_look = await tried(() => api.look(piece));
  if (second_look) await put("opened", index, { ...piece, second_look });
}

async function makeCopy() {
  take({ copying: await tried(() => api.render()) });
  const wait = setInterval(async () => {
    const copying = await tried(() => api.progress());
    if (!copying) return clearInterval(wait);
    $("saved").textContent = `${copying.stage}: ${copying.frames} of ${copying.expected ?? "?"} frames`;
    if (copying.running) return null;
    clearInterval(wait);
    if (copying.problem) return tried(() => Promise.reject(new api.Problem(copying.problem)));
    return load(copying.version);
  }, 500);
}

async function load(version = 0) {
  const { time } = player;
  now = await inTurn(() => tried(() => api.state()));
  if (!now) return;
  document.title = `Review: ${now.recording}`;
  const { times_s } = await api.frames();
  tried(api.sound).then((found) => { sound.take(found); show(); });
  player.video.src = `/copy?version=${version}`;
  player.video.onloadeddata = async () => {
    player.video.onloadeddata = null;
    await player.take(times_s);
    drawing.resize(player.video.videoWidth, player.video.videoHeight);
    player.seek(time);
    show();
    if (!version && doubts.length) nextOpen(1);
    document.body.dataset.ready = "yes";
  };
}

const KEYS = {
  " ": ["play or pause", () => player.toggle()],
  ",": ["one frame back", () => player.step(-1)],
  ".": ["one frame forward", () => player.step(1)],
  "<": ["one second back", () => player.seek(player.time - 1)],
  ">": ["one second forward", () => player.seek(player.time + 1)],
  Home: ["to the start", () => player.seekFrame(0)],
  End: ["to the end", () => player.seekFrame(player.times.length - 1)],
  "[": ["previous doubt", () => nextOpen(-1)],
  "]": ["next doubt", () => nextOpen(1)],
  a: ["accept the doubt", accept],
  m: ["cover the doubt", mend],
  b: ["draw a box; by keyboard: arrow keys move a cross (with Shift: by 1 px), Space sets a corner", () => drawing.use("box")],
  p: ["draw a polygon, in the same way; double click or Enter ends it", () => drawing.use("polygon")],
  Enter: ["end the polygon", () => drawing.finish()],
  Escape: ["cancel", () => { drawing.cancel(); sound.cancel(); chosen = null; show(); }],
  s: ["mute the sound from here; again: up to here", () => sound.mute()],
  l: ["listen to the sound of the copy", () => sound.listen()],
  i: ["the edit begins here", () => stretch("from_s")],
  e: ["the edit ends here", () => stretch("to_s")],
  Delete: ["remove the edit", remove],
  x: ["take cover away in the region", () => turn("opened")],
  v: ["leave the person in the region visible", () => turn("visible")],
  n: ["next edit", () => cycle()],
  "+": ["zoom in", () => player.zoomBy(1.5)],
  "-": ["zoom out", () => player.zoomBy(1 / 1.5)],
  "0": ["whole picture", () => player.zoomBy(0)],
  ArrowLeft: ["move the zoomed picture", () => player.move(0.1, 0)],
  ArrowRight: ["", () => player.move(-0.1, 0)],
  ArrowUp: ["", () => player.move(0, 0.1)],
  ArrowDown: ["", () => player.move(0, -0.1)],
  "{": ["slower", () => speed(-1)],
  "}": ["faster", () => speed(1)],
  o: ["open my original; again: show the copy or the original", original],
  "?": ["show the keys", () => { document.querySelector("details").open ^= 1; }],
};

// Opens the reviewer's own file; once it is open, it and the copy take turns.
function original() {
  if (player.hasOriginal) player.showOriginal($("original").hidden);
  else $("file").click();
  showOriginal();
}

function showOriginal() {
  const name = !player.hasOriginal ? "Open my original ..." : $("original").hidden ? "Show my original" : "Show the copy";
  $("open-original").textContent = name;
  $("view").classList.toggle("raw", !$("original").hidden);
}

// Why there is no original on the page, and what the reviewer can do.
function cannotOpen({ name }) {
  return `${name}: this browser cannot play this file (AVI, for example). The review goes on without the original. `
    + "To see what is under the cover, convert a copy of your file to MP4 with H.264 on your own machine, and open that.";
}

// A file of another size or length is probably not the recording; "" = it may be.
function otherThan({ name }) {
  const [own, copy] = [$("original"), $("copy")].map((each) => `${each.videoWidth} x ${each.videoHeight} px`);
  const [long, wanted] = [$("original").duration, $("copy").duration];
  if (own === copy && !(Math.abs(long - wanted) > 1 + wanted / 100)) return "";
  return `${name}: has ${own} and ${seconds(long)}, the copy ${copy} and ${seconds(wanted)}. Is it this recording?`;
}

function cycle() {
  const all = ALL.flatMap((part) => now.edits[part].map((_, index) => [part, index]));
  const at = chosen ? all.findIndex(([part, index]) => part === chosen[0] && index === chosen[1]) : -1;
  if (all.length) choose(...all[(at + 1) % all.length]);
}

function speed(by) {
  const box = $("speed");
  box.selectedIndex = Math.min(box.options.length - 1, Math.max(0, box.selectedIndex + by));
  player.video.playbackRate = Number(box.value);
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select") && event.key !== "Escape") return;
  if (event.target.closest("button, summary") && [" ", "Enter"].includes(event.key)) return;
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "z") {
    event.preventDefault();
    done(event.shiftKey ? api.redo : api.undo);
  } else if (!command && !event.altKey && event.key === "Enter" && event.shiftKey) makeCopy();
  else if (!command && !event.altKey && drawing.takes(event)) event.preventDefault();
  else if (!command && !event.altKey && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key][1]();
  }
});
for (const [name, action] of Object.entries({
  play: () => player.toggle(), back: () => player.step(-1), forth: () => player.step(1), render: makeCopy,
  "tool-box": () => drawing.use("box"), "tool-polygon": () => drawing.use("polygon"), "open-original": original,
  mute: () => sound.mute(), listen: () => sound.listen(),
  undo: () => done(api.undo), redo: () => done(api.redo),
})) $(name).addEventListener("click", action);
$("speed").addEventListener("change", () => speed(0));
$("file").addEventListener("change", () => {
  const [file] = $("file").files;
  $("file").value = ""; // so that the same file can be chosen again
  if (file) player.openOriginal(file, () => { showOriginal(); say(otherThan(file)); }, () => { showOriginal(); say(cannotOpen(file)); });
});
for (const name of ["play", "pause"]) {
  player.video.addEventListener(name, () => { $("play").textContent = player.video.paused ? "Play" : "Pause"; });
}
player.onframe = (time) => now && draw(time);
$("keys").replaceChildren(
  ...Object.entries(KEYS).filter(([, [what]]) => what).flatMap(([key, [what]]) => [
    element("dt", {}, element("kbd", {}, key === " " ? "Space" : key)), element("dd", {}, what)]),
);
load();
