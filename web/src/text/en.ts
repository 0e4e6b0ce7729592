import { about } from "./en/about";
import { account } from "./en/account";
import { alerts } from "./en/alerts";
import { audit } from "./en/audit";
import { camera } from "./en/camera";
import { map } from "./en/map";
import { people } from "./en/people";
import { place } from "./en/place";
import { recordings } from "./en/recordings";
import { setup } from "./en/setup";
import { shell } from "./en/shell";
import { wall } from "./en/wall";

/** Every word that the console shows, in English, by page; `de` has the same in German, and a test finds text elsewhere. */
export const en = {
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
} as const;
