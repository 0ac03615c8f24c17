"""The API, as the workers see it."""

from typing import Protocol

from importer.freedom_id import Answer


class Client(Protocol):
    """What the workers need of the API client."""

    async def create(self, body: dict[str, str]) -> Answer:
        """Send one user; never raises for a fault of the API."""
        ...

    async def update(self, body: dict[str, str]) -> Answer:
        """Change one user; likewise."""
        ...

    async def renew_token(self) -> bool:
        """Get a token that the API may accept; False when there is none."""
        ...
