/** An element with properties and children; text becomes text, never HTML. */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Announce a change to screen readers. */
export function say(text) {
  document.getElementById("said").textContent = text;
}
