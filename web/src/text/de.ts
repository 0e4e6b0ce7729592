import { about } from "./de/about";
import { account } from "./de/account";
import { alerts } from "./de/alerts";
import { audit } from "./de/audit";
import { camera } from "./de/camera";
import { map } from "./de/map";
import { people } from "./de/people";
import { place } from "./de/place";
import { recordings } from "./de/recordings";
import { setup } from "./de/setup";
import { shell } from "./de/shell";
import { wall } from "./de/wall";
import type { en } from "./en";

/** Every word that the console shows, in German. */
export const de: Record<keyof typeof en, string> = {
  ...about,
  ...account,
  ...alerts,
  ...audit,
  ...camera,
  ...map,
  ...people,
  ...place,
  ...recordings,
  ...setup,
  ...shell,
  ...wall,
};
