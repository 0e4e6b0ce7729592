"""The reference pages of measuring, from the code: the places file, and every quantity with its formula."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import site_reference
from passerby.measure.counter_flow import counter_flow_share
from passerby.measure.density import density
from passerby.measure.dwell import mean_dwell
from passerby.measure.flow import crossings, flow, specific_flow
from passerby.measure.hazard import ZoneEntries
from passerby.measure.occupancy import NetOccupancy, SiteOccupancy, occupancy
from passerby.measure.pressure import crowd_pressure
from passerby.measure.queue import expected_wait
from passerby.measure.reading import Quantity
from passerby.measure.service_level import level_of_service
from passerby.measure.speed import ZoneSpeed, individual_speed, mean_speed
from passerby.measure.traffic import LineHeadway, StoppedVehicles, Turns, mean_headway
from passerby.measure.voronoi import voronoi_density
from passerby.settings.places import PlacesSettings

METRIC = "every zone in metres with enough pixels per metre"
ASKED_AND_MADE_BY: tuple[tuple[tuple[Quantity, ...], str, tuple[Callable[..., object], ...]], ...] = (
    (
        (Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY),
        "every zone; without a places file, the whole picture",
        (occupancy,),
    ),
    ((Quantity.NET_OCCUPANCY,), "`signals.areas` with `doors` in the site file, live only", (NetOccupancy,)),
    ((Quantity.SITE_OCCUPANCY,), "`signals.areas` with `zones` in the site file, live only", (SiteOccupancy,)),
    ((Quantity.DENSITY, Quantity.PEAK_DENSITY), METRIC, (density,)),
    ((Quantity.VORONOI_DENSITY,), f"{METRIC}, where `ground` has `walkable_m`", (voronoi_density,)),
    ((Quantity.LEVEL_OF_SERVICE,), f"{METRIC}; `use` sets the scale", (level_of_service,)),
    ((Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT), "every line; `count` sets the classes", (crossings,)),
    ((Quantity.WRONG_WAY,), "lines with `one_way: true`; vehicles that cross outwards", (crossings,)),
    ((Quantity.FLOW,), "every line that counts persons", (flow,)),
    ((Quantity.SPECIFIC_FLOW,), "every line in metres that counts persons", (specific_flow,)),
    ((Quantity.COUNTER_FLOW_SHARE,), "every line that counts persons", (counter_flow_share,)),
    ((Quantity.MEAN_SPEED,), METRIC, (individual_speed, mean_speed)),
    ((Quantity.SPEED_P15, Quantity.SPEED_P50, Quantity.SPEED_P85), METRIC, (ZoneSpeed,)),
    ((Quantity.CROWD_PRESSURE,), METRIC, (crowd_pressure,)),
    ((Quantity.MEAN_DWELL,), "every zone, unless `dwell: false`; reported while it is known", (mean_dwell,)),
    ((Quantity.QUEUE_LENGTH, Quantity.QUEUE_WAIT), "zones with `queue: true`", (expected_wait,)),
    ((Quantity.TURNS,), "two or more lines with `turns: true`", (Turns,)),
    ((Quantity.HEADWAY,), "lines with `headway: true`", (mean_headway, LineHeadway)),
    ((Quantity.STOPPED_VEHICLE,), "zones with `stopped_after_s`", (StoppedVehicles,)),
    ((Quantity.ZONE_ENTRY,), "zones with `hazard: true`", (ZoneEntries,)),
)


def places_page(made: str) -> str:
    """Return the page of the places file."""
    lines = ["# Places file", "", made]
    lines += [
        "The file for `passerby measure --places FILE`: ground, lines and zones of one camera, in YAML. Relative",
        "paths are relative to the file. How to: [measure](../how-to/measure.md), [calibrate](../how-to/calibrate.md).",
        "",
    ]
    return "\n".join([*lines, *site_reference.tables(PlacesSettings)])


def quantities_page(made: str) -> str:
    """Return the page of quantities: formula, unit, edge rule and source of each, from the docstrings.

    Raises:
        ValueError: A quantity has no entry, or no source.
    """
    missing = set(Quantity) - {quantity for quantities, _, _ in ASKED_AND_MADE_BY for quantity in quantities}
    if missing:
        msg = f"no entry for {', '.join(sorted(missing))}"
        raise ValueError(msg)
    lines = ["# Quantities and their formulas", "", made]
    lines += ["How readings are aggregated to the value of a window: [signals](signals.md).", ""]
    for quantities, asked, makers in ASKED_AND_MADE_BY:
        units = ", ".join(dict.fromkeys(each.unit for each in quantities))
        lines += [f"## {', '.join(f'`{each}`' for each in quantities)}", "", f"Unit: {units}. Measured: {asked}.", ""]
        told = [_told(maker) for maker in makers]
        if not any("Source: " in each for each in told):
            msg = f"{quantities[0]}: no source in its docstring"
            raise ValueError(msg)
        lines += [part for each in told for part in (each, "")]
    return "\n".join(lines)


def _told(maker: Callable[..., object]) -> str:
    """Return a docstring without its arguments, doctests and Sphinx markup."""
    text = re.sub(r"(?m)^>>>(.*\n?)(?:.+\n?)*", "", inspect.getdoc(maker) or "")
    text = re.sub(r"(?m)^(Args|Returns|Raises):\n(?:[ ]+.*\n?|\n(?=[ ]))*", "", text)
    return re.sub(r"\n{3,}", "\n\n", text.replace(":math:`", "`")).strip()
