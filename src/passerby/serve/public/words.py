"""The words of the public pages, in English and German."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passerby.settings.language import Language


@dataclass(frozen=True, slots=True)
class PublicWords:
    """The words of a public page; each names in braces what is put in.

    The attributes are named for where they stand; `states` is by what the camera is doing, `bases` by legal basis.
    """

    title: str
    other_language: str
    why: str
    basis: str
    bases: dict[str, str]
    who: str
    how: str
    covered: str
    no_recognition: str
    kept: str
    not_kept: str
    kept_for: str
    rights: str
    object: str
    complain: str
    now: str
    states: dict[str, str]
    picture: str
    picture_alt: str
    picture_taken: str
    picture_none: str
    figures: str
    usable: str
    usable_unknown: str
    watched: str
    unwatched: str
    table: str
    day: str
    day_usable: str
    day_failures: str
    day_tests: str
    no_days: str
    no_log: str
    explain: str


_ENGLISH: Final = PublicWords(
    title="Camera {camera}, {site}",
    other_language="Deutsch",
    why="Why this camera is here",
    basis="Legal basis: {basis}.",
    bases={
        "consent": "consent (Art. 6(1)(a) GDPR)",
        "contract": "a contract (Art. 6(1)(b) GDPR)",
        "legal_obligation": "a legal obligation (Art. 6(1)(c) GDPR)",
        "vital_interests": "vital interests (Art. 6(1)(d) GDPR)",
        "public_task": "a task in the public interest (Art. 6(1)(e) GDPR)",
        "legitimate_interests": "legitimate interests (Art. 6(1)(f) GDPR)",
    },
    who="Who is responsible",
    how="What happens to the picture",
    covered="A computer on site covers the people whom it finds in the picture before anybody sees it. The uncovered "
    "picture is neither stored nor sent. Covering can miss somebody: the figures below say how often it is known to "
    "have failed.",
    no_recognition="Nobody is recognised, followed from camera to camera, or described; number plates are not read.",
    kept="How long pictures are stored",
    not_kept="This camera records nothing.",
    kept_for="Only the covered picture is recorded. It is erased after {time}, unless it is held for an investigation.",
    rights="Your rights",
    object="You can ask what is stored about you, have it corrected or erased, restrict its use, and object to it. "
    "Write or call:",
    complain="You can also complain to the data protection authority of your country.",
    now="Right now",
    states={
        "working": "The camera works. People who are found in its picture are covered.",
        "problem": "The camera works, and people who are found in its picture are covered, but the picture is poor at "
        "present.",
        "whole": "The whole picture is covered at present, because people might not be found in it.",
        "none": "There is no picture from this camera at present.",
        "starting": "The camera is starting.",
        "off": "The camera is switched off.",
    },
    picture="What the camera shows",
    picture_alt="Covered picture of camera {camera}, small and blurred by compression",
    picture_taken="Taken {time}, covered. A picture is shown here at most once an hour, {delay} min late.",
    picture_none="No picture at present. One is shown at most once an hour, {delay} min late, and only if all tests of "
    "the detectors until then were passed.",
    figures="How well covering works",
    usable="In the last {span}, there was a usable, correctly covered picture for {share} of the time.",
    usable_unknown="It has not been observed yet how much of the time there was a usable, correctly covered picture.",
    watched="A watchdog, which is a program of its own, looked at {looks} covered pictures, drawn at random in the "
    "{hours} h that it watched. By what it saw, at most {count} uncovered heads an hour are possible (95 %); a head "
    "counts again in each picture that shows it.",
    unwatched="No watchdog looks at the covered pictures at present, so nobody knows how many heads stay uncovered.",
    table="The last days",
    day="Day",
    day_usable="Usable picture",
    day_failures="Cover failures",
    day_tests="Self-tests failed",
    no_days="No day is complete yet.",
    no_log="This site does not publish a log of cover failures.",
    explain="A cover failure is a fault because of which the whole picture was covered. In a self-test, the detectors "
    "must find a drawn person. A failure that nobody notices is in none of these figures.",
)

_GERMAN: Final = PublicWords(
    title="Kamera {camera}, {site}",
    other_language="English",
    why="Wozu diese Kamera da ist",
    basis="Rechtsgrundlage: {basis}.",
    bases={
        "consent": "Einwilligung (Art. 6 Abs. 1 lit. a DSGVO)",
        "contract": "Vertrag (Art. 6 Abs. 1 lit. b DSGVO)",
        "legal_obligation": "rechtliche Verpflichtung (Art. 6 Abs. 1 lit. c DSGVO)",
        "vital_interests": "lebenswichtige Interessen (Art. 6 Abs. 1 lit. d DSGVO)",
        "public_task": "Aufgabe im öffentlichen Interesse (Art. 6 Abs. 1 lit. e DSGVO)",
        "legitimate_interests": "berechtigte Interessen (Art. 6 Abs. 1 lit. f DSGVO)",
    },
    who="Wer verantwortlich ist",
    how="Was mit dem Bild geschieht",
    covered="Ein Rechner vor Ort verdeckt die Menschen, die er im Bild findet, bevor jemand es sieht. Das unverdeckte "
    "Bild wird weder gespeichert noch gesendet. Dabei kann jemand übersehen werden: Die Zahlen unten sagen, wie oft "
    "die Abdeckung bekanntermaßen ausgefallen ist.",
    no_recognition="Niemand wird erkannt, von Kamera zu Kamera verfolgt oder beschrieben; Kennzeichen werden nicht "
    "gelesen.",
    kept="Wie lange Bilder gespeichert werden",
    not_kept="Diese Kamera zeichnet nichts auf.",
    kept_for="Nur das verdeckte Bild wird aufgezeichnet. Es wird nach {time} gelöscht, außer es wird für eine "
    "Untersuchung gesichert.",
    rights="Ihre Rechte",
    object="Sie können Auskunft, Berichtigung, Löschung und Einschränkung verlangen und der Verarbeitung "
    "widersprechen. Schreiben Sie oder rufen Sie an:",
    complain="Sie können sich auch bei der Datenschutzbehörde Ihres Landes beschweren.",
    now="Jetzt gerade",
    states={
        "working": "Die Kamera arbeitet. Menschen, die in ihrem Bild gefunden werden, sind verdeckt.",
        "problem": "Die Kamera arbeitet, und Menschen, die in ihrem Bild gefunden werden, sind verdeckt, aber das Bild "
        "ist zurzeit schlecht.",
        "whole": "Das ganze Bild ist zurzeit verdeckt, weil Menschen darin vielleicht nicht gefunden würden.",
        "none": "Zurzeit kommt von dieser Kamera kein Bild.",
        "starting": "Die Kamera startet.",
        "off": "Die Kamera ist abgeschaltet.",
    },
    picture="Was die Kamera zeigt",
    picture_alt="Verdecktes Bild der Kamera {camera}, klein und durch Kompression unscharf",
    picture_taken="Aufgenommen {time}, verdeckt. Hier wird höchstens ein Bild je Stunde gezeigt, {delay} min später.",
    picture_none="Zurzeit kein Bild. Gezeigt wird höchstens eines je Stunde, {delay} min später, und nur, wenn bis "
    "dahin alle Tests der Detektoren bestanden wurden.",
    figures="Wie gut die Abdeckung arbeitet",
    usable="In den letzten {span} gab es {share} der Zeit ein brauchbares, richtig verdecktes Bild.",
    usable_unknown="Noch wurde nicht beobachtet, wie oft es ein brauchbares, richtig verdecktes Bild gab.",
    watched="Ein Wächter, ein eigenes Programm, hat sich {looks} verdeckte Bilder angesehen, zufällig gezogen aus den "
    "{hours} h, in denen er zusah. Danach sind höchstens {count} unverdeckte Köpfe je Stunde möglich (95 %); ein Kopf "
    "zählt in jedem Bild neu, das ihn zeigt.",
    unwatched="Zurzeit prüft kein Wächter die verdeckten Bilder; niemand weiß, wie viele Köpfe unverdeckt bleiben.",
    table="Die letzten Tage",
    day="Tag",
    day_usable="Brauchbares Bild",
    day_failures="Ausfälle der Abdeckung",
    day_tests="Selbsttests nicht bestanden",
    no_days="Noch ist kein Tag vollständig.",
    no_log="Dieser Standort veröffentlicht kein Protokoll der Ausfälle.",
    explain="Ein Ausfall ist ein Fehler, wegen dem das ganze Bild verdeckt wurde. Im Selbsttest müssen die Detektoren "
    "einen gezeichneten Menschen finden. Ein Ausfall, den niemand bemerkt, steht in keiner dieser Zahlen.",
)

WORDS: Final = {Language.ENGLISH: _ENGLISH, Language.GERMAN: _GERMAN}
"""The words by language."""
