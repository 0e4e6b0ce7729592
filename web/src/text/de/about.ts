import type { about as english } from "../en/about";

/** The words of the pages About and Health, in German. */
export const about: Record<keyof typeof english, string> = {
  "health.title": "Zustand",
  "health.cameras": "Kameras",
  "health.usable": "Brauchbar, {span}",
  "health.unobserved": "nicht beobachtet",
  "health.about":
    "Brauchbar: Anteil der Zeit mit einem brauchbaren, richtig verdeckten Bild. Eine neue Kamera deckt weniger Zeit ab; halten Sie den Zeiger über einen Anteil, um sie zu sehen.",
  "health.delivery": "Zustellung von Alarmen",
  "health.contact": "Kontakt",
  "health.waiting": "Wartende Meldungen",
  "health.delivered": "wird zugestellt",
  "about.title": "Über passerby",
  "about.version": "Version {version}",
  "about.never": "Was passerby nie tut",
  "about.never_1":
    "Es erkennt niemanden: keine Gesichter, keine Kennzeichen, keinen Text, kein Alter, Geschlecht oder Gefühl.",
  "about.never_2":
    "Es folgt niemandem von Kamera zu Kamera und behält kein Merkmal, an dem jemand wiederzufinden wäre.",
  "about.never_3": "Es speichert und sendet kein unverdecktes Bild, an niemanden.",
  "about.never_4": "Im Zweifel zeigt es nichts: Ein Bild, das nicht geprüft werden konnte, wird ganz verdeckt.",
  "about.never_5": "Es fragt keinen anderen Server; diese Seite kommt allein von diesem Gateway.",
  "about.parts": "Lizenzen",
  "about.licence": "passerby steht unter der Apache-Lizenz 2.0. Diese Seite enthält außerdem:",
  "about.part_1": "Lit (BSD-3-Clause)",
  "about.part_2": "uPlot (MIT)",
  "about.part_3": "eigene Symbole",
  "about.networks": "Netze, die finden, was zu verdecken ist",
  "about.networks_hint":
    "Das sind die Netze, die diese Version kennt. Eine Datei mit anderer Prüfsumme wird abgelehnt.",
  "about.finds": "Findet",
  "about.weights": "Lizenz der Gewichte",
  "about.sha": "SHA-256",
  "finds.person": "Personen",
  "finds.face": "Gesichter",
  "finds.head": "Köpfe",
  "finds.bicycle": "Fahrräder",
  "finds.motorcycle": "Motorräder",
  "finds.car": "Autos",
  "finds.bus": "Busse",
  "finds.truck": "Lastwagen",
  "finds.screen": "Bildschirme",
};
