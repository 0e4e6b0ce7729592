"""The site file: read, checked, compared and applied by those who may change settings; secrets never leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Header, HTTPException, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field, model_validator
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action
from passerby.accounts.two_person_request import Matter, TwoPersonRequest
from passerby.errors import SecondPersonError
from passerby.gateway.site_editor import Consent, SiteEditor
from passerby.gateway.site_proposal import EditRefusedError, SiteProposal
from passerby.serve.auth.requirement import RequiresSite
from passerby.serve.auth.visitor import AccountsHere, Visit
from passerby.serve.problem import FieldProblem, field_problems
from passerby.serve.recording_view import account_name
from passerby.settings.site.consent import ConsentNeed
from passerby.settings.site.site import SiteSettings

router = APIRouter(prefix="/api/site", tags=["settings"])

_MOST_YAML: Final = 500_000
_YAML: Final = "application/yaml"

Changing = Annotated[Visit, Depends(RequiresSite(Action.CHANGE_SETTINGS))]
Match = Annotated[
    str | None,
    Header(alias="If-Match", max_length=200, description="ETag of what the change is based on; * = whatever is there."),
]
RequestNumber = Annotated[int, Field(ge=0, lt=1 << 31)]
Requests = Annotated[
    list[RequestNumber], Field(max_length=100, description="Numbers of the requests to which a second person agreed.")
]


async def _editor(connection: HTTPConnection) -> SiteEditor:
    editor = cast("SiteEditor | None", connection.app.state.editor)
    if editor is None:
        msg = "this is the demo, which has no site file; run passerby camera add ADDRESS, then passerby up site.yaml"
        raise HTTPException(404, msg)
    return editor


EditorHere = Annotated[SiteEditor, Depends(_editor)]


class SiteText(BaseModel):
    """A site file: as text, or as content that is put into the present file, whose comments stay."""

    yaml: str | None = Field(default=None, max_length=_MOST_YAML, description="All of the file.")
    settings: dict[str, Any] | None = Field(default=None, description="All of its content.")

    @model_validator(mode="after")
    def _is_one(self) -> SiteText:
        if (self.yaml is None) == (self.settings is None):
            msg = "give either yaml or settings"
            raise ValueError(msg)
        return self

    def text(self, editor: SiteEditor) -> str:
        """Return the file as text."""
        return self.yaml if self.yaml is not None else editor.text_of(self.settings or {})


class SiteChange(SiteText):
    """A site file that is to be used."""

    requests: Requests = []


class SiteRequest(SiteText):
    """A site file of which a second person is to agree to what needs one."""

    reason: str = Field(max_length=500, description="Why, for the second person.")


class Validity(BaseModel):
    """Whether a site file could be used."""

    valid: bool = Field(description="Whether it could.")
    problems: list[FieldProblem] = Field(description="What is wrong with it.")


class NeedInfo(BaseModel):
    """Something a second person must agree to."""

    matter: Matter = Field(description="What it is.")
    subject: str = Field(description="The camera, or the site.")
    details: dict[str, str] = Field(description="What changes.")
    request: int | None = Field(description="Number of the request that was made for it; null: none.")

    @classmethod
    def of(cls, need: ConsentNeed, request: TwoPersonRequest | None = None) -> NeedInfo:
        """Return a need as the API shows it."""
        number = None if request is None else request.number
        return cls(matter=Matter(need.rule), subject=need.subject, details=need.details, request=number)


class Difference(BaseModel):
    """What a site file would change."""

    changes: dict[str, str] = Field(description="Each key that changes: old value -> new value, without secrets.")
    restart: list[str] = Field(description="Keys of which the change waits for a restart of the gateway.")
    second_person: list[NeedInfo] = Field(description="What a second person must agree to first.")

    @classmethod
    def of(cls, proposal: SiteProposal) -> Difference:
        """Return a proposal as the API shows it."""
        needs = [NeedInfo.of(each) for each in proposal.needs]
        return cls(changes=proposal.changes, restart=list(proposal.waiting), second_person=needs)


class SiteInfo(BaseModel):
    """The content of the site file; `(secret)` stands for each password or secret that is written in it."""

    settings: dict[str, Any] = Field(description="Its keys; those that are absent have their defaults.")


@router.get("", summary="The site file as JSON")
def as_json(_visit: Changing, editor: EditorHere, answer: Response) -> SiteInfo:
    """Return the content of the site file without secrets; its ETag names its version."""
    settings, answer.headers["ETag"] = editor.settings()
    return SiteInfo(settings=settings)


@router.get(
    "/yaml",
    summary="The site file",
    response_class=PlainTextResponse,
    responses={200: {"content": {_YAML: {"schema": {"type": "object"}}}, "description": "The file."}},
)
def as_yaml(_visit: Changing, editor: EditorHere) -> Response:
    """Return the site file with its comments, without secrets; its ETag names its version."""
    text, tag = editor.read()
    return Response(text, media_type=_YAML, headers={"ETag": tag})


@router.get("/schema", summary="JSON Schema of the site file")
def schema(_visit: Changing) -> dict[str, Any]:
    """Return the schema that the site file follows, with the help of each key."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **SiteSettings.model_json_schema()}


