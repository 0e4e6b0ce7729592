"""The settings of the audit log."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from passerby.settings.file_path import FilePath
from passerby.settings.section import Section


class AuditSettings(Section):
    """The log of who did what with the gateway; it lies in the folder audit in state_folder."""

    keep_days: int = Field(
        default=1095,
        ge=366,
        le=36_500,
        description="Days until entries are erased, longer than any recording; hashes stay, so the rest verifies.",
    )
    copy_folder: FilePath | None = Field(
        default=None,
        description="Folder on another machine, such as a mounted share, for a checkpoint of each day.",
        examples=["/mnt/auditor/central-station"],
    )
    mqtt: bool = Field(default=True, description="Publish checkpoints to the site's MQTT broker, if it has one.")
    timestamp_url: str = Field(
        default="",
        description="Time-stamping service (RFC 3161) for each day's checkpoint; it gets a hash. Needs copy_folder.",
        examples=["https://tsa.example.org/tsr"],
    )
    witness_url: str = Field(
        default="",
        description="Another gateway that cosigns checkpoints and stores the newest, or any C2SP witness: the address "
        "before /add-checkpoint. Needs witness_key.",
        examples=["https://other.example.org:8088/api/witness"],
    )
    witness_key: str = Field(
        default="",
        description="Public key of that witness, which it prints: passerby audit witness SITE.",
        examples=["other/witness+6db4b4cd+BDaD8oXvW4a4NIBg6bjhdUQ5bUrFwNRsbtbtVzcqXBOr"],
    )
    witness_certificate: FilePath | None = Field(
        default=None,
        description="Certificate that its TLS certificate is checked with. Default: those of the system.",
        examples=["/etc/passerby/other-gateway.pem"],
    )
    witness_for: tuple[str, ...] = Field(
        default=(),
        description="Public keys (log.vkey) of other gateways' logs that this gateway cosigns, at /api/witness.",
        examples=[["central/audit+ccb22f8b+AQG1cgZIg3RHbuKgMmuyZi5KBPFH6NSqSgiNPhtDFaCe"]],
    )
    public_folder: FilePath | None = Field(
        default=None,
        description="Folder for the public log of cover failures, readable by a web server. Default: none is written.",
        examples=["/srv/www/cover"],
    )

    @field_validator("timestamp_url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            msg = "a time-stamping service has an address like https://tsa.example.org/tsr"
            raise ValueError(msg)
        return url

    @field_validator("witness_url")
    @classmethod
    def _is_witness(cls, url: str) -> str:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if url and not (parts.hostname and (local or parts.scheme == "https")):
            msg = "a witness has an address like https://other.example.org:8088/api/witness"
            raise ValueError(msg)
        return url

    @field_validator("witness_for")
    @classmethod
    def _are_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for each in keys:
            if each.count("+") < 2:
                msg = f"{each[:80]} is not a public key; copy the line in audit/log/log.vkey of the other gateway"
                raise ValueError(msg)
        return keys

    @model_validator(mode="after")
    def _witness_is_known(self) -> AuditSettings:
        if bool(self.witness_url) != bool(self.witness_key):
            msg = "witness_url and witness_key belong together: the answer of a witness is checked with its key"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _stamps_are_stored(self) -> AuditSettings:
        if self.timestamp_url and self.copy_folder is None:
            msg = "timestamp_url needs copy_folder: time stamps are stored beside the copies of checkpoints"
            raise ValueError(msg)
        return self
