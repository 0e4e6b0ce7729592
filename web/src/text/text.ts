import { de } from "./de";
import { en } from "./en";

/** A message of the console. */
export type Key = keyof typeof en;

/** A language of the console. */
export type Language = "en" | "de";

const MESSAGES: Record<Language, Record<Key, string>> = { en, de };
const KEPT = "passerby.language";

let language: Language = "en";

/** The language in which the console is shown. */
export const spoken = (): Language => language;

/** The languages, in their own words. */
export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch" };

/** Choose the language: what was chosen here before, or else what the browser prefers. */
export function chooseLanguage(kept: string | null, preferred: readonly string[]): Language {
  if (kept === "en" || kept === "de") return kept;
  const first = preferred.map((each) => each.slice(0, 2)).find((each) => each === "en" || each === "de");
  return first === "de" ? "de" : "en";
}

/** Use the language that was chosen. */
export function beginLanguage(): void {
  language = chooseLanguage(localStorage.getItem(KEPT), navigator.languages);
  document.documentElement.lang = language;
}

/** Use a language from now on, without remembering it: the page belongs to somebody else. */
export function speak(chosen: Language): void {
  language = chosen;
}

/** Set the language from now on; what is on the page already stays as it is. */
export function setLanguage(chosen: Language): void {
  language = chosen;
  if (typeof localStorage !== "undefined") localStorage.setItem(KEPT, chosen);
}

/** A message; `{name}` in it becomes the value of that name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return MESSAGES[language][key].replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** Whether there is such a message: what the gateway may add later is shown as it is. */
const isKey = (key: string): key is Key => key in en;

/** A word of the API in the person's language: `word("state", "ok")` is the message "state.ok". */
export function word(kind: string, value: string): string {
  const key = `${kind}.${value}`;
  return isKey(key) ? t(key) : value.replaceAll("_", " ");
}

/** A count with its noun: `count(2, "cameras")` uses "cameras.one" or "cameras.other". */
export function count(number: number, noun: string): string {
  const key = `${noun}.${number === 1 ? "one" : "other"}`;
  return isKey(key) ? t(key, { n: number }) : String(number);
}

/** The name of the language for dates and numbers: the browser's variant of it where it has one. */
export function locale(): string {
  const preferred = typeof navigator === "undefined" ? [] : navigator.languages;
  return preferred.find((each) => each.startsWith(language)) ?? language;
}
