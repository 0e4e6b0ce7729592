import { Refusal, sendFor } from "../api/client";
import { pictureTimes } from "./boxes";
import { codecOfMp4 } from "./header";
import { silentVideo } from "./player";

/** Read before the moment that somebody wants, and after it, s. */
const BEFORE_S = 2;
const AFTER_S = 8;
/** While it plays, what comes next is read so long before it is needed, s. */
const EARLY_S = 5;
const KEPT_S = 30;
const AGAIN_MS = 2000;

/** What a recorded camera reports. */
export interface RecordedReports {
  /** A stretch is being read. */
  loading(): void;
  /** A picture is on the screen; its time, s since 1970. */
  shown(at: number): void;
  /** Nothing was recorded at that moment. */
  absent(): void;
  /** It could not be read; a gateway that does not answer is asked again by itself. */
  failed(error: unknown): void;
  /** What was recorded ends here. */
  ended(): void;
}

/** Plays what was recorded of one camera, and steps through it picture by picture. */
export class RecordedPlayer {
  readonly element = silentVideo();
  readonly #camera: string;
  readonly #reports: RecordedReports;
  #buffer: SourceBuffer | null = null;
  #origin = 0;
  #times: number[] = [];
  #at = Number.NaN;
  #wanted = Number.NaN;
  /** The picture from which one steps: the one that is sought, or the last that was played. */
  #aim = Number.NaN;
  #asking: AbortController | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;
  #url = "";
  #over = false;

