/** A refusal of the gateway, in its own words. */
export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Ask the gateway; throws a Refusal, or a TypeError when it does not answer. */
export async function ask(path, { method = "GET", body } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.ok) return answer.status === 204 ? undefined : answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal(answer.status, problem.detail ?? answer.statusText);
}

/** The addresses under which a covered stream can be opened soon. */
export const streamAddress = (camera, stream) =>
  ask(`/api/cameras/${encodeURIComponent(camera)}/streams/${stream}`, { method: "POST" });

/** The addresses of the mosaic, and which camera stands where in it. */
export const mosaicAddress = () => ask("/api/mosaic/stream", { method: "POST" });

/** A ticket's address as one for a WebSocket. */
export const socketAddress = (path) => new URL(path, location.href.replace(/^http/, "ws")).href;
