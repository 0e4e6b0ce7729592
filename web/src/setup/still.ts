import { ask } from "../api/client";
import { live } from "../api/live";
import type { Camera } from "../api/schema";
import { Screen } from "../play/screen";
import { t } from "../text/text";
import type { Size } from "./geometry";

const UNKNOWN: Size = [1280, 720];

/** The status of a camera; undefined before the first news, and if there is none of this name. */
export const cameraOf = (name: string): Camera | undefined => live.cameras?.find((each) => each.name === name);

/** The size of a camera's covered picture; null before its first one. */
export function sizeOf(name: string): Size | null {
  const camera = cameraOf(name);
  return camera?.width ? [camera.width, camera.height] : null;
}

/** The size to draw on: that of the stored places, else that of the picture. */
export const drawingSize = (stored: readonly number[] | null | undefined, name: string): Size => {
  const [width, height] = stored ?? [];
  return width && height ? [width, height] : (sizeOf(name) ?? UNKNOWN);
};

/** The size of the picture that a screen shows now: a camera's status can be older than its first picture. */
function shownSize(element: HTMLElement): Size | null {
  const shown = element.querySelector<HTMLCanvasElement | HTMLVideoElement>("canvas, video");
  if (!shown) return null;
  const [width, height] =
    shown instanceof HTMLVideoElement ? [shown.videoWidth, shown.videoHeight] : [shown.width, shown.height];
  return width && height ? [width, height] : null;
}

/** The covered live picture of a camera, to be drawn on; `seen` gets the size of each picture. */
export function coveredPicture(name: string, seen: (size: Size) => void): Screen {
  const path = { camera: name, stream: "full" };
  const screen: Screen = new Screen(() => ask("POST /api/cameras/{camera}/streams/{stream}", { path }), {
    seen: (picture) => {
      const isCameras = picture !== null && picture.redaction !== "none"; // a notice has a size of its own
      const size = isCameras ? shownSize(screen.element) : null;
      if (size) seen(size);
    },
    status: () => cameraOf(name) ?? null,
  });
  screen.element.setAttribute("role", "img");
  screen.element.setAttribute("aria-label", t("camera.picture", { name }));
  return screen;
}
