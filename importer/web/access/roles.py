"""What somebody may do on the page; which screen is for whom stands in its ROUTES."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do; each also what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether it may do what the other one may."""
        order = list(Role)
        return order.index(self) >= order.index(other)
