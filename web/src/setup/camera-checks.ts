import type { ProbeInfo } from "../api/schema";

/** Something about a camera that was tried: whether it is as it should be, and which words tell what to do. */
export interface Check {
  name: "answers" | "size" | "rate" | "codec";
  good: boolean;
}

/** People who are far away are too small below this, px. */
const LEAST_WIDTH = 960;
/** With fewer pictures a second, people move too far from one to the next to be counted on a line. */
const LEAST_FPS = 5;
const CODECS = new Set(["h264", "hevc", "mjpeg", "rawvideo"]);

/** What can be said of a camera before it is used. */
export function checksOf({ works, width, fps, codec }: ProbeInfo): Check[] {
  if (!works) return [{ name: "answers", good: false }];
  return [
    { name: "answers", good: true },
    { name: "size", good: width >= LEAST_WIDTH },
    { name: "rate", good: fps >= LEAST_FPS },
    { name: "codec", good: CODECS.has(codec) },
  ];
}

/** A short name for a camera, from its address: letters and digits of the host's or the path's last part. */
export function nameFrom(address: string, taken: readonly string[]): string {
  const last =
    address
      .replace(/[?#].*$/, "")
      .replace(/\/+$/, "")
      .split(/[/:]/)
      .at(-1) ?? "";
  const plain =
    last
      .replace(/[^A-Za-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40) || "camera";
  const names = new Set(taken.map((each) => each.toLowerCase()));
  let name = plain;
  for (let number = 2; names.has(name.toLowerCase()); number += 1) name = `${plain}-${number}`;
  return name;
}
