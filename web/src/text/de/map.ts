import type { map as english } from "../en/map";

/** The words of the map and floor plans, in German. */
export const map: Record<keyof typeof english, string> = {
  "map.title": "Karte",
  "map.plans": "Grundrisse",
  "map.plane": "Grundriss {plan} mit seinen Messorten",
  "map.list": "Messorte auf diesem Grundriss",
  "map.none":
    "Auf diesem Grundriss liegt noch kein Messort. Kalibrieren Sie eine Kamera, und geben Sie ihrer Kalibrierung den Namen dieses Grundrisses.",
  "map.level": "Stufe {level}",
  "map.crossed": "{into} hinein, {out} hinaus in der letzten Minute",
  "map.legend": "Qualitätsstufe nach Fruin:",
  "map.arrows":
    "Zahlen: Personen jetzt in einer Zone, oder in der letzten Minute über eine Linie; breitere Pfeile sind mehr. Grau: Es wird keine Dichte gemessen.",
  "map.empty.title": "Es gibt keinen Grundriss",
  "map.empty.words":
    "Fügen Sie unter Einrichten, Standortdatei, plans einen hinzu: ein Bild neben der Standortdatei und seinen Maßstab. Geben Sie dann Kalibrierungen seinen Namen.",
  "map.empty.ask": "Keiner ist in Ihrem Sichtbereich. Wer diesen Standort verwaltet, kann einen hinzufügen.",
  "map.unreadable.title": "Das Bild dieses Grundrisses kann nicht gezeigt werden",
  "map.unreadable.words":
    "Seine Datei fehlt, oder ist kein PNG oder JPEG. Wer diesen Standort verwaltet, kann es unter Einrichten, Standortdatei, plans berichtigen.",
  "plan.add": "Grundriss hinzufügen",
  "plan.change": "Anderes Bild",
  "plan.change_of": "Anderes Bild für {plan}",
  "plan.name_hint": "Zum Beispiel: Erdgeschoss. Kalibrierungen von Kameras nennen ihn.",
  "plan.file": "Bild",
  "plan.file_hint": "PNG oder JPEG, höchstens 8 MB. Gespeichert werden neben der Standortdatei nur seine Pixel.",
  "plan.preview": "Grundriss mit Nullpunkt",
  "plan.origin_hint":
    "Drücken Sie auf die Stelle, an der 0, 0 m Ihrer Kalibrierungen liegt, oder geben Sie sie ein. Die Linien zeigen, wohin x und y führen.",
  "plan.width": "Breite des Bildes, m",
  "plan.origin_x": "Nullpunkt, px von links",
  "plan.origin_y": "Nullpunkt, px von oben",
  "plan.scale": "{width} × {height} px, {cm} cm je Pixel",
  "plan.do": "Diesen Grundriss verwenden",
  "plan.too_large": "Diese Datei hat mehr als 8 MB. Speichern Sie sie mit weniger Pixeln.",
  "plan.unreadable": "Der Browser kann dieses Bild nicht lesen. Wählen Sie eine PNG- oder JPEG-Datei.",
  "plan.of_camera": "Grundriss",
  "plan.none": "keiner",
  "plan.same_metres": "Die Meter oben müssen die des Grundrisses sein: gleicher Nullpunkt, gleiche Richtungen.",
};
