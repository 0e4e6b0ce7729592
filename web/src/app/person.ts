import { ask } from "../api/client";
import type { Action, OwnAccount } from "../api/schema";

let account: OwnAccount | null = null;

/** Who is signed in; null = nobody. */
export const person = (): OwnAccount | null => account;

/** Whether the person who is signed in may do something, with any camera. */
export const may = (action: Action): boolean => account?.actions.includes(action) ?? false;

/** Whether the person is limited to no group of cameras. */
export const seesAll = (): boolean => account !== null && account.cameras === null;

/** Ask who is signed in. */
export async function meet(): Promise<OwnAccount> {
  account = await ask("GET /api/account");
  return account;
}
