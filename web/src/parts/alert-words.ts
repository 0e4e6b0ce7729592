import type { AlertInfo } from "../api/schema";
import { figure } from "../text/format";
import { t } from "../text/text";

/** Units as people write them. */
export const unitOf = (unit: string): string => unit.replaceAll("m2", "m²").replaceAll("s2", "s²");

/** The name of a place or camera; the gateway in words. */
export const subjectName = (subject: string): string => {
  const [kind = "", ...rest] = subject.split(" ");
  return kind === "place" || kind === "camera" ? rest.join(" ") : t("alert.gateway");
};

/** Where an alert is, shortened to what fits on a line. */
export function whereOf({ where, count }: Pick<AlertInfo, "where" | "count">): string {
  const [first = "", ...rest] = where.map(subjectName);
  return rest.length ? t("alert.where_more", { first, n: Math.max(count, where.length) - 1 }) : first;
}

/** The value that was compared last, with its unit. */
export const compared = ({ value, unit }: Pick<AlertInfo, "value" | "unit">): string =>
  `${figure(value)} ${unit === "1" ? "" : unitOf(unit)}`.trim();
