import { iso, type TimeWindow } from "./timeline";

/** A selected span of time: its begin and its end, s since 1970. */
export type Selection = readonly [number, number];

/** Read the selection from an address; null: nothing is selected. */
export function readSelection(query: URLSearchParams): Selection | null {
  const [begin, end] = (query.get("sel") ?? "").split(",").map((each) => Date.parse(each) / 1000);
  return begin !== undefined && end !== undefined && begin < end ? [begin, end] : null;
}

/** The value of a selection for the address. */
export const writeSelection = ([begin, end]: Selection): string => `${iso(begin)},${iso(end)}`;

/** The selection that begins or ends at the chosen moment; a new one has a twentieth of the window. */
export function marked(selection: Selection | null, { moment, span }: TimeWindow, end: "begin" | "end"): Selection {
  const [begin, last] = selection ?? [moment, moment + span / 20];
  return end === "end" ? [Math.min(begin, moment - 1), moment] : [moment, Math.max(last, moment + 1)];
}
