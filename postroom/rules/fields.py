"""Reading what an administrator gives: one object field by field, every fault noted with its path, raised at the end.

The configuration file, REST and the pages say the same of the same fault, because all of them come through here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from postroom.mail.addresses import is_valid

_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
Problem = tuple[str, str]


class Invalid(Exception):
    """Values that cannot be taken. ``errors`` is [(field path, message)]; nothing was stored."""

    def __init__(self, errors: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{path}: {message}" if path else message for path, message in errors))
        self.errors = list(errors)


def unknown_name(label: str, name: str) -> str:
    """What is said of a reference to something that does not exist."""
    return f'There is no {label} named "{name}".'


def turning_letters(text: str) -> bool:
    """Whether a text holds bidirectional controls (UAX #9): with them ``moc.elpmaxe`` shows as ``example.com``."""
    return any(letter in _TURNING for letter in text)


class Fields:
    """The fields of one object. Each reader returns the value that is given, or ``current`` where it is left out.

    After a fault the reader returns ``current``; ``done`` raises Invalid with all of them. Only what is no object at
    all raises it at once. No message repeats a value that may be a secret.

    >>> fields = Fields({"port": 0}, ["port"])
    >>> fields.integer("port", 25, low=1, high=65535), fields.errors
    (25, [('port', 'Must be between 1 and 65535.')])
    """

    def __init__(self, data: object, known: Iterable[str], path: str = "", errors: list[Problem] | None = None) -> None:
        self.errors: list[Problem] = [] if errors is None else errors
        self._path = path
        self._data: Mapping[Any, Any] = {}
        self._mute = not isinstance(data, Mapping)
        if not isinstance(data, Mapping):
            self.errors.append((path, "Must be a list of fields with values."))
            if errors is None:
                self.done()
            return
        self._data = data
        names = list(known)
        for key in data:
            if key not in names:
                self._refuse_key(str(key), names)

    def _refuse_key(self, key: str, names: list[str]) -> None:
        close = difflib.get_close_matches(key, names, 1)
        hint = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(names)}."
        self.fail(key, f"Unknown field. {hint}")

    def path(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path and name else self._path or name

    def fail(self, name: str, message: str) -> None:
        """Note a fault; those of fields that are missing because there is no object at all go without saying."""
        if not self._mute:
            self.errors.append((self.path(name), message))

    def done(self) -> None:
        """Raise Invalid if anything was wrong."""
        if self.errors:
            raise Invalid(self.errors)

    def given(self, name: str) -> bool:
        return name in self._data

    def raw(self, name: str) -> Any:
        return self._data.get(name)

    def text(self, name: str, current: str = "", *, required: str = "", longest: int = 200, lines: bool = False) -> str:
        """A text without spaces around it; ``required`` is what is said where it is empty."""
        given = self._data.get(name, current)
        if given is not None and not isinstance(given, str):
            self.fail(name, "Must be a text. Write it in quotes.")
            return current
        value = (given or "") if lines else (given or "").strip()
        if required and not value:
            self.fail(name, required)
        elif len(value) > longest:
            self.fail(name, f"Must have at most {longest} characters.")
            return current
        elif "\x00" in value or (not lines and any(ord(letter) < 32 for letter in value)):
            self.fail(name, "Must be one line of text without control characters.")
            return current
        elif turning_letters(value):
            self.fail(name, "Must not hold characters that turn the direction of the text: it would read as another.")
            return current
        return value

    def secret(self, name: str, kept: str = "", *, required: str = "") -> str:
        """A secret as it is written; left out or empty, the stored one is kept."""
        value = self._data.get(name)
        if value is not None and not isinstance(value, str):
            self.fail(name, "Must be a text. Write it in quotes.")
            return kept
        if not value and not kept and required:
            self.fail(name, required)
        return value or kept

    def integer(self, name: str, current: int, *, low: int, high: int) -> int:
        if self._data.get(name, current) in (None, ""):
            self.fail(name, "Enter a number.")
            return current
        value = self.optional_integer(name, current, low=low, high=high)
        return current if value is None else value

    def optional_integer(self, name: str, current: int | None = None, *, low: int, high: int) -> int | None:
        """A whole number, or None. Digits in a text count too, since environment variables are texts."""
        value = self._data.get(name, current)
        if value is None or value == "":
            return None
        if isinstance(value, str) and value.strip().removeprefix("-").isdecimal():
            value = int(value) if len(value) < 20 else high + 1  # thousands of digits are more than Python reads
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(name, "Must be a whole number.")
        elif not low <= value <= high:
            self.fail(name, f"Must be between {low} and {high}.")
        else:
            return value
        return current

    def boolean(self, name: str, current: bool) -> bool:
        value = self._data.get(name, current)
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            value = value.strip().lower() == "true"
        if not isinstance(value, bool):
            self.fail(name, "Must be true or false.")
            return current
        return value

    def choice(self, name: str, current: str, options: Collection[str]) -> str:
        value = self._data.get(name, current)
        if isinstance(value, str) and value in options:
            return value
        self.fail(name, f"Choose one of: {', '.join(options)}.")
        return current

    def email(self, name: str, current: str = "", *, required: str = "") -> str:
        """A mail address, lower-cased."""
        value = self.text(name, current, required=required, longest=320).lower()
        if value and not is_valid(value):
            self.fail(name, "Must be a mail address, such as support@desk.test.")
        return value

    def texts(
        self,
        name: str,
        current: Iterable[str] = (),
        *,
        check: Callable[[str], str] = lambda text: "",
        lower: bool = False,
        longest: int = 320,
    ) -> list[str]:
        """A list of texts without repetitions; ``check`` says what is wrong with one, or ""."""
        value = self._data.get(name, list(current))
        if value is None:
            value = []
        if not isinstance(value, list | tuple):
            self.fail(name, "Must be a list.")
            return list(current)
        found: dict[str, None] = {}
        for index, item in enumerate(value):
            text = item.strip() if isinstance(item, str) else ""
            fault = "Must be a text." if not text else "" if len(text) <= longest else "Is too long."
            if fault := fault or check(text):
                self.fail(f"{name}[{index}]", fault)
            found[text.lower() if lower else text] = None
        return list(found)

    def emails(self, name: str, current: Iterable[str] = ()) -> list[str]:
        """A list of mail addresses, lower-cased."""
        return self.texts(name, current, check=_address_fault, lower=True)

    def nested(self, name: str, known: Iterable[str]) -> Fields | None:
        """The object in this field, whose faults are noted here too; None where it is left out."""
        if self._data.get(name) is None:
            return None
        return Fields(self._data[name], known, self.path(name), self.errors)


def _address_fault(text: str) -> str:
    return "" if is_valid(text) else "Must be a mail address."
