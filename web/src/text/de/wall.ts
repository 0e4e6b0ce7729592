import type { wall as english } from "../en/wall";

/** The words of the wall, in German. */
export const wall: Record<keyof typeof english, string> = {
  "more_alerts.one": "{n} weiterer Alarm",
  "more_alerts.other": "{n} weitere Alarme",

  "wall.title": "Alle Kameras",
  "wall.cameras": "Kameras",
  "wall.groups": "Kameragruppen",
  "wall.all": "Alle",
  "wall.as_tiles": "Als Kacheln",
  "wall.as_mosaic": "Als Mosaik",
  "wall.full": "Vollbild",
  "wall.empty.title": "Hier sind keine Kameras",
  "wall.empty.words":
    "Der Standort hat noch keine, oder Ihr Konto darf sie nicht sehen. Wer diesen Standort verwaltet, kann beides ändern.",
  "mosaic.age": "Zeit von der neuesten Aufnahme bis zu diesem Bildschirm",
  "layout.title": "Anordnung",
  "layout.own": "Meine Anordnung",
  "layout.screen": "Wandbildschirm {name}",
  "layout.hidden": "{count} ausgeblendet",
  "layout.show_all": "Ausgeblendete Kameras zeigen",
  "layout.save_as": "Als Wandbildschirm speichern",
  "layout.save": "Speichern",
  "layout.saved": "Als Wandbildschirm {name} gespeichert.",
  "layout.absent": "Es gibt keinen Wandbildschirm {name}; alle Kameras werden gezeigt.",
  "layout.changed": "Jemand hat diese Anordnung inzwischen geändert; sie wird gezeigt, wie sie jetzt ist.",
  "layout.unsaved": "Die Anordnung wurde nicht gespeichert; sie wird gezeigt, wie sie gespeichert ist.",
  "tile.menu": "Menü von {name}",
  "tile.full": "Vollbild",
  "tile.earlier": "Nach vorn",
  "tile.later": "Nach hinten",
  "tile.hide": "Ausblenden",
};
