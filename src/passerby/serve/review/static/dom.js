// Builds elements; text stays text, whatever a file is called.

export const $ = (name) => document.getElementById(name);

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Puts rows into a list; a row whose key is the same as before stays as it is.
export function fill(list, rows) {
  rows.forEach(({ key, make }, index) => {
    const old = list.children[index];
    if (old?.rowKey === key) return;
    const made = Object.assign(make(), { rowKey: key });
    if (old) old.replaceWith(made);
    else list.append(made);
  });
  while (list.children.length > rows.length) list.lastElementChild.remove();
}

// Says which row of a list is the current one; what stays as it was costs the browser nothing.
export function mark(list, isCurrent) {
  [...list.children].forEach((row, index) => {
    const wanted = String(isCurrent(index));
    if (row.ariaCurrent !== wanted) row.ariaCurrent = wanted;
  });
}

export function shape(tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export const seconds = (value) => {
  const whole = Math.floor(value / 60);
  return `${whole}:${(value - 60 * whole).toFixed(2).padStart(5, "0")}`;
};
