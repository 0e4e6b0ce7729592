import { html, type TemplateResult } from "lit";
import { clockTime, utcTime } from "../text/format";

/** A moment in the site's time zone, with UTC on hover. */
export const moment = (date: string): TemplateResult =>
  html`<time datetime=${date} title=${utcTime(date)}>${clockTime(date)}</time>`;
