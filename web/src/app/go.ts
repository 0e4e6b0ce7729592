import { type Place, read, write } from "./address";

const moved = new EventTarget();

/** What the page's address names now. */
export const here = (): Place => read(location.pathname, location.search);

/** Go to another page of the console; `replace` leaves no step to go back to. */
export function go(address: string, { replace = false } = {}): void {
  if (address === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  moved.dispatchEvent(new Event("moved"));
}

/** Change values in the address's query; "" takes one out. */
export function setQuery(values: Record<string, string>, { replace = true } = {}): void {
  const { view, name, query } = here();
  go(write(view, name, { ...Object.fromEntries(query), ...values }), { replace });
}

/** Call back whenever the address changes. */
export function onMove(callback: () => void): () => void {
  moved.addEventListener("moved", callback);
  addEventListener("popstate", callback);
  return () => {
    moved.removeEventListener("moved", callback);
    removeEventListener("popstate", callback);
  };
}

/** Follow links within the console without loading it anew. */
export function catchLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
      return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.pathname.startsWith("/api/") || link.hash) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
