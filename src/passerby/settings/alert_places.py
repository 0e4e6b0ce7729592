"""Checks alert rules against the site: places, cameras and what is measured. One that can never fire is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from passerby.measure.place import Space
from passerby.measure.reading import Quantity
from passerby.settings.places import CountedClass, LineSettings, PlacesSettings, ZoneSettings, read_places
from passerby.settings.site.alert_rule import CROWDS, OF_CAMERAS, RuleSettings, RuleType
from passerby.settings.site.site import SiteSettings

METRIC = frozenset(
    {
        *(Quantity.DENSITY, Quantity.PEAK_DENSITY, Quantity.LEVEL_OF_SERVICE, Quantity.MEAN_SPEED),
        *(Quantity.SPEED_P15, Quantity.SPEED_P50, Quantity.SPEED_P85, Quantity.CROWD_PRESSURE),
    }
)
"""Measured in zones in metres."""
INSIDE = (Quantity.NET_OCCUPANCY, Quantity.SITE_OCCUPANCY, Quantity.OCCUPANCY)
"""Numbers of persons in an area with doors, in an area of zones, in a zone."""
COUNTERS = frozenset(Quantity)
"""What an external counter sends is not known before it does."""


def unfit_rules(site: SiteSettings) -> Iterator[str]:
    """Yield which alert rules of a site cannot work, and why.

    Raises:
        UsageError: A places file is wrong.
    """
    measured = measured_at(site)
    counters = {each.place for each in site.signals.counters}
    counted = dict(_counted(site))
    for rule in site.alerts.rules:
        if rule.type in OF_CAMERAS:
            yield from _absent_cameras(rule, site)
            continue
        for place in _places(rule):
            if place not in measured:
                known = f"choose from {', '.join(measured)}" if measured else "this site has no places"
                yield f"rule '{rule.name}': no camera, counter or area has the name '{place}'; {known}"
        if rule.gate is not None and rule.gate in measured and rule.gate not in counters:
            yield (
                f"rule '{rule.name}': gate '{rule.gate}' is not a counter; name one of signals.counters, to which the "
                "gate sends how many it admitted"
            )
        yield from _unmeasured(rule, measured)
        yield from _uncounted(rule, counted)


def measured_at(site: SiteSettings) -> dict[str, frozenset[Quantity]]:
    """Return what is measured at each place, counter and area of a site.

    Raises:
        UsageError: A places file is wrong.
    """
    found: dict[str, frozenset[Quantity]] = {}
    for camera in site.cameras:
        if camera.places:
            places = read_places(camera.places)
            found |= {line.name: frozenset(_of_line(line)) for line in places.lines}
            found |= {zone.name: frozenset(_of_zone(zone, places)) for zone in places.zones}
    found |= {counter.place: COUNTERS for counter in site.signals.counters}
    for area in site.signals.areas:
        found[area.name] = frozenset({Quantity.SITE_OCCUPANCY if area.zones else Quantity.NET_OCCUPANCY})
    return found


def wanted_quantity(rule: RuleSettings) -> Quantity | None:
    """Return what a rule compares at its places; None = its conditions say it, or it depends on the place."""
    if rule.type in CROWDS:
        return rule.quantity or Quantity.DENSITY
    if rule.type is RuleType.QUEUE:
        return rule.quantity or Quantity.QUEUE_LENGTH
    return {
        RuleType.ZONE_ENTRY: Quantity.ZONE_ENTRY,
        RuleType.COUNTER_FLOW: Quantity.COUNTER_FLOW_SHARE,
        RuleType.TAILGATING: Quantity.CROSSINGS_IN,
    }.get(rule.type)


def _places(rule: RuleSettings) -> list[str]:
    given = [*rule.places, rule.gate, *(each.place for each in rule.conditions)]
    return list(dict.fromkeys(each for each in given if each is not None))


def _absent_cameras(rule: RuleSettings, site: SiteSettings) -> Iterator[str]:
    running = {camera.name: camera.enabled for camera in site.cameras}
    for name in rule.cameras:
        if name not in running:
            yield f"rule '{rule.name}': there is no camera '{name}'; choose from {', '.join(running)}"
        elif not running[name]:
            yield f"rule '{rule.name}': it can never fire: camera '{name}' is not enabled; enable or remove it"
    if not rule.cameras and not any(running.values()):
        yield f"rule '{rule.name}': it can never fire: no camera is enabled"


def _unmeasured(rule: RuleSettings, measured: Mapping[str, frozenset[Quantity]]) -> Iterator[str]:
    """Yield where what a rule compares is not measured."""
    wanted = wanted_quantity(rule)
    asked = [] if wanted is None else [(place, wanted) for place in rule.places]
    for each in rule.conditions:
        asked += [(place, each.quantity) for place in ((each.place,) if each.place else rule.places)]
    for place, quantity in asked:
        if place in measured and quantity not in measured[place]:
            yield (
                f"rule '{rule.name}': it can never fire: {quantity} is not measured at '{place}' ({_how(quantity)}); "
                f"measured there: {', '.join(sorted(measured[place])) or 'nothing'}"
            )
    if rule.type is RuleType.CAPACITY:
        for place in rule.places:
            if place in measured and not measured[place] & set(INSIDE):
                yield (
                    f"rule '{rule.name}': it can never fire: nobody is counted inside '{place}'; name an area of "
                    "signals.areas, or a zone"
                )


def _counted(site: SiteSettings) -> Iterator[tuple[str, tuple[CountedClass, ...]]]:
    """Yield each line of a site with the classes that it counts."""
    for camera in site.cameras:
        if camera.places:
            yield from ((line.name, line.count) for line in read_places(camera.places).lines)


def _uncounted(rule: RuleSettings, counted: Mapping[str, tuple[CountedClass, ...]]) -> Iterator[str]:
    """Yield at which lines a rule compares crossings of a class that is not counted there."""
    asked = [(place, CountedClass.PERSON.value) for place in rule.places if rule.type is RuleType.TAILGATING]
    for each in rule.conditions:
        if each.quantity in {Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT}:
            places = (each.place,) if each.place else rule.places
            asked += [(place, each.kind or CountedClass.PERSON.value) for place in places]
    for place, kind in asked:
        if place in counted and kind not in counted[place]:
            yield (
                f"rule '{rule.name}': it can never fire: line '{place}' does not count {kind}; add it to count: of the "
                f"line, which has {', '.join(counted[place])}"
            )


def _how(quantity: Quantity) -> str:
    """Return what it takes to measure a quantity."""
    if quantity in METRIC or quantity is Quantity.VORONOI_DENSITY:
        return "it needs a zone in metres and a calibrated camera"
    return {
        Quantity.ZONE_ENTRY: "it needs a zone with hazard: true",
        Quantity.QUEUE_LENGTH: "it needs a zone with queue: true",
        Quantity.QUEUE_WAIT: "it needs a zone with queue: true",
        Quantity.COUNTER_FLOW_SHARE: "it needs a line that counts persons",
        Quantity.CROSSINGS_IN: "it needs a line or counter",
        Quantity.CROSSINGS_OUT: "it needs a line or counter",
        Quantity.WRONG_WAY: "it needs a line with one_way: true",
        Quantity.STOPPED_VEHICLE: "it needs a zone with stopped_after_s",
    }.get(quantity, "see the reference of quantities")


def _of_line(line: LineSettings) -> Iterator[Quantity]:
    yield from (Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT)
    if CountedClass.PERSON in line.count:
        yield from (Quantity.FLOW, Quantity.COUNTER_FLOW_SHARE)
        if line.line().space is Space.GROUND:
            yield Quantity.SPECIFIC_FLOW
    if line.one_way:
        yield Quantity.WRONG_WAY
    if line.headway:
        yield Quantity.HEADWAY


def _of_zone(zone: ZoneSettings, places: PlacesSettings) -> Iterator[Quantity]:
    yield from (Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY)
    if zone.zone().space is Space.GROUND:
        yield from METRIC
        if places.ground is not None and places.ground.walkable_m is not None:
            yield Quantity.VORONOI_DENSITY
    if zone.dwell:
        yield Quantity.MEAN_DWELL
    if zone.queue:
        yield from (Quantity.QUEUE_LENGTH, Quantity.QUEUE_WAIT)
    if zone.hazard:
        yield Quantity.ZONE_ENTRY
    if zone.stopped_after_s is not None:
        yield Quantity.STOPPED_VEHICLE
