// The reviews of a folder: how far each is, who has it, and what is noted about it.

import { $, element } from "./dom.js";

const EVERY_MS = 10_000;
const BUSY_MS = 1000; // while a recording is being covered
let now = null;
let timer = 0;

async function ask(path, body) {
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    return problem("passerby review has ended: start it again, nothing is lost");
  }
  const found = await answer.json();
  if (!answer.ok) return problem(found.problem || `the command answered ${answer.status}`);
  if (body) $("message").hidden = true;
  return found;
}

function problem(text) {
  $("message").textContent = text;
  $("message").hidden = false;
  return null;
}

const today = () => new Date().toLocaleDateString("sv"); // as dates are written in the list
const done = (job) => ["approved", "released"].includes(job.state);

function row(job) {
  const save = async (name, value) => {
    const found = await ask("/note", { recording: job.recording, [name]: value }); // the others may have changed
    if (found) take(found, "saved");
  };
  const field = (name, label, kind = "text") => {
    const input = element("input", { type: kind, value: job[name] || "", maxLength: 200, ariaLabel: `${label}: ${job.recording}` });
    input.addEventListener("change", () => save(name, kind === "date" ? input.value || null : input.value.trim()));
    return element("td", {}, input);
  };
  const note = element("textarea", { value: job.note, maxLength: 2000, ariaLabel: `Notes: ${job.recording}` });
  note.addEventListener("change", () => save("note", note.value));
  const action = job.has_copy
    ? element("button", { onclick: () => open(job.recording) }, "Review")
    : element("button", { disabled: job.busy, onclick: () => cover(job.recording) }, "Cover");
  const state = job.state.split(/[ :,]/)[0];
  return element("tr", { className: job.due && job.due < today() && !done(job) ? "late" : "" },
    element("td", { className: "file" }, job.recording),
    element("td", { className: `state ${job.state === state || state === "failed" ? state : ""}` }, job.state),
    field("who", "Who has it"), field("case", "Case number"), field("due", "Due", "date"),
    element("td", {}, note), element("td", {}, action));
}

function take(found, text = "") {
  now = found;
  if (text) $("saved").textContent = text;
  $("name").textContent = `Reviews in ${now.folder}`;
  document.title = $("name").textContent;
  if ($("jobs").contains(document.activeElement) && document.activeElement.matches("input, textarea")) return; // somebody types
  const shown = { "": () => true, open: (job) => !done(job), mine: (job) => job.who === now.reviewer }[$("shown").value];
  $("jobs").replaceChildren(...now.jobs.filter(shown).map(row));
}

async function open(recording) {
  const page = window.open("", "_blank"); // now, because browsers only allow it in answer to a click
  const found = await ask("/open", { recording });
  if (!found) page?.close();
  else if (page) page.location = found.address;
  else window.location = found.address;
}

async function cover(recording) {
  const found = await ask("/cover", { recording });
  if (found) take(found, "covering ...");
  clearTimeout(timer);
  timer = setTimeout(load, BUSY_MS);
}

async function load() {
  const found = await ask("/jobs");
  if (found) take(found);
  document.body.dataset.ready = "yes";
  clearTimeout(timer);
  timer = setTimeout(load, now?.jobs.some((job) => job.busy && job.state.startsWith("cover")) ? BUSY_MS : EVERY_MS);
}

$("shown").addEventListener("change", () => take(now));
load();
