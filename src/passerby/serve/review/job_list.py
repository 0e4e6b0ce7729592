"""The page with the reviews of a folder; each review that is opened gets a server of its own on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pydantic import Field, JsonValue

from passerby.errors import UsageError
from passerby.jobs.review_files import ReviewFiles, present_report
from passerby.jobs.review_list import ReviewList
from passerby.jobs.review_options import options_of_copy
from passerby.jobs.review_session import ReviewSession
from passerby.review.edits import RecordingEdits
from passerby.review.job_book import JobNote
from passerby.review.journal import EditsJournal
from passerby.serve.review.server import Answer, PageAnswers, ReviewServer, parsed
from passerby.settings.reasons import SiteReasons
from passerby.settings.section import Section


class JobName(Section, strict=True):
    """Which recording the page means."""

    recording: str = Field(max_length=300, description="File name of the recording.")


@dataclass(slots=True)
class OpenReviews:
    """The reviews that are open in this command; a context manager that closes them.

    Args:
        listed: The list.
        reviewer: Who reviews.
        first: Returns the edits that a review begins with.
        reasons: The site's list of reasons (None = it has none).
    """

    listed: ReviewList
    reviewer: str
    first: Callable[[ReviewFiles], RecordingEdits]
    reasons: SiteReasons | None = None
    _servers: dict[str, ReviewServer] = field(default_factory=dict, repr=False)
    _open: ExitStack = field(default_factory=ExitStack, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answers(self) -> PageAnswers:
        """Return what answers the page of the list."""
        return PageAnswers(
            "list.html",
            {"/jobs": self._jobs},
            {
                "/note": self._note,
                "/cover": self._cover,
                "/open": lambda body: {"address": self.open(parsed(JobName, body).recording)},
            },
        )

    def open(self, name: str) -> str:
        """Return an address that opens the review of a recording, once.

        Raises:
            UsageError: It has no copy yet, or somebody else reviews it.
            SourceError: The recording cannot be read.
            OutputError: Its journal cannot be written.
        """
        files = self.listed.files_of(name)
        with self._lock:
            if name in self._servers:
                return self._servers[name].invite()
            report = present_report(files)
            if report is None:
                msg = f"{name}: has no covered copy yet; cover it first"
                raise UsageError(msg)
            options = options_of_copy(self.listed.options, report, files)
            journal = self._open.enter_context(EditsJournal(files.journal, self.first(files)))
            session = ReviewSession(files, options, journal, report, self.reviewer, self.reasons)
            session.save_rules()
            self._open.callback(session.save_changes)
            server = self._open.enter_context(ReviewServer(session))
            threading.Thread(target=server.serve_forever, name="passerby-review", daemon=True).start()
            self._open.callback(server.shutdown)
            self._servers[name] = server
            return server.address

    def __enter__(self) -> Self:
        """Return the reviews."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all reviews."""
        self._open.close()

    def _jobs(self) -> Answer:
        rows: list[JsonValue] = self.listed.rows()
        return {"folder": self.listed.folder.resolve().name, "reviewer": self.reviewer, "jobs": rows}

    def _note(self, body: bytes) -> Answer:
        self.listed.note(parsed(JobNote, body))
        return self._jobs()

    def _cover(self, body: bytes) -> Answer:
        self.listed.cover(parsed(JobName, body).recording)
        return self._jobs()
