"""What `passerby redact` prints of each file that it covered, and of all of them."""

from __future__ import annotations

from collections import Counter, defaultdict

import typer

from passerby.jobs.task import Outcome

_LEAST = 0.001
_CAUSES = 3
"""Causes of cover that a line has room for; the report has them all."""


def named_failure(failed: Outcome) -> str:
    """Return the error of a file, which begins with the file's name whatever failed."""
    text = str(failed.error)
    return text if failed.task.source.name in text else f"{failed.task.source}: {text}"


def print_outcomes(outcomes: list[Outcome], *, refused: int) -> None:
    """Print the result of each file on stdout; several files end with a line of totals."""
    for each in outcomes:
        if each.error is None:
            typer.echo(_outcome_line(each))
    files = len(outcomes) + refused
    if files > 1:
        failed = sum(each.error is not None for each in outcomes) + refused
        doubt = sum(each.error is None and each.code != 0 for each in outcomes)
        typer.echo(
            f"{files} files: {files - failed} covered, {failed} failed, {doubt} to look at{_all_covered(outcomes)}"
        )


def _outcome_line(outcome: Outcome) -> str:
    parts = [f"{outcome.task.target}: {outcome.frames} frame{'s' * (outcome.frames != 1)}"]
    parts.append(cover_line([outcome]))
    if outcome.whole:
        parts.append(f"{outcome.whole} covered whole")
    if outcome.spots:
        parts.append(
            f"the check suspects {outcome.spots} spot{'s' * (outcome.spots != 1)}: look at them (passerby check)"
        )
    if outcome.task.report is not None:
        parts.append(f"report {outcome.task.report}")
    return ", ".join(parts)


def _all_covered(outcomes: list[Outcome]) -> str:
    done = [each for each in outcomes if each.error is None]
    return f"; {cover_line(done)}" if done else ""


def cover_line(outcomes: list[Outcome]) -> str:
    """Return how much of the copies is covered, and what covers frames nearly whole.

    Args:
        outcomes: Files that were covered; each counts by its frames.
    """
    frames = sum(each.frames for each in outcomes)
    share = sum(each.covered_share * each.frames for each in outcomes) / max(1, frames)
    over = sum(each.over_90 for each in outcomes)
    parts: defaultdict[str, float] = defaultdict(float)
    for each in outcomes:
        for cause, part in each.shares:
            parts[cause] += part * each.frames / max(1, frames)
    most = sorted(parts.items(), key=lambda item: -item[1])[:_CAUSES]
    what = ", ".join(f"{cause} {100 * part:.1f}" for cause, part in most if part >= _LEAST)
    line = f"{100 * share:.1f} % of the picture covered on average{f' ({what})' if what else ''}"
    line += f", {over} of {frames} frames over 90 %"
    causes: Counter[str] = Counter()
    for each in outcomes:
        causes.update(dict(each.causes))
    main = ", ".join(f"{cause}: {count}" for cause, count in causes.most_common(_CAUSES))
    more = "" if len(causes) <= _CAUSES else ", ..."
    return f"{line} ({main}{more})" if main else line
