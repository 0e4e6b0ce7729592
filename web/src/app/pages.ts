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
  account: { title: () => t("nav.account"), show: () => html`<pb-account></pb-account>` },
};

/** The page that an address names; undefined if there is none. */
export const pageOf = ({ view }: Place): Page | undefined => PAGES[view];
