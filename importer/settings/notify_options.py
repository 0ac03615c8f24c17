"""The table ``[notify]`` of a configuration: who is told of what."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

EventName = Literal["success", "rejected-rows", "refused", "stopped", "changed"]


class NotifySettings(BaseModel):
    """``[notify]``.

    Attributes:
        urls: Apprise's addresses of channels; ``env:NAME`` and ``file:PATH`` keep their secrets elsewhere.
        on: What they are told of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[str, ...] = ()
    on: tuple[EventName, ...] = ("refused", "stopped", "rejected-rows", "changed")
