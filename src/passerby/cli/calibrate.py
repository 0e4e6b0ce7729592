"""`passerby calibrate`: compute a ground plane from known points, and its errors."""

from __future__ import annotations

import re
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.errors import MeasureError, UsageError

if TYPE_CHECKING:
    from passerby.jobs.calibration import Calibration
    from passerby.settings.ground import GroundSettings

M_PER_FT = 0.3048
FEET = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:ft|feet|foot|'|\u2032)", re.IGNORECASE)
METRES = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:metres?|meters?|m|px)\b", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"\d+,\d+")
FAR_M = 1e5
"""Coordinates this far from their origin come from a map or survey."""


def calibrate(
    places: Annotated[
        Path | None, typer.Argument(help="Places file whose calibration to check, instead of the options below.")
    ] = None,
    point: Annotated[
        list[str] | None,
        typer.Option(help="A known point as X,Y=X_M,Y_M: px in the picture, m on the ground. Give four or more."),
    ] = None,
    rectangle: Annotated[
        str,
        typer.Option(help="A rectangle on the ground as WIDTHxDEPTH in m, such as 6x12; needs four --corner."),
    ] = "",
    corner: Annotated[
        list[str] | None,
        typer.Option(help="A corner of --rectangle as X,Y in px; in order near left, near right, far right, far left."),
    ] = None,
    plan_scale: Annotated[
        float | None,
        typer.Option(help="Metres per pixel, if the ground points were read from the picture of a floor plan."),
    ] = None,
    tsai: Annotated[Path | None, typer.Option(help="Import a Tsai calibration in the XML format of PETS.")] = None,
    lens: Annotated[str, typer.Option(help="Lens distortion as FX,FY,CX,CY,K1,K2,P1,P2[,K3], as in OpenCV.")] = "",
    size: Annotated[str, typer.Option(help="Width and height of the picture in px, such as 1920x1080.")] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Places file to write; printed by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing places file.")] = False,
) -> None:
    """Compute a ground plane from known points, and its errors.

    Also shows how many pixels a metre on the ground takes up across the picture.
    """
    from passerby.jobs.calibration import judged  # noqa: PLC0415 - as above
    from passerby.settings.ground import ground_settings  # noqa: PLC0415 - loads numpy
    from passerby.settings.places import read_places  # noqa: PLC0415 - as above
    from passerby.settings.places_text import places_yaml  # noqa: PLC0415 - as above

    given = (point, rectangle, corner, plan_scale, tsai, lens, size, output)
    if places is not None:
        if any(each is not None and each not in ("", []) for each in given):
            msg = f"{places}: a places file is checked with its own calibration; remove the other options"
            raise UsageError(msg)
        settings = read_places(places)
        ground, picture = settings.ground, settings.picture_px
    else:
        if not (point or rectangle or corner or tsai):
            msg = "no calibration given; use --point four or more times, --rectangle with four --corner, or --tsai"
            raise UsageError(msg)
        pairs = _pairs(point or [], rectangle, corner or [], plan_scale=plan_scale)
        ground = ground_settings(points=pairs, lens=_lens(lens), tsai=tsai)
        picture = _size(size, ground.size_px)
    if ground is None:
        msg = f"{places}: has no ground section to check; add one"
        raise UsageError(msg)
    if ground.points:
        _refuse_unseen(ground, picture)
    _print_calibration(judged(ground, picture), ground)
    if places is None:
        if picture is None:
            typer.echo("passerby: without --size, the camera must always deliver pictures of this size", err=True)
        text = places_yaml(ground, picture)
        if output is None:
            typer.echo(text, nl=False)
        else:
            _write(text, output, force=force)


def _pairs(
    points: list[str], rectangle: str, corners: list[str], *, plan_scale: float | None
) -> list[dict[str, list[float]]]:
    """Return the known points that the options describe.

    Raises:
        UsageError: An option cannot be read as a point.
    """
    pairs = [_known(each) for each in points]
    if bool(rectangle) != bool(corners):
        msg = "--rectangle and four --corner must be given together"
        raise UsageError(msg)

    if rectangle:
        wide, deep = _numbers(rectangle, "--rectangle", 2, between="x")
        if min(wide, deep) <= 0:
            msg = f"--rectangle {rectangle}: both sides must be longer than 0 m"
            raise UsageError(msg)
        seen = [_numbers(each, "--corner", 2) for each in corners]
        if len(seen) != 4:
            msg = f"--corner: {len(seen)} corners given; give four"
            raise UsageError(msg)
        on_ground = ([0.0, 0.0], [wide, 0.0], [wide, deep], [0.0, deep])
        pairs += [at + on for at, on in zip(seen, on_ground, strict=True)]

    if plan_scale is not None:  # y in a floor plan's picture points down
        if not 0 < plan_scale < inf or rectangle:
            msg = f"--plan-scale {plan_scale:g}: give metres per pixel of the plan, above 0; use it with --point only"
            raise UsageError(msg)
        pairs = [[x, y, gx * plan_scale, -gy * plan_scale] for x, y, gx, gy in pairs]

    return [{"picture_px": each[:2], "ground_m": each[2:]} for each in pairs]


