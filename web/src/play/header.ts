/** The header of each message of a covered stream; `docs/reference/http.md` describes it, and only this file reads it. */

const REDACTION = ["none", "active", "whole"] as const;
const SIZE = 14;

/** How a picture is covered. */
export type Redaction = (typeof REDACTION)[number];

/** A message's properties and its data; the time of capture is in microseconds. */
export interface Message {
  key: boolean;
  redaction: Redaction;
  width: number;
  height: number;
  time: number;
  data: Uint8Array<ArrayBuffer>;
}

/** Split a message of a stream into the picture's properties and its data. */
export function parted(buffer: ArrayBuffer): Message {
  const view = new DataView(buffer);
  return {
    key: view.getUint8(0) === 1,
    redaction: REDACTION[view.getUint8(1)] ?? "none",
    width: view.getUint16(2),
    height: view.getUint16(4),
    time: Number(view.getBigInt64(6)),
    data: new Uint8Array(buffer, SIZE),
  };
}

/** "avc1.42c01e" from the three bytes with profile, constraints and level. */
export function codecName(data: Uint8Array, at: number): string {
  const bytes = [...data.slice(at, at + 3)].map((each) => each.toString(16).padStart(2, "0"));
  return `avc1.${bytes.join("")}`;
}

/** The codec of a keyframe, from its parameter set; "" if there is none. */
export function codecOfPacket(data: Uint8Array): string {
  for (let at = 0; at + 7 < data.length; at += 1) {
    const starts = data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1;
    if (starts && ((data[at + 3] ?? 0) & 31) === 7) return codecName(data, at + 4);
  }
  return "";
}

/** The codec of an MP4 header, from its avcC box; "" if there is no header. */
export function codecOfMp4(data: Uint8Array): string {
  for (let at = 0; at + 8 < Math.min(data.length, 1024); at += 1) {
    if (data[at] === 97 && data[at + 1] === 118 && data[at + 2] === 99 && data[at + 3] === 67) {
      return codecName(data, at + 5);
    }
  }
  return "";
}

/** How pictures are covered that are not on the screen yet, by their time. */
export class Told {
  readonly #of = new Map<number, Redaction>();

  add(time: number, redaction: Redaction): void {
    this.#of.set(time, redaction);
  }

  /** How the picture at this time is covered, or the last one before it; older ones are dropped. */
  of(time: number): Redaction {
    let redaction: Redaction = "none";
    for (const [at, said] of this.#of) {
      if (at > time + 1) break;
      redaction = said;
      if (at < time - 1) this.#of.delete(at);
    }
    return redaction;
  }
}
