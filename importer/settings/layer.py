"""What one source of settings sets, and where it says so: for messages that name the file or the variable."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Layer(NamedTuple):
    """What one source sets; ``where`` it says so, for a message."""

    where: str
    values: dict[str, Any]


def origins_of(layers: Iterable[Layer]) -> dict[str, str]:
    """Option → where its value comes from."""
    return {key: layer.where for layer in layers for key in layer.values}
