import type { Quantity } from "../api/schema";
import { word } from "../text/text";

/** The name of a quantity, with the class that it counts. */
export const nameOf = (quantity: Quantity, kind: string): string =>
  kind ? `${word("quantity", quantity)}, ${word("kind", kind)}` : word("quantity", quantity);
