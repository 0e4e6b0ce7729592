import type { Camera, MosaicAddress, StreamAddress } from "../api/schema";
import type { Redaction } from "./header";

/** A picture that is on the screen: its age in ms (NaN = not known), and how it is covered. */
export interface Picture {
  delay: number;
  redaction: Redaction;
}

/** Where a stream can be opened; a mosaic has no WebRTC. */
export type Addresses = Partial<Pick<StreamAddress, "packets" | "fragments" | "whep">> | MosaicAddress;

/** What of a camera's status a player may ask for. */
export type Watched = Pick<Camera, "redaction" | "lag_ms" | "detail">;

/** What a player reports, and what it may ask. */
export interface Reports {
  seen(picture: Picture): void;
  lost(reason: string): void;
  status(): Watched | null;
}

/** A way to show a covered stream. */
export interface Player {
  /** The address that it needs. */
  readonly needs: "packets" | "fragments" | "whep";
  /** Pictures may be dropped on the way without an error, as by a firewall. */
  readonly mayBeSwallowed: boolean;
  usable(): boolean;
  /** Show a stream in an element until `stop` is called or `lost` was reported. */
  play(screen: HTMLElement, address: string, reports: Reports): { stop(): void };
}

/** A silent video element that plays by itself. */
export function silentVideo(): HTMLVideoElement {
  const video = document.createElement("video");
  return Object.assign(video, { muted: true, autoplay: true, playsInline: true, disablePictureInPicture: true });
}
