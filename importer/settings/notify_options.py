"""The table ``[notify]`` of a configuration: who is told of what."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Event(StrEnum):
    """What a person may want to be told of; the keys of ``on`` in ``[notify]``."""

    SUCCESS = "success"
    REJECTED_ROWS = "rejected-rows"
    REFUSED = "refused"
    STOPPED = "stopped"
    CHANGED = "changed"


class NotifySettings(BaseModel):
    """``[notify]``: what channels are told of; ``env:NAME`` and ``file:PATH`` keep secrets of their addresses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[str, ...] = ()
    on: tuple[Event, ...] = (Event.REFUSED, Event.STOPPED, Event.REJECTED_ROWS, Event.CHANGED)
