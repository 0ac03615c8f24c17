"""Which fault strikes which request: ordered by number or phone, or drawn from the seed."""

from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate

from importer.errors import UsageError
from importer.sandbox.server_options import Fault, SandboxOptions


@dataclass
class FaultPlan:
    """The faults of some options; raises UsageError for an order that can't be read.

    A draw depends on seed, phone and attempt only, never on the order in which requests arrive: the same seed
    gives the same faults at any concurrency.

    Attributes:
        _numbers: Fault, first and last number of the requests that it was ordered for.
        _phones: Phone → fault, and how many of its attempts fail (0: all).
        _bounds: What a draw has to lie below for a fault, in ascending order.
    """

    options: SandboxOptions
    seed: int
    _numbers: list[tuple[Fault, int, int]] = field(default_factory=list, init=False)
    _phones: dict[str, tuple[Fault, int]] = field(default_factory=dict, init=False)
    _bounds: list[tuple[float, Fault]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Read the orders once, so that a request costs little."""
        shares = self.options.shares()
        self._bounds = list(zip(accumulate(shares.values()), shares, strict=True))
        for text in self.options.faults:
            self._read(text)
        self._poison = frozenset(self.options.poison)
        self._statuses = self.options.statuses()
        self.silent = not (self._bounds or self._numbers or self._phones or self._poison or self.options.poison_share)

    def pick(self, number: int, phone: str, attempt: int) -> Fault | None:
        """The fault of the ``number``-th create request, the phone's ``attempt``-th (both count from 1)."""
        for fault, first, last in self._numbers:
            if first <= number <= last:
                return fault
        if phone in self._phones:
            fault, attempts = self._phones[phone]
            if not attempts or attempt <= attempts:
                return fault
        return self._draw(phone, attempt) if self._bounds else None

    def is_poison(self, phone: str) -> bool:
        """Whether this phone is always answered 500."""
        share = self.options.poison_share
        return phone in self._poison or bool(share and self.chance("poison", phone) < share)

    def status(self, phone: str, attempt: int) -> int:
        """The status of a random error."""
        return self._statuses[int(self.chance("status", phone, attempt) * len(self._statuses))]

    def chance(self, *what: object) -> float:
        """A number in [0, 1) that only the seed and ``what`` decide."""
        text = "\x1f".join(map(str, (self.seed, *what)))
        return int.from_bytes(blake2b(text.encode(), digest_size=6).digest()) / 2**48

    def _draw(self, phone: str, attempt: int) -> Fault | None:
        if self.options.fault_scope == "phone":
            if self.options.fault_attempts and attempt > self.options.fault_attempts:
                return None
            attempt = 0
        chance = self.chance("fault", phone, attempt)
        return next((fault for bound, fault in self._bounds if chance < bound), None)

    def _read(self, text: str) -> None:
        kind, _, where = text.partition("@")
        try:
            fault = Fault(kind)
            if where.startswith("+"):
                phone, _, attempts = where.partition(":")
                self._phones[phone] = fault, int(attempts or 0)
            else:
                first, _, last = where.partition("-")
                self._numbers.append((fault, int(first), int(last or first)))
        except ValueError:
            raise UsageError(
                "sandbox: a fault is ordered as KIND@5, KIND@5-9 or KIND@+PHONE[:ATTEMPTS]; kinds: {names}",
                names=", ".join(Fault),
            ) from None
