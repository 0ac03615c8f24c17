"""Prints of a user's fields: short keyed hashes that tell whether a field is as it was sent, and nothing else.

The journal holds no value. A print is taken of field and value together with the (hashed) phone, so that two users of
one name have nothing alike. What is stored of a user is one value: a print of the whole row, one of each name as
``name_key`` has it, one of each of PRINTED, and a check value.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from importer.errors import BooksDontBalance
from importer.journal.integrity.keys import JournalKeys
from importer.journal.ledger.name_key import name_key
from importer.messages.text import Text
from importer.model import OTHER_PERSON, CellError
from schemas.fields import FIELDS

PRINTED: Final = tuple(name for name in FIELDS if name != "phone")
"""Every field but the phone, in the order in which their prints are stored: a new one goes to the end of the table."""

NAMES: Final = ("firstname", "lastname")

SOMEBODY_ELSES: Final = CellError(
    "phone",
    OTHER_PERSON,
    Text("phone: imported for another person meanwhile; correct phone or names, or give --accept-other-names"),
)
"""Why a row has no FreedomID whose phone another run created in the meantime, with other names."""

_SIZE: Final = 4
"""Bytes of a print: a change is missed once in four thousand million."""

SEAL: Final = 8
"""Bytes of the check value at the end."""

_UNKNOWN: Final = bytes(_SIZE)

_IN_DOUBT: Final = b"\xff" * _SIZE
"""Stands for a field that an update has sent and nobody has answered for: it is the print of no value, so that every
value differs from it. In the place of the whole row's print it says the same of the user's phone."""

_WHOLE: Final = "row"
_KINDS: Final = (_WHOLE, *(f"key of {name}" for name in NAMES), *PRINTED)


@dataclass(frozen=True)
class Difference:
    """What a row says of a known user beside what was sent.

    Attributes:
        changed: Its filled fields that differ, in the order of FIELDS; one that was blank then, or is in doubt, is
            among them, and so is the phone where the user has another one, or nobody knows which.
        in_doubt: Those of them that may be as the row has them: an update was sent, and its answer was lost.
        other_person: Neither of its two names is one that was sent, however spelt, and all four are filled.
        learnt: The prints to be kept from now on, where the row has fields of which nothing was known; else b"".
        updated: The prints to be kept once the changed fields are sent.
    """

    changed: tuple[str, ...] = ()
    in_doubt: tuple[str, ...] = ()
    other_person: bool = False
    learnt: bytes = b""
    updated: bytes = b""


class FieldPrints:
    """Makes and compares prints."""

    def __init__(self, keys: JournalKeys) -> None:
        self._keys = keys

    def of(self, phone: bytes, values: Mapping[str, str]) -> bytes:
        """What is stored of a user whose fields were sent: ``phone`` is the keyed hash, blank values may be missing."""
        return self._sealed(phone, self._taken(phone, values))

    def of_names(self, phone: bytes, names: Mapping[str, str]) -> bytes:
        """What is stored of a user of whom nothing but its filled names is known; b"" where none is."""
        filled = [name for name in NAMES if names.get(name)]
        prints = self._merged(dict.fromkeys(_KINDS, _UNKNOWN), self._taken(phone, names), filled)
        return self._sealed(phone, prints | {_WHOLE: _UNKNOWN}) if filled else b""

    def under_way(self, phone: bytes, before: bytes, sent: Collection[str] = ()) -> bytes:
        """What is stored of a user from when an update that sends some fields may leave, until it is answered.

        Names keep their keys: who is another person is held against what was answered for.

        Raises:
            BooksDontBalance: What was stored before is not what was written.
        """
        then = self._opened(phone, before)
        phone_in_doubt = "phone" in sent or then[_WHOLE] == _IN_DOUBT
        whole = _IN_DOUBT if phone_in_doubt else _UNKNOWN
        return self._sealed(phone, then | dict.fromkeys(sent, _IN_DOUBT) | {_WHOLE: whole})

    def is_another_person(self, phone: bytes, here: bytes, before: bytes) -> bool:
        """Whether neither of two names is one that was sent with the same phone; see ``Difference.other_person``.

        Args:
            phone: Keyed hash of the phone.
            here: Prints of what would be sent, as ``of`` gives them.
            before: What is stored; b"": nothing is known.

        Raises:
            BooksDontBalance: What is stored is not what was written.
        """
        return _is_another(self._opened(phone, before), self._opened(phone, here))

    def difference(self, phone: bytes, values: Mapping[str, str], before: bytes, *, now: bytes = b"") -> Difference:
        """Compare a row with what is stored of its user.

        Args:
            phone: Keyed hash of the phone that the prints are stored under.
            values: The row's fields as they would be sent; a blank one says nothing.
            before: What is stored; b"": nothing is known.
            now: Keyed hash of the phone that they are to be stored under, where it is another one.

        Raises:
            BooksDontBalance: What is stored is not what was written.
        """
        whole = self._keys.prints_of(phone)(_WHOLE, _all_of(values))
        if before[:_SIZE] == whole and not now:  # nearly every row of a night: it is not opened
            return Difference()
        then = self._opened(phone, before)
        here = self._taken(phone, values)
        filled = [name for name in PRINTED if values.get(name)]
        unknown = [name for name in filled if then[name] == _UNKNOWN]
        differing = [name for name in filled if name not in unknown and here[name] != then[name]]
        in_doubt = [name for name in differing if then[name] == _IN_DOUBT]
        phone_in_doubt = then[_WHOLE] == _IN_DOUBT
        updated = self._merged(then, here, filled)
        if now:  # a print holds the phone: of blank cells nothing is known any more, but for what is in doubt
            left = {kind: _IN_DOUBT if then[kind] == _IN_DOUBT else _UNKNOWN for kind in _KINDS}
            updated = self._merged(left, self._taken(now, values), filled)
        learnt = self._merged(then, here, unknown) if unknown else {}
        if learnt and (differing or phone_in_doubt):
            learnt[_WHOLE] = then[_WHOLE] if phone_in_doubt else _UNKNOWN
        return Difference(
            (*(["phone"] if now or phone_in_doubt else []), *differing),
            (*(["phone"] if phone_in_doubt and not now else []), *in_doubt),
            _is_another(then, here),
            self._sealed(phone, learnt) if learnt else b"",
            self._sealed(now or phone, updated),
        )

    def _taken(self, phone: bytes, values: Mapping[str, str]) -> dict[str, bytes]:
        print_of = self._keys.prints_of(phone)
        taken = {_WHOLE: print_of(_WHOLE, _all_of(values))}
        for name in NAMES:  # the same kind for both: some systems have them the other way round
            key = name_key(values.get(name, ""))
            taken[f"key of {name}"] = print_of("name", key) if key else _UNKNOWN
        return taken | {name: print_of(name, values.get(name, "")) for name in PRINTED}

    def _merged(self, then: Mapping[str, bytes], here: Mapping[str, bytes], names: Sequence[str]) -> dict[str, bytes]:
        keys = [f"key of {name}" for name in NAMES if name in names]
        return {kind: here[kind] if kind in {_WHOLE, *names, *keys} else then[kind] for kind in _KINDS}

    def _sealed(self, phone: bytes, prints: Mapping[str, bytes]) -> bytes:
        joined = b"".join(prints[kind] for kind in _KINDS)
        return joined + self._keys.mac("prints", phone, joined)

    def _opened(self, phone: bytes, stored: bytes) -> dict[str, bytes]:
        if not stored:
            return dict.fromkeys(_KINDS, _UNKNOWN)
        joined, seal = stored[:-SEAL], stored[-SEAL:]
        if self._keys.mac("prints", phone, joined) != seal:
            raise BooksDontBalance(
                Text(
                    "The journal is damaged: what it says of the fields that were sent is not what was "
                    "written. Restore the journal (with the files beside it) from a backup."
                )
            )
        return {
            kind: joined[_SIZE * place : _SIZE * (place + 1)] or _UNKNOWN  # of an older version that had fewer fields
            for place, kind in enumerate(_KINDS)
        }


def _all_of(values: Mapping[str, str]) -> str:
    return "\0".join([values.get(name, "") for name in PRINTED])


def _is_another(then: Mapping[str, bytes], here: Mapping[str, bytes]) -> bool:
    before, after = ({prints[f"key of {name}"] for name in NAMES} for prints in (then, here))
    return _UNKNOWN not in before | after and not before & after
