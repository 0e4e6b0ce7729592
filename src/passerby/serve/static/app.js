import { Account } from "./account.js";
import { Refusal, ask } from "./api.js";
import { synchronise } from "./clock.js";
import { make, say } from "./dom.js";
import { MANY, Mosaic } from "./mosaic.js";
import { Single } from "./single.js";
import { FirstPassword, SignIn } from "./signin.js";
import { Wall } from "./wall.js";
import { condition, summary } from "./words.js";

const main = document.getElementById("main");
const AGAIN_MS = 2000;
const CLOCK_MS = 600_000;
const turn = make("button", { type: "button", onclick: turnWall });
let wanted = null;
let cameras = [];
let view = null;

/** Replace the current view on the page. */
function show(next, title) {
  view?.close();
  view = next;
  main.replaceChildren(next.element);
  document.title = title ? `${title} – passerby` : "passerby";
}

/** One picture of all cameras, or a tile for each: the user's choice, or else whichever needs less. */
const asMosaic = () => wanted ?? cameras.length > MANY;

function turnWall() {
  wanted = !asMosaic();
  route();
  turn.focus();
}

/** Show what the page's address names: all cameras, or one. */
function route() {
  const asked = location.hash.match(/^#\/camera\/(.+)$/)?.[1];
  const camera = cameras.find(({ name }) => name === asked);
  const own = location.hash === "#/account";
  if (own) show(new Account(() => location.reload()), "Account");
  else if (camera) show(new Single(camera, cameras), camera.name);
  else if (asMosaic()) show(new Mosaic(cameras), "All cameras");
  else show(new Wall(cameras), "All cameras");
  turn.hidden = own || Boolean(camera) || cameras.length < 2;
  turn.textContent = asMosaic() ? "Show tiles" : "Show mosaic";
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Show in the header how many cameras are in each condition. */
function showSummary() {
  const { total, counts } = summary(cameras);
  const parts = counts.flatMap(({ tone, words, count }, index) => [
    index ? "; " : ": ", make("span", { className: `tone ${tone}` }, `${count} ${words}`)]);
  document.getElementById("summary").replaceChildren(total, ...parts);
}

/** Update the cameras; if one was added or removed, rebuild the wall. */
function hear(news) {
  const before = new Map(cameras.map((camera) => [camera.name, camera]));
  const same = news.length === cameras.length && news.every(({ name }) => before.has(name));
  cameras = news;
  showSummary();
  if (!same || !view?.update) return route();
  const changed = news.filter((camera) => condition(camera).words !== condition(before.get(camera.name)).words);
  if (changed.length) say(changed.map((camera) => `${camera.name}: ${condition(camera).words}`).join(". "));
  view.update(cameras);
}

/** Listen to camera events; reconnect if the gateway was unreachable. */
function listen() {
  const news = new EventSource("/api/events");
  news.addEventListener("cameras", ({ data }) => hear(JSON.parse(data)));
  news.addEventListener("camera", ({ data }) => {
    const one = JSON.parse(data);
    hear(cameras.map((camera) => (camera.name === one.name ? one : camera)));
  });
  news.onerror = () => {
    document.getElementById("summary").textContent = "The gateway does not answer.";
    news.close();
    setTimeout(begin, AGAIN_MS);
  };
}

/** The word of a link by which a sign-in provider's answer was refused, taken out of the address; "" = there is none. */
function takeRefusal() {
  const word = location.hash.match(/^#\/refused\/([a-z]+)$/)?.[1] ?? "";
  if (word) history.replaceState(null, "", location.pathname);
  return word;
}

function signIn() {
  cameras = [];
  document.getElementById("summary").textContent = "";
  document.getElementById("tools").replaceChildren();
  show(new SignIn(begin, takeRefusal()), "Sign in");
}

/** The secret of a link, which is taken out of the address and the history at once; undefined if there is none. */
function takeLink() {
  const [, kind, secret] = location.hash.match(/^#\/(first|invitation)\/(.+)$/) ?? [];
  if (secret) history.replaceState(null, "", location.pathname);
  return secret && { kind, secret };
}

function useLink({ kind, secret }) {
  const first = kind === "first";
  show(new FirstPassword(secret, { first, done: begin }), first ? "First administrator" : "Password");
}

async function signOut() {
  const { address } = await ask("/api/session/oidc/end", { method: "POST" });
  if (address) location.assign(address);
  else location.reload();
}

async function begin() {
  try {
    await synchronise();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return signIn();
    return setTimeout(begin, AGAIN_MS);
  }
  const out = make("button", { type: "button", onclick: signOut }, "Sign out");
  const own = make("a", { href: "#/account" }, "Account");
  document.getElementById("tools").replaceChildren(turn, own, out);
  listen();
}

addEventListener("hashchange", () => {
  const link = takeLink();
  if (link) useLink(link);
  else if (cameras.length) route();
});
setInterval(() => synchronise().catch(() => {}), CLOCK_MS);
const link = takeLink();
if (link) useLink(link);
else begin();
