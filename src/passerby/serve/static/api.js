/** An error that the gateway returned, with its message. */
export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Send a request to the gateway; throws a Refusal, or a TypeError if the gateway does not answer. */
export async function ask(path, { method = "GET", body } = {}) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.ok) return answer.status === 204 ? undefined : answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal(answer.status, problem.detail ?? answer.statusText);
}

/** Short-lived addresses that open a covered stream. */
export const streamAddress = (camera, stream) =>
  ask(`/api/cameras/${encodeURIComponent(camera)}/streams/${stream}`, { method: "POST" });

/** Short-lived addresses of the mosaic, and the position of each camera in it. */
export const mosaicAddress = () => ask("/api/mosaic/stream", { method: "POST" });

/** The WebSocket form of a ticket's address. */
export const socketAddress = (path) => new URL(path, location.href.replace(/^http/, "ws")).href;
