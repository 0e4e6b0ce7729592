import { movedTo, type TimeWindow, zoomedWindow } from "./timeline";

export const ZOOM = 1.5;

/** What keys do on the timeline. */
export interface TimelineDeeds {
  goTo(): void;
  step(pictures: number): void;
  show(window: TimeWindow): void;
  mark(end: "begin" | "end"): void;
  toggle(): void;
}

/** Do what a key means on the timeline; returns whether it means anything. Shift moves ten times as far. */
export function actOnKey(key: string, far: boolean, window: TimeWindow, deeds: TimelineDeeds): boolean {
  const { moment, span } = window;
  const step = span / (far ? 10 : 100);
  const acts: Record<string, () => void> = {
    g: () => deeds.goTo(),
    ",": () => deeds.step(-1),
    ".": () => deeds.step(1),
    ArrowLeft: () => deeds.show(movedTo(window, moment - step)),
    ArrowRight: () => deeds.show(movedTo(window, moment + step)),
    "+": () => deeds.show(zoomedWindow(window, ZOOM)),
    "=": () => deeds.show(zoomedWindow(window, ZOOM)),
    "-": () => deeds.show(zoomedWindow(window, 1 / ZOOM)),
    i: () => deeds.mark("begin"),
    o: () => deeds.mark("end"),
    k: () => deeds.toggle(),
  };
  acts[key]?.();
  return key in acts;
}
