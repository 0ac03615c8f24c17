"""The same list of people night after night: a few are new, a few have changed, and what each night should send."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from support.commands import write_users

FIELDS = ("lastname", "email")


@dataclass
class Nights:
    """A source of people.

    Attributes:
        count: People of the first night.
        chance: Draws who changes.
        people: Phone → fields as tonight's file has them.
        sent: Phone → fields as they were last sent.
    """

    count: int
    chance: random.Random
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: dict[str, dict[str, str]] = field(default_factory=dict)

    def pass_by(self, path: Path) -> Path:
        """The next night's file: all people at first, then 1 % of them new and 1 % changed."""
        hundredth = self.count // 100
        if self.people:
            for phone in self.chance.sample(sorted(self.people), hundredth):
                what = self.chance.choice(FIELDS)
                self.people[phone] = {**self.people[phone], what: f"{self.chance.randrange(10**9)}@example.com"}
        for number in range(len(self.people), len(self.people) + (hundredth if self.people else self.count)):
            person = {"firstname": f"Имя {number}", "lastname": f"Фамилия {number}", "email": f"u{number}@example.com"}
            self.people[f"+7701{number:07d}"] = person
        columns = {name: [person[name] for person in self.people.values()] for name in ("firstname", *FIELDS)}
        return write_users(path, list(self.people), **columns)

    def expected(self, *, update: bool) -> tuple[set[str], dict[str, dict[str, str]]]:
        """The phones to be created tonight, and phone → fields to be updated; taken as sent from here on."""
        new = self.people.keys() - self.sent.keys()
        changed = {
            phone: {name: value for name, value in self.people[phone].items() if self.sent[phone][name] != value}
            for phone in self.sent
            if update and self.sent[phone] != self.people[phone]
        }
        self.sent |= {phone: dict(self.people[phone]) for phone in (*new, *changed)}
        return set(new), changed
