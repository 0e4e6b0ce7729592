"""The pages of measuring: the places file, and every quantity with its formula, made from the code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import site_reference
from passerby.config.places import PlacesSettings
from passerby.measure.density import density
from passerby.measure.dwell import mean_dwell
from passerby.measure.flow import counter_flow_share, crossings, flow, specific_flow
from passerby.measure.hazard import ZoneEntries
from passerby.measure.occupancy import NetOccupancy, SiteOccupancy, occupancy
from passerby.measure.pressure import crowd_pressure
from passerby.measure.queue import expected_wait
from passerby.measure.reading import Quantity
from passerby.measure.service_level import level_of_service
from passerby.measure.speed import ZoneSpeed, individual_speed, mean_speed
from passerby.measure.traffic import LineHeadway, StoppedVehicles, Turns, mean_headway
from passerby.measure.voronoi import voronoi_density

MADE_BY: tuple[tuple[tuple[Quantity, ...], tuple[Callable[..., object], ...]], ...] = (
    ((Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY), (occupancy,)),
    ((Quantity.NET_OCCUPANCY,), (NetOccupancy,)),
    ((Quantity.SITE_OCCUPANCY,), (SiteOccupancy,)),
    ((Quantity.DENSITY, Quantity.PEAK_DENSITY), (density,)),
    ((Quantity.VORONOI_DENSITY,), (voronoi_density,)),
    ((Quantity.LEVEL_OF_SERVICE,), (level_of_service,)),
    ((Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT, Quantity.WRONG_WAY), (crossings,)),
    ((Quantity.FLOW,), (flow,)),
    ((Quantity.SPECIFIC_FLOW,), (specific_flow,)),
    ((Quantity.COUNTER_FLOW_SHARE,), (counter_flow_share,)),
    ((Quantity.MEAN_SPEED,), (individual_speed, mean_speed)),
    ((Quantity.SPEED_P15, Quantity.SPEED_P50, Quantity.SPEED_P85), (ZoneSpeed,)),
    ((Quantity.CROWD_PRESSURE,), (crowd_pressure,)),
    ((Quantity.MEAN_DWELL,), (mean_dwell,)),
    ((Quantity.QUEUE_LENGTH, Quantity.QUEUE_WAIT), (expected_wait,)),
    ((Quantity.TURNS,), (Turns,)),
    ((Quantity.HEADWAY,), (mean_headway, LineHeadway)),
    ((Quantity.STOPPED_VEHICLE,), (StoppedVehicles,)),
    ((Quantity.ZONE_ENTRY,), (ZoneEntries,)),
)


def places_page(made: str) -> str:
    """Return the page of the places file."""
    lines = ["# Places file", "", made]
    lines += [
        "What `passerby measure --places FILE` reads: ground, lines and zones of one camera, in YAML. Relative",
        "paths are relative to the file. How to: [measure](../how-to/measure.md), [calibrate](../how-to/calibrate.md).",
        "",
    ]
    return "\n".join([*lines, *site_reference.tables(PlacesSettings)])


def quantities_page(made: str) -> str:
    """Return the page of quantities: formula, unit, edge rule and source of each, from the docstrings.

    Raises:
        ValueError: A quantity has no entry.
    """
    missing = set(Quantity) - {quantity for quantities, _ in MADE_BY for quantity in quantities}
    if missing:
        msg = f"no entry for {', '.join(sorted(missing))}"
        raise ValueError(msg)
    lines = ["# Quantities and their formulas", "", made]
    lines += ["How readings become the value of a window: [signals](signals.md).", ""]
    for quantities, makers in MADE_BY:
        lines += [f"## {', '.join(f'`{each}`' for each in quantities)}", "", f"Unit: {quantities[0].unit}.", ""]
        for maker in makers:
            lines += [_told(maker), ""]
    return "\n".join(lines)


def _told(maker: Callable[..., object]) -> str:
    """Return a docstring without its arguments, doctests and Sphinx's marks."""
    text = re.sub(r"(?m)^>>>(.*\n?)(?:.+\n?)*", "", inspect.getdoc(maker) or "")
    text = re.sub(r"(?m)^(Args|Returns|Raises):\n(?:[ ]+.*\n?|\n(?=[ ]))*", "", text)
    return re.sub(r"\n{3,}", "\n\n", text.replace(":math:`", "`")).strip()
