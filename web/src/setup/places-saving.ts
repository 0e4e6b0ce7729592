import { ask, Refusal, send } from "../api/client";
import type { PlacesBody, SurveyInfo } from "../api/schema";
import { t } from "../text/text";
import type { Size } from "./geometry";
import { bodyOf, type Shape } from "./places";

const STALE = 412;

/** What was drawn, and what it would change. */
export interface Comparison {
  body: PlacesBody;
  changes: Record<string, string>;
}

/** A shape as the survey takes it. */
export const surveyable = ({ kind, points }: Shape): object => ({ points_px: points, closed: kind === "zone" });

/** Ask what shapes are on the ground. */
export function surveyed(name: string, size: Size, shapes: object[]): Promise<SurveyInfo> {
  const body = { picture_px: [...size] as [number, number], shapes };
  return ask("POST /api/site/cameras/{name}/survey", { path: { name }, body });
}

/** Check what was drawn; returns what it would change. */
export async function compared(
  name: string,
  { shapes, unseen, size }: { shapes: readonly Shape[]; unseen: readonly Shape[]; size: Size },
): Promise<Comparison> {
  const metric = shapes.filter((each) => each.metric && !each.stored);
  const found = metric.length ? await surveyed(name, size, metric.map(surveyable)) : null;
  const onGround = new Map(metric.map((each, index) => [each.id, found?.shapes[index]?.points_m ?? []]));
  const horizon = metric.find(({ id }) => onGround.get(id)?.some((each) => each === null));
  if (horizon) throw new Error(t("not_drawn.horizon", { name: horizon.name }));
  const body = bodyOf(shapes, size, onGround, unseen);
  const { changes } = await ask("POST /api/site/cameras/{name}/places/difference", { path: { name }, body });
  return { body, changes };
}

/** Use what was drawn, unless somebody else was faster; returns what is stored then, and whether it is ours. */
export async function saved(
  name: string,
  body: PlacesBody,
  match: string,
): Promise<{ value: PlacesBody; tag: string; isOurs: boolean }> {
  const path = { name };
  let isOurs = true;
  try {
    await send("PUT /api/site/cameras/{name}/places", { path, body, match });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== STALE) throw error;
    isOurs = false;
  }
  return { ...(await send("GET /api/site/cameras/{name}/places", { path })), isOurs };
}
