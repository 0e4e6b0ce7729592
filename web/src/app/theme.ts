/** Light, dark, or as the system says. */
export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];
const KEPT = "passerby.theme";

/** The theme that was chosen in this browser. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEPT);
  return THEMES.find((each) => each === kept) ?? "system";
}

/** Show the page in a theme, now and at the next visit. */
export function setTheme(theme: Theme): void {
  localStorage.setItem(KEPT, theme);
  document.documentElement.dataset.theme = theme;
}
