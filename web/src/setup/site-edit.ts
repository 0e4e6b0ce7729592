import { ask, Refusal, send } from "../api/client";

export type Json = Record<string, unknown>;
/** What a change would change: each key with its old and its new value. */
export type Changes = Record<string, string>;

const STALE = 412;

/** The site file as it was read, and how it is changed: compared first, and saved unless somebody else was faster. */
export class SiteEdit {
  settings: Json | null = null;
  #tag = "";

  /** Read it. */
  async read(): Promise<void> {
    const { value, tag } = await send("GET /api/site");
    this.settings = value.settings;
    this.#tag = tag;
  }

  /** What settings would change. */
  async compared(settings: Json): Promise<Changes> {
    return (await ask("POST /api/site/difference", { body: { settings } })).changes;
  }

  /**
   * Save what `make` returns, and return null. If somebody else saved first, nothing is saved: their file is read, and
   * what `make` would change in it is returned.
   */
  async save(make: () => Json): Promise<Changes | null> {
    try {
      await send("PUT /api/site", { body: { settings: make() }, match: this.#tag });
      return null;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== STALE) throw error;
      await this.read();
      return this.compared(make());
    }
  }
}
