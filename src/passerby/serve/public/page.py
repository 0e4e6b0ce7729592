"""Makes the public page of a camera; every text is data, never markup."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from passerby.gateway.public_pages import PublicFacts
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.serve.public.words import WORDS, PublicWords
from passerby.settings.language import Language
from passerby.watchdog.standing import WatchdogStanding, bounded

STYLE_PATH: Final = "/public.css"
_SPANS: Final = {"30d": {"en": "30 days", "de": "30 Tagen"}, "7d": {"en": "7 days", "de": "7 Tagen"}}
_SPANS_OF_HOURS: Final = {"24h": {"en": "24 hours", "de": "24 Stunden"}}
_HOURS: Final = {"en": "{count:g} hours", "de": "{count:g} Stunden"}
_DAYS: Final = {"en": "{count:g} days", "de": "{count:g} Tagen"}
_WHOLE_SPAN: Final = {"24h": 86_400, "7d": 604_800, "30d": 2_592_000}


def public_page(facts: PublicFacts, language: Language) -> bytes:
    """Return the public page of a camera as HTML.

    Args:
        facts: What the page says.
        language: Of the page; what the site file says stays as it was written.
    """
    words = WORDS[language]
    title = words.title.format(camera=facts.camera, site=facts.site)
    page = Element("html", lang=language)
    head = SubElement(page, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "meta", name="robots", content="noindex")
    _add(head, "title", title)
    SubElement(head, "link", rel="stylesheet", href=STYLE_PATH)
    body = SubElement(page, "body")
    header = SubElement(body, "header")
    _add(header, "h1", title)
    other = next(each for each in Language if each is not language)
    _add(header, "a", words.other_language, href=f"?lang={other}", hreflang=other, lang=other)
    main = SubElement(body, "main")
    _add_state(main, facts, words)
    _add_duties(main, facts, words, language)
    _add_picture(main, facts, words, language)
    _add_figures(main, facts, words, language)
    made: bytes = tostring(page, encoding="utf-8", method="html")
    return b"<!doctype html>\n" + made


def state_of(status: CameraStatus | None) -> str:
    """Return what a camera is doing, as a key of `PublicWords.states`; nothing about why, which may name addresses."""
    if status is None:
        return "off"
    if status.state is CameraState.STARTING:
        return "starting"
    if status.state is CameraState.COVERED_WHOLE or status.redaction is Redaction.WHOLE:
        return "whole"
    if status.state in {CameraState.OK, CameraState.DEGRADED} and status.redaction is Redaction.ACTIVE:
        return "problem" if status.faults or status.state is CameraState.DEGRADED else "working"
    return "none"


def _add(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    made = SubElement(parent, tag, {name.rstrip("_"): value for name, value in attributes.items()})
    made.text = text
    return made


def _add_state(main: Element, facts: PublicFacts, words: PublicWords) -> None:
    state = state_of(facts.status)
    _add(main, "h2", words.now)
    _add(main, "p", words.states[state], class_=f"state {state}")


def _add_duties(main: Element, facts: PublicFacts, words: PublicWords, language: Language) -> None:
    """Add what the law asks to be said."""
    _add(main, "h2", words.why)
    _add(main, "p", facts.purpose, class_="given")
    _add(main, "p", words.basis.format(basis=words.bases[facts.legal_basis]))
    _add(main, "h2", words.who)
    _add(main, "p", facts.controller, class_="given")
    _add(main, "h2", words.rights)
    _add(main, "p", words.object)
    _add(main, "p", facts.contact, class_="given")
    _add(main, "p", words.complain)
    _add(main, "h2", words.how)
    _add(main, "p", words.covered)
    _add(main, "p", words.no_recognition)
    _add(main, "h2", words.kept)
    if facts.retention_h is None:
        _add(main, "p", words.not_kept)
    else:
        _add(main, "p", words.kept_for.format(time=length(facts.retention_h, language)))


def _add_picture(main: Element, facts: PublicFacts, words: PublicWords, language: Language) -> None:
    if facts.delay_min is None:
        return
    _add(main, "h2", words.picture)
    if facts.picture is None:
        _add(main, "p", words.picture_none.format(delay=facts.delay_min))
        return
    address = f"/p/{quote(facts.camera)}/picture.jpg?{facts.picture.taken_s:.0f}"
    SubElement(main, "img", src=address, alt=words.picture_alt.format(camera=facts.camera))
    at = datetime.fromtimestamp(facts.picture.taken_s, ZoneInfo(facts.timezone))
    form = "%d.%m.%Y, %H:%M (%Z)" if language is Language.GERMAN else "%d %b %Y, %H:%M (%Z)"
    shown = words.picture_taken.format(time=at.strftime(form), delay=facts.delay_min)
    _add(main, "p", shown, class_="small")


def _add_figures(main: Element, facts: PublicFacts, words: PublicWords, language: Language) -> None:
    """Add how well covering works: what is measured, and what nobody can know."""
    _add(main, "h2", words.figures)
    _add(main, "p", _usable(facts.status, words, language))
    if facts.watched is not None:
        _add(main, "p", _watched(facts.watched, words, language))
    if not facts.days:
        _add(main, "p", words.no_log if facts.days is None else words.no_days)
    else:
        table = SubElement(SubElement(main, "div", {"class": "wide", "tabindex": "0"}), "table")
        _add(table, "caption", words.table)
        row = SubElement(SubElement(table, "thead"), "tr")
        for name in (words.day, words.day_usable, words.day_failures, words.day_tests):
            _add(row, "th", name, scope="col")
        rows = SubElement(table, "tbody")
        for day in facts.days:
            row = SubElement(rows, "tr")
            _add(row, "td", day.day)
            _add(row, "td", share(day.serviceability, language) if day.observed_s else "-")
            _add(row, "td", str(day.cover_failures))
            _add(row, "td", f"{day.self_tests_failed} / {day.self_tests}")
    _add(main, "p", words.explain, class_="small")


def _usable(status: CameraStatus | None, words: PublicWords, language: Language) -> str:
    """Return the share of the longest span that was observed whole, or of the shortest."""
    shares = status.serviceability if status is not None else {}
    over_s = status.serviceability_over_s if status is not None else {}
    whole = [span for span in ("30d", "7d", "24h") if span in shares and over_s.get(span, 0.0) >= _WHOLE_SPAN[span] - 1]
    if whole:
        span = {**_SPANS, **_SPANS_OF_HOURS}[whole[0]][language]
        return words.usable.format(span=span, share=share(shares[whole[0]], language))
    if "24h" not in shares or over_s.get("24h", 0.0) < 3600:
        return words.usable_unknown
    hours = int(over_s["24h"] // 3600)
    return words.usable.format(span=_HOURS[language].format(count=hours), share=share(shares["24h"], language))


def length(hours: float, language: Language) -> str:
    """Return a number of hours in words.

    >>> length(72, Language.ENGLISH), length(12.5, Language.GERMAN)
    ('72 hours', '12,5 Stunden')
    >>> length(240, Language.GERMAN)
    '10 Tagen'
    """
    text = _DAYS if hours > 72 and hours % 24 == 0 else _HOURS
    made = text[language].format(count=hours / 24 if text is _DAYS else hours)
    return made.replace(".", ",") if language is Language.GERMAN else made


def share(value: float, language: Language) -> str:
    r"""Return a share in percent, rounded down: 99.99 % is not 100 %.

    >>> share(0.99999, Language.ENGLISH), share(1.0, Language.GERMAN)
    ('99.9\xa0%', '100\xa0%')
    """
    tenths = int(value * 1000 + 1e-9)
    return f"{_number(tenths / 10, language)}\xa0%"


def _watched(standing: WatchdogStanding, words: PublicWords, language: Language) -> str:
    """Say what random looks at the covered pictures leave possible; no look is never the same as nothing found."""
    if not standing.observed or standing.head_frames_per_h is None:
        return words.unwatched
    count = bounded(standing.head_frames_per_h)
    looks = standing.tally.looks + standing.tally.missed
    return words.watched.format(
        count=count.replace(".", ",") if language is Language.GERMAN else count,
        looks=looks,
        hours=_number(standing.tally.watched_s / 3600, language),
    )


def _number(value: float, language: Language) -> str:
    text = f"{value:.3g}" if value < 100 else f"{value:.0f}"
    return text.replace(".", ",") if language is Language.GERMAN else text
