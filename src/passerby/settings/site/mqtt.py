"""The settings of MQTT."""

from __future__ import annotations

from pydantic import Field, SecretStr

from passerby.settings.section import Section
from passerby.settings.site.name import Name


class MqttSettings(Section):
    """Camera status and signals to an MQTT broker, with device discovery for Home Assistant."""

    host: str = Field(min_length=1, description="Broker.", examples=["localhost"])
    port: int = Field(default=1883, ge=1, le=65535, description="Its TCP port; 8883 is usual with tls.")
    tls: bool = Field(default=False, description="Whether to encrypt.")
    username: str = Field(default="", description="User name on the broker.")
    password: SecretStr = Field(default=SecretStr(""), description="Password there, as ${NAME} or ${file:PATH}.")
    home_assistant: bool = Field(default=True, description="Announce the cameras to Home Assistant.")
    discovery_prefix: Name = Field(default="homeassistant", description="Home Assistant's discovery prefix.")
    groups: tuple[Name, ...] | None = Field(
        default=None,
        description="Groups of cameras whose status and signals are sent; counts are then not received. Default: all.",
        examples=[["platforms"]],
    )
