import { html, svg, type TemplateResult } from "lit";

/** Own drawings on a grid of 24, each one path of strokes. */
const PATHS = {
  wall: "M3 4h8v7H3zM13 4h8v7h-8zM3 13h8v7H3zM13 13h8v7h-8z",
  alerts: "M12 3 22 20H2zM12 9v5M12 17v.5",
  places: "M3 19 9 5h6l6 14zM6 12h12",
  map: "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14",
  setup: "M4 7h9M19 7h1M16 4.500v5M4 17h3M13 17h7M10 14.500v5",
  recordings: "M4 5h16v14H4zM4 9h16M4 15h16M8 5v4M16 5v4M8 15v4M16 15v4",
  timeline: "M2 8h9M15 8h7M2 16h4M10 16h12M13 3v18",
  health: "M2 12h5l2-6 4 13 3-7h6",
  audit: "M5 3h11l3 3v15H5zM8 9h8M8 13h8M8 17h5",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2 20c0-4 3-6 7-6s7 2 7 6M16 5a3 3 0 0 1 0 6M18 14c2.5.8 4 2.8 4 6",
  about: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v6M12 7v.5",
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4.5 3.5-7 8-7s8 2.5 8 7",
  out: "M14 4h6v16h-6M3 12h11M10 7l5 5-5 5",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  back: "M20 12H5M11 5l-7 7 7 7",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  check: "M4 12l5 6L20 6",
  shape: "M4 4h16v16H4z",
} as const;

export type IconName = keyof typeof PATHS;

/** An icon beside words that say the same; screen readers skip it. */
export const icon = (name: IconName): TemplateResult => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
  ${svg`<path d=${PATHS[name]}></path>`}
</svg>`;

/** The mark of a severity or a condition: its shape says as much as its colour. */
export type MarkName = "dot" | "ring" | "square" | "triangle" | "diamond" | "octagon";

const MARKS: Record<MarkName, string> = {
  dot: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z",
  ring: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2.500a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z",
  square: "M2.5 2.500h11v11h-11z",
  triangle: "M8 1.5 15 14.500H1z",
  diamond: "M8 1l7 7-7 7-7-7z",
  octagon: "M5.2 1h5.600L15 5.200v5.600L10.8 15H5.200L1 10.800V5.200z",
};

export const mark = (name: MarkName): TemplateResult => html`<svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
  ${svg`<path d=${MARKS[name]}></path>`}
</svg>`;
