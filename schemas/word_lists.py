"""Lists of words and of names written as blocks of text: what the tables of this package are made with."""


def words(text: str) -> frozenset[str]:
    """Words parted by blanks."""
    return frozenset(text.split())


def names(text: str) -> tuple[str, ...]:
    """Names parted by bars, over as many lines as they need."""
    return tuple(" ".join(name.split()) for name in text.split("|") if name.strip())
