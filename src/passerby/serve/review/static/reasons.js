// Reasons: for each kind of cover in the copy, and the list that the site offers.

import { element } from "./dom.js";

const COMMON = ["missed person", "data protection", "minor", "witness", "third party", "number plate", "document", "other"];

export const offered = (site) => (site ? site.reasons.map((each) => each.reason) : COMMON);

// The legal basis that the site's list gives for a reason; "" = it is not in the list.
export const basisOf = (site, reason) => site?.reasons.find((each) => each.reason === reason)?.basis || "";

export function choices(id, site) {
  return element("datalist", { id }, ...offered(site).map((value) => element("option", { value })));
}

// Rows with a reason and a basis for each kind; `entries` returns the reasons of now, `save` gets the index in `reasons`, and the entry or null.
export function reasonRows(kinds, entries, site, save) {
  const rows = kinds.map((piece) => {
    const find = () => entries().findIndex((each) => each.piece === piece);
    const own = entries()[find()];
    const usual = site?.reasons.find((each) => each.covers.includes(piece));
    const field = (name, label, value, hint) => {
      const input = element("input", { value, maxLength: 200, placeholder: hint || label, ariaLabel: `${piece}: ${label}` });
      input.id = `${name}-${piece}`;
      if (name === "reason") input.setAttribute("list", "kind-reasons");
      return input;
    };
    const reason = field("reason", "reason", own?.reason || "", usual?.reason);
    const basis = field("basis", "legal basis", own?.basis || "", usual?.basis);
    const changed = () => {
      const text = reason.value.trim();
      basis.value = text ? basis.value.trim() || basisOf(site, text) : "";
      const found = find(); // now, not when the row was made: the field that has the focus is not made anew
      const entry = text ? { piece, reason: text, basis: basis.value } : null;
      if (entry || found >= 0) save(found < 0 ? entries().length : found, entry);
    };
    reason.addEventListener("change", changed);
    basis.addEventListener("change", changed);
    return element("div", { className: "kind" }, element("span", {}, piece), reason, basis);
  });
  return [choices("kind-reasons", site), ...rows];
}
