/** What the page's address names: every state of the console can be reloaded, shared and left with "back". */

/** A page of the console. */
export type View =
  | "wall"
  | "camera"
  | "alerts"
  | "places"
  | "place"
  | "health"
  | "recordings"
  | "timeline"
  | "audit"
  | "setup"
  | "map"
  | "people"
  | "about"
  | "account"
  | "absent";

/** An address as the console reads it. */
export interface Place {
  view: View;
  /** The part after the view: a camera, a group, an alert, a place or a tab; "" = none. */
  name: string;
  query: URLSearchParams;
}

const VIEWS = new Set<string>([
  "wall",
  "camera",
  "alerts",
  "places",
  "place",
  "health",
  "recordings",
  "timeline",
  "audit",
  "setup",
  "map",
  "people",
  "about",
  "account",
]);
const NAMED = new Set<string>(["camera", "place"]);

/** Read a path and query; "/" is the wall, and a camera at a time of the past is the timeline with it alone. */
export function read(path: string, search: string): Place {
  const [first = "", second = "", ...more] = path
    .split("/")
    .filter(Boolean)
    .map((each) => decoded(each));
  const query = new URLSearchParams(search);
  if (!first) return { view: "wall", name: "", query };
  const wrong = !VIEWS.has(first) || more.length > 0 || (NAMED.has(first) && !second);
  if (!wrong && first === "camera" && query.get("t")) {
    query.set("cams", second);
    return { view: "timeline", name: "", query };
  }
  return wrong ? { view: "absent", name: "", query } : { view: first as View, name: second, query };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a page; empty values of the query are left out. */
export function write(view: View, name = "", query: Record<string, string> = {}): string {
  const path = `/${view}${name ? `/${encodeURIComponent(name)}` : ""}`;
  const pairs = Object.entries(query).filter(([, value]) => value !== "");
  return pairs.length ? `${path}?${new URLSearchParams(pairs)}` : path;
}

/** A link that somebody was sent: its secret is behind "#", which browsers send to no server. */
export interface SecretLink {
  kind: "first" | "invitation" | "refused";
  secret: string;
}

/** The secret of a link; null if the address has none. */
export function secretOf(hash: string): SecretLink | null {
  const [, kind, secret] = /^#\/(first|invitation|refused)\/(.+)$/.exec(hash) ?? [];
  return kind && secret ? { kind: kind as SecretLink["kind"], secret } : null;
}
