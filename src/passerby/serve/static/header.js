const REDACTION = ["none", "active", "whole"];
const SIZE = 14;

/** Split a stream message into the picture's properties and its data. Times are in microseconds. */
export function parted(buffer) {
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
export function codecName(data, at) {
  return `avc1.${[0, 1, 2].map((step) => data[at + step].toString(16).padStart(2, "0")).join("")}`;
}

/** Properties of pictures that are not on the screen yet, by time. */
export class Told {
  #of = new Map();

  tell(time, redaction) {
    this.#of.set(time, redaction);
  }

  /** Properties of the picture at this time, or of the last one before it; older ones are dropped. */
  of(time) {
    let redaction = "none";
    for (const [at, said] of this.#of) {
      if (at > time + 1) break;
      redaction = said;
      if (at < time - 1) this.#of.delete(at);
    }
    return redaction;
  }
}
