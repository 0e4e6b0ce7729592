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
  account: { title: () => t("nav.account"), show: () => html`<pb-account></pb-account>` },
};

/** Pages that are not needed for the wall are read when somebody opens them. */
const LATER: Partial<Record<View, () => Promise<unknown>>> = {
  alerts: () => import("../views/alerts"),
};

/** Read the code of a page that is not there yet. */
export const fetchPage = ({ view }: Place): Promise<unknown> | undefined => LATER[view]?.();

/** The page that an address names; undefined if there is none. */
export const pageOf = ({ view }: Place): Page | undefined => PAGES[view];
