import type { FieldProblem, Routes } from "./schema";

/** An error that the gateway returned, with its message. */
export class Refusal extends Error {
  readonly status: number;
  /** Of settings: what is wrong with each field. */
  readonly problems: FieldProblem[];

  constructor(status: number, detail: string, problems: FieldProblem[] = []) {
    super(detail);
    this.status = status;
    this.problems = problems;
  }
}

type Route = keyof Routes;
type Query<R extends Route> = Routes[R] extends { query: infer Q } ? Q : never;
type Body<R extends Route> = Routes[R] extends { body: infer B } ? B : never;

/** What a request takes besides its route. */
export interface Wanted<R extends Route> {
  /** Values of the names in the path. */
  path?: Record<string, string | number>;
  query?: Query<R>;
  body?: Body<R>;
  /** Sent as it is, instead of a body. */
  file?: Blob;
  /** Entity tag of what the change is based on. */
  match?: string;
}

/** What came back, with its entity tag and the cursor of the next page ("" = there is none). */
export interface Answered<R extends Route> {
  value: Routes[R]["answer"];
  tag: string;
  next: string;
}

let renew: (() => Promise<void>) | null = null;

/** Set what signs in again when a session has ended; the request that found out is then sent once more. */
export function onSessionEnd(again: (() => Promise<void>) | null): void {
  renew = again;
}

/** The path and query of a request. */
export function addressOf(route: string, path: Record<string, string | number> = {}, query: object = {}): string {
  const named = route.slice(route.indexOf(" ") + 1);
  const filled = named.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(path[name] ?? "")));
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter((each) => each !== undefined && each !== "")
      .map((each): [string, string] => [name, String(each)]),
  );
  return pairs.length ? `${filled}?${new URLSearchParams(pairs)}` : filled;
}

const NEXT = /<[^>]*[?&]after=([^&>]*)[^>]*>;\s*rel="next"/;

/** Send a request and return the answer as it is; throws a Refusal, or a TypeError if the gateway does not answer. */
export async function sendFor<R extends Route>(
  route: R,
  wanted: Wanted<R> = {},
  signal?: AbortSignal,
): Promise<Response> {
  const method = route.slice(0, route.indexOf(" "));
  const headers: Record<string, string> = {};
  if (wanted.body !== undefined) headers["Content-Type"] = "application/json";
  if (wanted.match) headers["If-Match"] = wanted.match;
  const body = wanted.body === undefined ? (wanted.file ?? null) : JSON.stringify(wanted.body);
  const address = addressOf(route, wanted.path, wanted.query as object | undefined);
  const request: RequestInit = { method, headers, body, ...(signal ? { signal } : {}) };
  let answer = await fetch(address, request);
  if (answer.status === 401 && renew) {
    await renew();
    answer = await fetch(address, request);
  }
  if (!answer.ok) {
    const problem: { detail?: unknown; problems?: FieldProblem[] } = await answer.json().catch(() => ({}));
    const detail = typeof problem.detail === "string" ? problem.detail : answer.statusText;
    throw new Refusal(answer.status, detail, problem.problems ?? []);
  }
  return answer;
}

/** Send a request and read its answer as JSON; throws as `sendFor`. */
export async function send<R extends Route>(route: R, wanted: Wanted<R> = {}): Promise<Answered<R>> {
  const answer = await sendFor(route, wanted);
  const value = answer.status === 204 ? undefined : await answer.json();
  const next = decodeURIComponent(NEXT.exec(answer.headers.get("Link") ?? "")?.[1] ?? "");
  return { value: value as Routes[R]["answer"], tag: answer.headers.get("ETag") ?? "", next };
}

/** Send a request and return what it answers. */
export async function ask<R extends Route>(route: R, wanted: Wanted<R> = {}): Promise<Routes[R]["answer"]> {
  return (await send(route, wanted)).value;
}

/** Send a request that is answered with text, and return it with its entity tag. */
export async function askText<R extends Route>(
  route: R,
  wanted: Wanted<R> = {},
): Promise<{ text: string; tag: string }> {
  const answer = await sendFor(route, wanted);
  return { text: await answer.text(), tag: answer.headers.get("ETag") ?? "" };
}

/** The WebSocket form of a ticket's address. */
export const socketAddress = (path: string): string => new URL(path, location.href.replace(/^http/, "ws")).href;
