/** A page of a list, and the cursor of the next one ("" = there is none). */
export interface ListPage<Item> {
  value: readonly Item[];
  next: string;
}

/** Everything that is on the pages of a list; `page` returns the one after a cursor. */
export async function allOf<Item>(page: (after: string) => Promise<ListPage<Item>>): Promise<Item[]> {
  const found: Item[] = [];
  let after = "";
  do {
    const { value, next } = await page(after);
    found.push(...value);
    after = next;
  } while (after);
  return found;
}