def _known(text: str) -> list[float]:
    """Return a known point: its position in the picture and on the ground.

    Raises:
        UsageError: The text is not a point.
    """
    seen, equals, on_ground = text.partition("=")
    parts = [_split(part, f"--point {text}", 2, between=",") for part in (seen, on_ground)] if equals else []
    if not parts:
        msg = f"--point {text}: write X,Y=X_M,Y_M, px in the picture and m on the ground, such as 312,540=0,12.5"
        raise UsageError(msg)
    return [*parts[0], *parts[1]]


def _size(text: str, own: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the size of the picture.

    Raises:
        UsageError: It is not a size, or differs from the size in the imported calibration.
    """
    if not text:
        return own
    across, down = _numbers(text, "--size", 2, between="x")
    if min(across, down) < 16 or across % 1 or down % 1:
        msg = f"--size {text}: give width and height of the picture in whole px, such as 1920x1080"
        raise UsageError(msg)
    size = (round(across), round(down))
    if own is not None and own != size:
        msg = f"--size {text}: the imported calibration is for another picture size; remove --size"
        raise UsageError(msg)
    return size


def _lens(text: str) -> dict[str, list[float]] | None:
    if not text:
        return None
    values = _numbers(text, "--lens")
    if len(values) not in {8, 9}:
        msg = f"--lens {text}: give FX,FY,CX,CY,K1,K2,P1,P2 and, if known, K3"
        raise UsageError(msg)
    return {"focal_px": values[:2], "centre_px": values[2:4], "distortion": values[4:]}


def _numbers(text: str, option: str, count: int | None = None, *, between: str = ",") -> list[float]:
    """Return the numbers in an option.

    Raises:
        UsageError: They are not numbers, or there are too few or too many.
    """
    return _split(text, f"{option} {text}", count, between=between)


def _split(text: str, typed: str, count: int | None, *, between: str) -> list[float]:
    try:
        values = [float(part) for part in text.lower().split(between)]
    except ValueError:
        values = []

    if values and all(map(isfinite, values)) and count in {None, len(values)}:
        return values
    if feet := FEET.search(text):
        msg = f"{typed}: give metres; {feet[0].strip()} is {float(feet[1].replace(',', '.')) * M_PER_FT:.3f} m"
    elif unit := METRES.search(text):
        msg = f"{typed}: leave the unit out: {unit[1].replace(',', '.')} instead of {unit[0]}"
    elif (between == "," and count and len(values) > count) or (between != "," and DECIMAL_COMMA.search(text)):
        comma = DECIMAL_COMMA.search(text)
        one = comma[0] if comma else "6,5"
        msg = f"{typed}: write decimals with a point, such as {one.replace(',', '.')} instead of {one}"
    else:
        wanted = "numbers" if count is None else f"{count} numbers"
        msg = f"{typed}: give {wanted} separated by '{between}'"

    raise UsageError(msg)


def _refuse_unseen(ground: GroundSettings, picture: tuple[int, int] | None) -> None:
    """Refuse points outside the picture that they were read from.

    Raises:
        UsageError: A point is outside the picture.
    """
    from passerby.measure.ground import require_seen  # noqa: PLC0415 - loads numpy

    try:
        require_seen(ground.pairs()[0], picture)
    except MeasureError as error:
        raise UsageError(str(error)) from error


def _print_calibration(found: Calibration, ground: GroundSettings) -> None:
    """Show the errors of the points, and how many pixels a metre takes up across the picture."""
    from rich.console import Console  # noqa: PLC0415 - not needed for the help
    from rich.table import Table  # noqa: PLC0415 - as above

    console = Console(highlight=False)
    if found.fit is not None:
        table = Table("point", "in the picture, px", "on the ground, m", "off by, px", "off by, m", box=None)
        for number, (point, *errors) in enumerate(
            zip(ground.points, found.fit.errors_px, found.fit.errors_m, strict=True), 1
        ):
            given = (", ".join(f"{value:.12g}" for value in each) for each in (point.picture_px, point.ground_m))
            table.add_row(str(number), *given, f"{errors[0]:.2f}", f"{errors[1]:.3f}")
        console.print(table)
        worst = f"; point {found.fit.worst} has the largest error" if len(found.fit.errors_px) > 4 else ""
        few = "" if len(found.fit.errors_px) > 4 else "; four points always fit exactly: add more to see errors"
        typer.echo(
            f"reprojection error {found.fit.rms_px:.2f} px, {found.fit.rms_m:.3f} m (root mean square){worst}{few}"
        )
    table = Table(title="px per metre in the worst direction, across the picture", box=None, show_header=False)
    for row in found.px_per_m:
        table.add_row(*(f"{value:.1f}" if isfinite(value) else "-" for value in row))
    console.print(table)
    typer.echo(
        f"densities can be measured in {found.usable_share:.0%} of the picture "
        f"(at least {ground.least_px_per_m:g} px per metre)"
    )
    if any(abs(value) > FAR_M for point in ground.points for value in point.ground_m):
        typer.echo(
            "passerby: a metre of Web Mercator (EPSG:3857) is shorter than a real one, by the cosine of the latitude; "
            "if these are such coordinates, convert them to UTM",
            err=True,
        )


def _write(text: str, path: Path, *, force: bool) -> None:
    from passerby.jobs.redact_file import refuse_existing, write_json  # noqa: PLC0415 - loads the networks' runtime

    refuse_existing(path, "-o", replace=force)
    write_json(text, path)
    typer.echo(f"{path}: written; add lines and zones")
