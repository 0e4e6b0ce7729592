// The form of one edit: its time, whether it follows, its reason; saved as it changes.

import { element, seconds } from "./dom.js";
import { basisOf, offered } from "./reasons.js";

const PIECES = ["people", "faces", "vehicles", "screens", "motion"];

export function editorOf(part, edit, site, act) {
  const changed = (name, value) => {
    const basis = ["added", "muted"].includes(part) && name === "reason" && !edit.basis ? basisOf(site, value) : "";
    return basis ? { ...edit, [name]: value, basis } : { ...edit, [name]: value };
  };
  const field = (label, control) => element("div", { className: "row" }, element("label", {}, label, " ", control));
  const text = (name, label, options = []) => {
    const id = `${name}-choices`;
    const input = element("input", { value: edit[name] || "", maxLength: 200, onchange: () => act.save(changed(name, input.value)) });
    input.setAttribute("list", id);
    input.id = `edit-${name}`;
    const choices = element("datalist", { id }, ...options.map((value) => element("option", { value })));
    return element("div", { className: "row" }, element("label", {}, label, " ", input, choices));
  };
  const parts = [element("h2", {}, title(part))];
  parts.push(
    element("div", {}, `from ${seconds(edit.from_s)} to ${seconds(edit.to_s)}`),
    element("div", { className: "row" },
      element("button", { title: "i", onclick: () => act.stretch("from_s") }, "begins here"),
      element("button", { title: "e", onclick: () => act.stretch("to_s") }, "ends here"),
    ),
  );
  if (edit.keys) {
    const box = element("input", { type: "checkbox", checked: edit.follow, onchange: () => act.save({ ...edit, follow: box.checked }) });
    box.id = "edit-follow";
    parts.push(field("follows what is in it", box));
    parts.push(element("p", { className: "hint" }, `${edit.keys.length} key ${edit.keys.length > 1 ? "frames" : "frame"}; draw again on another frame to add one`));
  }
  if (["added", "muted"].includes(part)) parts.push(text("reason", "Reason", offered(site)), text("basis", "Legal basis"));
  if (part === "visible") parts.push(text("ground", "Ground", ["consent", "access request"]));
  if (part === "opened") {
    const piece = element("select", { onchange: () => act.save({ ...edit, piece: piece.value, second_look: undefined, confirmed: false }) },
      ...PIECES.map((value) => element("option", { value, selected: value === edit.piece }, value)));
    parts.push(field("Kind of cover", piece), text("reason", "Why nobody is hidden there"));
    const look = edit.second_look;
    parts.push(element("p", { className: "hint" }, look
      ? `${look.networks.join(", ")} looked at ${look.frames} frames: ${look.suspects ? "somebody may be there" : "nobody suspected"}${edit.confirmed ? "; you confirmed it" : ""}`
      : "not looked at yet"));
    parts.push(element("p", { className: "hint" }, "A piece of cover goes only where the box is around it: one that reaches farther out stays."));
    if (look?.suspects && !edit.confirmed) {
      parts.push(element("button", { onclick: () => act.save({ ...edit, confirmed: true }) }, "I have looked: nobody is hidden there"));
    }
  }
  parts.push(
    element("div", { className: "row" },
      element("button", { title: "Delete", onclick: act.remove }, "Remove"),
      part === "added" && !act.locked ? element("button", { title: "x", onclick: act.open }, "Take cover away here instead") : null,
      part === "added" && !act.locked && edit.keys.every((key) => key.box) ? element("button", { title: "v", onclick: act.visible }, "Leave this person visible instead") : null,
    ),
  );
  return parts;
}

export const title = (part) => ({ added: "Cover added", opened: "Cover taken away", visible: "Left visible on request", muted: "Sound muted" })[part];