@router.post("/validation", summary="Check a site file")
def validate(body: SiteText, _visit: Changing, editor: EditorHere) -> Validity:
    """Check a site file as if it was loaded; nothing is changed."""
    try:
        editor.propose(body.text(editor))
    except EditRefusedError as error:
        return Validity(valid=False, problems=field_problems(error))
    return Validity(valid=True, problems=[])


@router.post("/difference", summary="What a site file would change")
def compare(body: SiteText, _visit: Changing, editor: EditorHere) -> Difference:
    """Compare a site file with the settings in use; nothing is changed."""
    return Difference.of(editor.propose(body.text(editor)))


@router.post("/requests", status_code=201, summary="Ask a second person to agree to a site file")
def ask(body: SiteRequest, visit: Changing, editor: EditorHere, accounts: AccountsHere) -> list[NeedInfo]:
    """Make a request for each thing that a second person must agree to; each is for exactly this change."""
    needs = editor.propose(body.text(editor)).needs
    return [
        NeedInfo.of(
            each,
            accounts.approvals.ask(
                visit.account,
                visit.principal,
                Matter(each.rule),
                each.subject,
                details=each.details,
                reason=body.reason,
            ),
        )
        for each in needs
    ]


@router.put("", summary="Use another site file")
def apply(
    body: SiteChange,
    visit: Changing,
    editor: EditorHere,
    accounts: AccountsHere,
    *,
    answer: Response,
    match: Match = None,
) -> Difference:
    """Check a site file, write it and use it, if it has not changed since If-Match; the difference is logged."""
    tag = required_tag(match)
    consent = consent_of(visit, accounts, body.requests)
    made = editor.apply(body.text(editor), tag=tag, account=visit.principal.name, consent=consent)
    answer.headers["ETag"] = editor.read()[1]
    return Difference.of(made)


def required_tag(match: str | None) -> str | None:
    """Return the entity tag that a change is based on; None = whatever is there.

    Raises:
        HTTPException: 428, as none is given.
    """
    if match is None:
        raise HTTPException(428, "send If-Match with the ETag of what you changed, or * to replace whatever is there")
    return None if match == "*" else match


def consent_of(visit: Visit, accounts: AccountsHere, requests: list[int]) -> Consent:
    """Return what uses the requests to which a second person has agreed, for exactly what they were made for."""

    @contextmanager
    def used(needs: list[ConsentNeed]) -> Iterator[None]:
        with ExitStack() as using:
            for need in needs:
                number = _request_for(need, visit, accounts, requests)
                using.enter_context(_agreed(need, visit, accounts, number))
            yield

    return used


def _request_for(need: ConsentNeed, visit: Visit, accounts: AccountsHere, requests: list[int]) -> int | None:
    for each in accounts.approvals.requests(visit.principal):
        if each.number in requests and (each.matter, each.subject) == (need.rule, need.subject):
            return each.number
    if requests:
        msg = f"none of these requests is for {need.rule} of {need.subject}; ask with POST /api/site/requests"
        raise SecondPersonError(msg)
    return None


def _agreed(
    need: ConsentNeed, visit: Visit, accounts: AccountsHere, number: int | None
) -> AbstractContextManager[object]:
    fits: Callable[[Any], bool] = lambda details: dict(details) == need.details  # noqa: E731 - one use
    by = account_name(visit.principal)
    return accounts.approvals.used(by, number, Matter(need.rule), need.subject, fits=fits)
