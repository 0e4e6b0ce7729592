/** Announce a change to screen readers. */
export function say(text: string): void {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}
