const KEPT = "passerby.keys";

/** Whether single keys, such as F, act on the page; whoever speaks to the computer may have to switch them off. */
export const hasSingleKeys = (): boolean => localStorage.getItem(KEPT) !== "off";

/** Switch single keys on or off, now and at the next visit. */
export function setSingleKeys(on: boolean): void {
  localStorage.setItem(KEPT, on ? "on" : "off");
}

/** The key of an event that may act on the page: "" while somebody types, or if single keys are switched off.
 *
 * Arrows and Escape are no characters, and always act.
 */
export function keyOf(event: KeyboardEvent): string {
  const isTyped = (event.target as Element).closest("input, select, textarea, dialog");
  if (event.ctrlKey || event.metaKey || event.altKey || isTyped) return "";
  return event.key.length > 1 || hasSingleKeys() ? event.key : "";
}
