"""A check of a Pandera schema, as both schemas have them."""

from typing import Any

import pandera.pandas as pandera


def check(code: str, holds: Any) -> pandera.Check:
    """A check that is known by its code and looks at a whole column, or at the frame; "" is looked at as any text."""
    return pandera.Check(holds, name=code, error=code, n_failure_cases=1, ignore_na=False)
