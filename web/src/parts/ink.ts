/** Read the colours that tokens have where an element stands; also where a person's system sets all colours. */
export function readInks<Name extends string>(
  element: HTMLElement,
  tokens: Record<Name, string>,
): Record<Name, string> {
  const probe = document.createElement("i");
  probe.style.setProperty("forced-color-adjust", "none"); // else every token has the colour of text
  element.append(probe);
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const found = Object.entries<string>(tokens).map(([name, token]) => [name, read(token)]);
  probe.remove();
  return Object.fromEntries(found) as Record<Name, string>;
}
