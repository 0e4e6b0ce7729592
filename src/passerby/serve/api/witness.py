"""This gateway as a witness of the audit logs of other gateways (C2SP tlog-witness)."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from passerby.audit.log_witness import LogWitness
from passerby.errors import WitnessRefusedError
from passerby.serve.auth.declaration import Public
from passerby.serve.problem import problem

router = APIRouter(prefix="/api/witness", tags=["witness"])

_LOGS = [Depends(Public("checkpoints of the logs in audit.witness_for are known by their signatures"))]


@router.post(
    "/add-checkpoint", summary="Cosign a checkpoint of another gateway", response_class=Response, dependencies=_LOGS
)
async def add_checkpoint(request: Request) -> Response:
    """Return a cosignature if the log is known here and proves that it only grew; 409 has the size cosigned last."""
    witness = cast("LogWitness | None", request.app.state.witness)
    if witness is None:
        raise HTTPException(404, "this gateway is not a witness; audit.witness_for in its site file makes it one")
    body = await request.body()
    try:
        return Response(await run_in_threadpool(witness.cosign, body), media_type="text/plain")
    except WitnessRefusedError as error:
        if error.size is not None:
            return Response(f"{error.size}\n", error.status, media_type="text/x.tlog.size")
        return problem(error.status, str(error))
