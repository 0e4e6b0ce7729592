import { html, type TemplateResult } from "lit";
import { t } from "../text/text";
import type { Place, View } from "./address";
import "../views/account";
import "../views/camera";
import "../views/wall";

/** A page of the console: its title, and what shows it. */
export interface Page {
  title(place: Place): string;
  show(place: Place): TemplateResult;
}

const PAGES: Partial<Record<View, Page>> = {
  wall: { title: ({ name }) => name || t("wall.title"), show: () => html`<pb-wall></pb-wall>` },
  camera: { title: ({ name }) => name, show: ({ name }) => html`<pb-camera .name=${name}></pb-camera>` },
  alerts: { title: () => t("alerts.title"), show: ({ name }) => html`<pb-alerts .number=${name}></pb-alerts>` },
  places: { title: () => t("places.title"), show: () => html`<pb-places></pb-places>` },
  place: { title: ({ name }) => name, show: ({ name }) => html`<pb-place .name=${name}></pb-place>` },
  health: { title: () => t("health.title"), show: () => html`<pb-health></pb-health>` },
  recordings: { title: () => t("recordings.title"), show: () => html`<pb-recordings></pb-recordings>` },
  timeline: { title: () => t("timeline.title"), show: () => html`<pb-timeline></pb-timeline>` },
  audit: { title: () => t("audit.title"), show: ({ name }) => html`<pb-audit .own=${name}></pb-audit>` },
  about: { title: () => t("about.title"), show: () => html`<pb-about></pb-about>` },
  people: { title: () => t("people.title"), show: () => html`<pb-people></pb-people>` },
  setup: {
    title: ({ name }) => (name ? `${name} – ${t("setup.title")}` : t("setup.title")),
    show: ({ name, query }) => html`<pb-setup .camera=${name} .page=${query.get("part") ?? ""}></pb-setup>`,
  },
  map: { title: ({ name }) => name || t("map.title"), show: ({ name }) => html`<pb-map .name=${name}></pb-map>` },
  account: { title: () => t("nav.account"), show: () => html`<pb-account></pb-account>` },
};

/** Pages that are not needed for the wall are read when somebody opens them. */
const LATER: Partial<Record<View, () => Promise<unknown>>> = {
  alerts: () => import("../views/alerts"),
  places: () => import("../views/places"),
  place: () => import("../views/place"),
  health: () => import("../views/health"),
  people: () => import("../views/people"),
  recordings: () => import("../views/recordings"),
  timeline: () => import("../views/timeline"),
  audit: () => import("../views/audit"),
  about: () => import("../views/about"),
  setup: () => import("../views/setup"),
  map: () => import("../views/map"),
};

/** Read the code of a page that is not there yet. */
export const fetchPage = ({ view }: Place): Promise<unknown> | undefined => LATER[view]?.();

/** The page that an address names; undefined if there is none. */
export const pageOf = ({ view }: Place): Page | undefined => PAGES[view];
