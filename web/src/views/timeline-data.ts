import { ask, Refusal } from "../api/client";
import { live } from "../api/live";
import type { AlertInfo, CoverInfo, PlaceInfo, SignalChart } from "../api/schema";
import { iso, signalWindow, stepOf, type TimeWindow } from "../app/timeline";
import type { Preview } from "../parts/recorded";

const CALM_MS = 150;
const AGAIN_MS = 2000;
/** More than that is read on each side, so that a small move shows no empty edge. */
const MARGIN = 0.25;
const PREVIEWS = 24;
const PREVIEW_PX = 320;
const LENGTHS = { "1s": 1, "10s": 10, "1min": 60, "5min": 300, "15min": 900, "1h": 3600 } as const;

/** What the timeline shows of a window, read from the gateway. An event "change" follows each answer. */
export class TimelineData extends EventTarget {
  readonly strips = new Map<string, CoverInfo>();
  curve: SignalChart | null = null;
  curveStep = 1;
  alerts: AlertInfo[] = [];
  /** What could not be read; null: everything was. */
  failure: unknown = null;
  #previews = new Map<string, readonly Preview[]>();
  #previewed: TimeWindow | null = null;
  #asked = "";
  #later: ReturnType<typeof setTimeout> | undefined;

  /** Read a window, unless it was read; a gateway that does not answer is asked again. */
  show(window: TimeWindow, cameras: readonly string[], curve: PlaceInfo | null, width: number): void {
    const wanted = JSON.stringify([window.begin, window.span, cameras, curve, Math.round(width / 100)]);
    if (wanted === this.#asked) return;
    const isFirst = !this.#asked;
    this.#asked = wanted;
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#read(window, cameras, curve, width), isFirst ? 0 : CALM_MS);
  }

  /** Read the window anew when it is shown next. */
  renew(): void {
    this.#asked = "";
  }

  close(): void {
    clearTimeout(this.#later);
    this.#asked = "closed";
    this.#forget();
  }

  async #read(window: TimeWindow, cameras: readonly string[], curve: PlaceInfo | null, width: number): Promise<void> {
    const wanted = this.#asked;
    const current = () => wanted === this.#asked;
    const step = stepOf(window.span, width);
    const first = Math.floor((window.begin - MARGIN * window.span) / step) * step;
    const last = window.begin + (1 + MARGIN) * window.span;
    const query = { start: iso(first), end: iso(last), step_s: step };
    const strips = cameras.map(async (camera) => {
      const index = await ask("GET /api/recordings/{camera}/cover", { path: { camera }, query });
      if (current()) this.strips.set(camera, index);
    });
    try {
      await Promise.all([...strips, this.#readCurve(curve, first, last, window.span), this.#readAlerts(first, last)]);
      if (!current()) return;
      this.failure = null;
    } catch (error) {
      if (!current()) return;
      this.failure = error;
      const isAway = !(error instanceof Refusal) || error.status === 503;
      if (isAway) this.#later = setTimeout(() => this.#read(window, cameras, curve, width), AGAIN_MS);
    }
    this.dispatchEvent(new Event("change"));
  }

  async #readCurve(wanted: PlaceInfo | null, first: number, last: number, span: number): Promise<void> {
    if (!wanted) return;
    const window = signalWindow(span);
    const query = { start: iso(first), end: iso(last), place: [wanted.place], quantity: [wanted.quantity], window };
    const charts = await ask("GET /api/signals", { query });
    this.curve = charts.find(({ kind }) => kind === wanted.kind) ?? charts[0] ?? null;
    this.curveStep = LENGTHS[window];
  }

  async #readAlerts(first: number, last: number): Promise<void> {
    if (live.alerts === null) return;
    const query = { state: "all", start: iso(first), end: iso(last), limit: 200 } as const;
    this.alerts = (await ask("GET /api/alerts", { query })).alerts;
  }

  /** Small pictures of a window; null: not read yet. How far they are apart is in `apart`. */
  previews(camera: string): readonly Preview[] | null {
    return this.#previews.get(camera) ?? null;
  }

  get apart(): number {
    return (this.#previewed?.span ?? 0) / PREVIEWS;
  }

  /** Read small pictures of a window, once somebody begins to drag: each reading is a view in the audit log. */
  preview(window: TimeWindow, cameras: readonly string[]): void {
    const { begin, span } = window;
    if (this.#previewed?.begin !== begin || this.#previewed.span !== span) {
      this.#forget();
      this.#previewed = window;
    }
    for (const camera of cameras) {
      if (!this.#previews.has(camera)) this.#readPreviews(camera, window);
    }
  }

  async #readPreviews(camera: string, window: TimeWindow): Promise<void> {
    this.#previews.set(camera, []);
    const query = {
      start: iso(window.begin),
      end: iso(window.begin + window.span),
      count: PREVIEWS,
      width: PREVIEW_PX,
    };
    try {
      const found = await ask("GET /api/recordings/{camera}/previews", { path: { camera }, query });
      const made = await Promise.all(
        found.map(async ({ at, jpeg }) => ({
          at: Date.parse(at) / 1000,
          picture: await createImageBitmap(blobOf(jpeg)),
        })),
      );
      if (this.#previewed === window) this.#previews.set(camera, made);
    } catch {
      this.#previews.delete(camera); // asked again with the next drag; what is wrong is shown beside the strips
    }
    this.dispatchEvent(new Event("change"));
  }

  #forget(): void {
    for (const each of this.#previews.values()) for (const { picture } of each) picture.close();
    this.#previews = new Map();
    this.#previewed = null;
  }
}

function blobOf(base64: string): Blob {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  return new Blob([bytes], { type: "image/jpeg" });
}
