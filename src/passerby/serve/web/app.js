import { Refusal, ask } from "./api.js";
import { synchronise } from "./clock.js";
import { make, say } from "./dom.js";
import { Single } from "./single.js";
import { SignIn } from "./signin.js";
import { Wall } from "./wall.js";
import { REDACTION, summary } from "./words.js";

const main = document.getElementById("main");
const AGAIN_MS = 1000;
let cameras = [];
let view = null;

/** Put a view onto the page in place of the one before. */
function show(next, title) {
  view?.close();
  view = next;
  main.replaceChildren(next.element);
  document.title = title ? `${title} – passerby` : "passerby";
}

/** Show what the address asks for: all cameras, or one. */
function route() {
  const asked = decodeURIComponent(location.hash.match(/^#\/camera\/(.+)$/)?.[1] ?? "");
  const camera = cameras.find(({ name }) => name === asked);
  if (camera) show(new Single(camera, cameras), camera.name);
  else show(new Wall(cameras), "All cameras");
  main.focus();
}

/** Take news of the cameras; a camera that came or went changes the wall. */
function hear(news) {
  const before = new Map(cameras.map((camera) => [camera.name, camera]));
  const same = news.length === cameras.length && news.every(({ name }) => before.has(name));
  cameras = news;
  document.getElementById("summary").textContent = summary(cameras);
  if (!same) return route();
  const changed = news.filter((camera) => camera.redaction !== before.get(camera.name).redaction);
  if (changed.length) say(changed.map(({ name, redaction }) => `${name}: ${REDACTION[redaction]}`).join(". "));
  view.update(cameras);
}

async function listen() {
  for (;;) {
    try {
      hear(await ask("/api/cameras"));
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) return signIn();
      document.getElementById("summary").textContent = "The gateway does not answer.";
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function signIn() {
  cameras = [];
  document.getElementById("summary").textContent = "";
  document.getElementById("tools").replaceChildren();
  show(new SignIn(begin), "Sign in");
}

async function signOut() {
  await ask("/api/session", { method: "DELETE" });
  location.reload();
}

async function begin() {
  try {
    await synchronise();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return signIn();
  }
  const out = make("button", { type: "button", onclick: signOut }, "Sign out");
  document.getElementById("tools").replaceChildren(out);
  listen();
}

addEventListener("hashchange", () => cameras.length && route());
begin();
