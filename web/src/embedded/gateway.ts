import { Refusal } from "../api/client";
import type { EmbeddedCamera, EmbeddedStream, StreamName } from "../api/schema";
import type { Addresses } from "../play/player";

/** One camera of a gateway, as a page of another origin may ask for it: with a ticket, and never with a cookie. */
export class Gateway {
  readonly #base: string;
  readonly #ticket: string;

  /** `base` is the gateway's origin. */
  constructor(base: string, camera: string, ticket: string) {
    this.#base = new URL(`/api/embedded/${encodeURIComponent(camera)}`, base).href;
    this.#ticket = ticket;
  }

  /** How the camera is doing; throws a Refusal, or a TypeError if the gateway does not answer this page. */
  camera(): Promise<EmbeddedCamera> {
    return this.#ask<EmbeddedCamera>("GET", "");
  }

  /** Where its covered stream can be opened; throws as `camera`. */
  async stream(name: StreamName): Promise<Addresses> {
    const { packets, fragments } = await this.#ask<EmbeddedStream>("POST", `/streams/${name}`);
    return { packets: this.#socket(packets), fragments: this.#socket(fragments) };
  }

  #socket(path: string): string {
    return new URL(path, this.#base.replace(/^http/, "ws")).href;
  }

  async #ask<T>(method: string, path: string): Promise<T> {
    const headers = { Authorization: `Bearer ${this.#ticket}` };
    const answer = await fetch(`${this.#base}${path}`, { method, headers, credentials: "omit", cache: "no-store" });
    if (!answer.ok) {
      const problem: { detail?: unknown } = await answer.json().catch(() => ({}));
      throw new Refusal(answer.status, typeof problem.detail === "string" ? problem.detail : answer.statusText);
    }
    return answer.json();
  }
}
