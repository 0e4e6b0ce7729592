"""`passerby review`: a page on which a person checks and corrects a covered recording."""

from __future__ import annotations

import getpass
import webbrowser
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.number import require_within
from passerby.cli.redact import DEFAULTS, given, kinds, option
from passerby.errors import UsageError
from passerby.settings.options import RedactOptions
from passerby.settings.reasons import read_reasons

if TYPE_CHECKING:
    from passerby.jobs.review_files import ReviewFiles
    from passerby.reports.redaction import RedactionReport
    from passerby.serve.review.job_list import OpenReviews


def review(
    context: typer.Context,
    recording: Annotated[
        Path,
        typer.Argument(help="The recording; for a folder, a page lists its recordings with state, notes, due dates."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The covered copy, an MP4 file; by default NAME_redacted.mp4 beside it."),
    ] = None,
    edits: Annotated[
        Path | None, typer.Option(help="The edits file; by default NAME.edits.json beside the recording.")
    ] = None,
    reviewer: Annotated[
        str, typer.Option(help="Your name, for the edits file; by default the name that you are signed in with.")
    ] = "",
    no_openings: Annotated[
        bool, typer.Option("--no-openings", help="Lock this recording: nothing may be opened or left visible.")
    ] = False,
    second_reviewer: Annotated[
        bool, typer.Option("--second-reviewer", help="Ask for a second reviewer before the copy counts as released.")
    ] = False,
    reasons: Annotated[
        Path | None, typer.Option(help="Your list of reasons and legal bases (YAML): the page offers them.")
    ] = None,
    preset: Annotated[str, option("preset")] = "",
    cover: Annotated[str, option("cover")] = ",".join(sorted(DEFAULTS.cover)),
    effort: Annotated[str, option("effort")] = DEFAULTS.effort.value,
    hold: Annotated[float, option("hold_s")] = DEFAULTS.hold_s,
    check: Annotated[str, option("check")] = DEFAULTS.check.value,
    sound: Annotated[str, option("sound")] = DEFAULTS.sound.value,
    mask: Annotated[list[Path] | None, option("masks")] = None,
    plan: Annotated[Path | None, option("plan")] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 = any free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser", help="Open the page in the default browser.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Cover the recording again, and replace the copy.")] = False,
) -> None:
    """Check and correct a covered recording on a page.

    The page is on this machine only, and ends with the command.
    """
    from passerby.jobs.review_files import first_edits, present_report, review_files  # noqa: PLC0415 - loads networks
    from passerby.jobs.review_list import ReviewList  # noqa: PLC0415 - as above
    from passerby.jobs.review_options import options_of_copy  # noqa: PLC0415 - as above
    from passerby.jobs.review_session import ReviewSession  # noqa: PLC0415 - as above
    from passerby.review.journal import EditsJournal  # noqa: PLC0415 - as above
    from passerby.serve.review.job_list import OpenReviews  # noqa: PLC0415 - as above
    from passerby.serve.review.server import ReviewServer  # noqa: PLC0415 - as above

    require_within("--port", port, 0, 65535)
    reviewer = _name(reviewer)
    values = {"preset": preset, "cover": kinds(cover), "effort": effort, "hold_s": hold, "check": check}
    values |= {"sound": sound, "masks": tuple(mask or ()), "plan": plan}
    options = RedactOptions.checked(**given(context, values))
    listed = read_reasons(reasons) if reasons is not None else None
    if recording.is_dir():
        if output is not None or edits is not None or force:
            msg = f"{recording}: is a folder; -o, --edits and --force are for the review of one recording"
            raise UsageError(msg)
        start = partial(first_edits, openings=not no_openings, second=second_reviewer)
        listed_reviews = OpenReviews(ReviewList(recording, options), reviewer, start, listed)
        _serve_list(listed_reviews, port=port, browser=browser)
        return
    files = review_files(recording, copy=output, edits=edits)
    first = first_edits(files, openings=not no_openings, second=second_reviewer)
    with EditsJournal(files.journal, first) as journal:
        report = None if force else present_report(files)
        if report is not None:
            options = options_of_copy(options, report, files)
        else:
            report = _cover(files, options, replace=force)
        session = ReviewSession(files, options, journal, report, reviewer, listed)
        session.save_rules()
        with ReviewServer(session, port=port) as server:
            typer.echo(f"{recording}: review it at {server.address}")
            typer.echo("passerby: the address works once; Ctrl-C ends the review, and nothing is lost", err=True)
            if browser:
                webbrowser.open(server.address)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                session.save_changes()
                typer.echo(f"passerby: review ended; the same command continues it ({files.journal})", err=True)


def _name(given: str) -> str:
    """Return who reviews.

    Raises:
        UsageError: It is no name that an edits file can hold.
    """
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - not needed for the help

    from passerby.review.edits import FilledText  # noqa: PLC0415 - as above

    try:
        return TypeAdapter(FilledText).validate_python(given or getpass.getuser())
    except (KeyError, OSError) as error:
        msg = "--reviewer: the account that you use has no name; give yours"
        raise UsageError(msg) from error
    except ValidationError as error:
        msg = f"--reviewer {given!r}: give a name of 1 to 200 characters, in one line"
        raise UsageError(msg) from error


def _serve_list(reviews: OpenReviews, *, port: int, browser: bool) -> None:
    from passerby.serve.review.server import ReviewServer  # noqa: PLC0415 - loads networks

    folder = reviews.listed.folder
    found = len(reviews.listed.recordings())
    with reviews, ReviewServer(reviews.answers(), port=port) as server:
        typer.echo(f"{folder}: {found} recording{'s' * (found != 1)}; the list is at {server.address}")
        typer.echo("passerby: the address works once; Ctrl-C ends all reviews, and nothing is lost", err=True)
        if browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("passerby: reviews ended; the same command continues them", err=True)


def _cover(files: ReviewFiles, options: RedactOptions, *, replace: bool) -> RedactionReport:
    from passerby.cli.progress import display  # noqa: PLC0415 - loads a library
    from passerby.jobs.review_files import make_copy  # noqa: PLC0415 - as above
    from passerby.jobs.task import FileTask, Step  # noqa: PLC0415 - as above

    task = FileTask(files.recording, files.copy, files.report)
    with display(1) as shown:
        return make_copy(files, options, replace=replace, progress=lambda each: shown.show(Step(task, each)))