  constructor(camera: string, reports: RecordedReports) {
    this.#camera = camera;
    this.#reports = reports;
    this.element.autoplay = false;
    this.element.addEventListener("timeupdate", () => this.#prepare());
    this.element.addEventListener("seeked", () => this.#see());
    this.#follow();
  }

  /** Time of the picture on the screen, s since 1970; NaN = there is none. */
  get at(): number {
    return this.#at;
  }

  close(): void {
    this.#over = true;
    this.#drop();
  }

  /** Show the picture of a moment. */
  async seek(moment: number): Promise<void> {
    this.#wanted = moment;
    clearTimeout(this.#again);
    if (this.#holds(moment)) this.#show(moment);
    else await this.#read(moment);
  }

  /** Show the picture so many pictures later; negative: earlier. */
  step(count: number): void {
    const index = this.#indexAt(Number.isNaN(this.#aim) ? this.#wanted : this.#aim);
    const found = this.#times[index + count];
    if (found !== undefined) this.#show(found);
    else if (this.#times.length)
      this.seek((count < 0 ? (this.#times[0] ?? 0) : (this.#times.at(-1) ?? 0)) + count * 0.1);
  }

  play(): void {
    this.element.play().catch(() => {});
  }

  pause(): void {
    this.element.pause();
  }

  #indexAt(moment: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] ?? 0) <= moment + 1e-4) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #holds(moment: number): boolean {
    const [first, last] = [this.#times[0], this.#times.at(-1)];
    if (first === undefined || last === undefined || !this.#buffer) return false;
    const kept = this.#buffer.buffered.length
      ? this.#buffer.buffered.start(0) + this.#origin
      : Number.POSITIVE_INFINITY;
    return moment >= Math.max(first, kept - 1e-3) && moment <= last + 1e-3;
  }

  /** Show the last picture before a moment: the middle of its time, so that no rounding leads to the one before. */
  #show(moment: number): void {
    const index = Math.max(0, this.#indexAt(moment));
    const at = this.#times[index] ?? moment;
    const next = this.#times[index + 1] ?? at + 0.04;
    this.#aim = at;
    this.element.currentTime = at - this.#origin + Math.min(0.02, (next - at) / 2);
  }

  async #read(moment: number): Promise<void> {
    this.#drop();
    this.#reports.loading();
    await this.#fetched(moment - BEFORE_S, moment + AFTER_S, async (data, origin) => {
      await this.#begin(data, origin);
      const last = this.#times.at(-1) ?? 0;
      if (moment - last > 2 || moment < (this.#times[0] ?? 0) - 2) this.#reports.absent();
      else this.#show(moment);
    });
  }

  /** Ask for a stretch; one that is asked for later takes its place. */
  async #fetched(
    begin: number,
    end: number,
    use: (data: ArrayBuffer, origin: number) => Promise<void>,
    none: () => void = () => this.#reports.absent(),
  ): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const query = { start: isoOf(begin), end: isoOf(end) };
    try {
      const route = "GET /api/recordings/{camera}/video";
      const answer = await sendFor(route, { path: { camera: this.#camera }, query }, asking.signal);
      const data = await answer.arrayBuffer();
      const origin = Date.parse(answer.headers.get("Passerby-Time") ?? "") / 1000;
      if (!asking.signal.aborted && !this.#over) await use(data, origin);
    } catch (error) {
      if (asking.signal.aborted || this.#over) return;
      if (error instanceof Refusal && error.status === 404) none();
      else {
        this.#reports.failed(error);
        const isAway = !(error instanceof Refusal) || error.status === 503;
        if (isAway) this.#again = setTimeout(() => this.seek(this.#wanted), AGAIN_MS);
      }
    } finally {
      if (this.#asking === asking) this.#asking = null;
    }
  }

  async #begin(data: ArrayBuffer, origin: number): Promise<void> {
    const media = new MediaSource();
    this.#origin = origin;
    this.#url = URL.createObjectURL(media);
    this.element.src = this.#url;
    await new Promise((resolve) => media.addEventListener("sourceopen", resolve, { once: true }));
    const codec = codecOfMp4(new Uint8Array(data, 0, Math.min(1024, data.byteLength)));
    this.#buffer = media.addSourceBuffer(`video/mp4; codecs="${codec}"`);
    await this.#append(data, origin);
  }

  async #append(data: ArrayBuffer, origin: number): Promise<void> {
    const buffer = this.#buffer;
    if (!buffer) return;
    const known = this.#times.at(-1) ?? Number.NEGATIVE_INFINITY;
    const times = pictureTimes(data).map((each) => each + origin);
    this.#times = [...this.#times, ...times.filter((each) => each > known + 1e-4)];
    buffer.timestampOffset = origin - this.#origin;
    buffer.appendBuffer(data);
    await new Promise((resolve) => buffer.addEventListener("updateend", resolve, { once: true }));
  }

  /** While it plays, read what comes next, and let go of what was shown long ago. */
  #prepare(): void {
    const last = this.#times.at(-1);
    if (this.element.paused || this.#asking || last === undefined || !this.#buffer || this.#buffer.updating) return;
    const now = this.element.currentTime;
    if (last - this.#origin - now > EARLY_S) return;
    const end = () => {
      if (last - this.#origin - this.element.currentTime < 0.3) this.#reports.ended();
    };
    this.#fetched(
      last + 0.001,
      last + 2 * AFTER_S,
      async (data, origin) => {
        const times = pictureTimes(data);
        const isNext = (times.at(-1) ?? 0) + origin > last + 1e-3 && origin - last < 2.5;
        if (!isNext) return end();
        await this.#append(data, origin);
        if (now > KEPT_S && this.#buffer && !this.#buffer.updating) this.#buffer.remove(0, now - KEPT_S / 2);
      },
      end,
    );
  }

  /** Report each picture that is drawn. */
  #follow(): void {
    this.element.requestVideoFrameCallback((_now, { mediaTime }) => {
      if (this.#over) return;
      this.#report(mediaTime);
      this.#follow();
    });
  }

  #see(): void {
    if (!this.#over) this.#report(this.element.currentTime);
  }

  #report(time: number): void {
    const index = this.#indexAt(time + this.#origin + 0.002);
    const at = this.#times[index];
    if (at === undefined) return;
    this.#at = at;
    if (!this.element.paused) this.#aim = at;
    this.#reports.shown(at);
  }

  #drop(): void {
    this.#asking?.abort();
    this.#asking = null;
    clearTimeout(this.#again);
    this.element.removeAttribute("src");
    if (this.#url) this.element.load();
    URL.revokeObjectURL(this.#url);
    this.#url = "";
    this.#buffer = null;
    this.#times = [];
    this.#at = this.#aim = Number.NaN;
  }
}

const isoOf = (seconds: number): string => new Date(Math.round(1000 * seconds)).toISOString();
