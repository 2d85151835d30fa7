"""An invitation as a person reads it: what, when, where, from whom (RFC 5545, 5546). Not a calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.charsets import clean

_MAX = 200_000
_MAX_EVENTS = 10
_NAME = re.compile(r'([A-Za-z0-9-]{1,60})((?:;[^":;]{0,200}(?:"[^"\n]{0,500}"[^":;]{0,200})*)*):')
_PARAMETER = re.compile(r';([A-Za-z-]{1,30})=(?:"([^"]*)"|([^;:"]*))')
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?$")
_ESCAPE = re.compile(r"\\([nN,;\\])")
_METHODS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Other time proposed",
    "PUBLISH": "Event",
    "REFRESH": "Question for the latest version",
    "ADD": "Further dates",
    "DECLINECOUNTER": "Proposed time declined",
}
_ANSWERS = {"ACCEPTED": "accepts", "DECLINED": "declines", "TENTATIVE": "accepts tentatively"}
_COMPONENTS = ("VEVENT", "VTODO", "VJOURNAL")


@dataclass(slots=True)
class _Property:
    value: str
    parameters: dict[str, str]


@dataclass(slots=True)
class _Event:
    first: dict[str, _Property] = field(default_factory=dict)
    attendees: list[_Property] = field(default_factory=list)

    def text(self, name: str) -> str:
        found = self.first.get(name)
        return _ESCAPE.sub(lambda each: "\n" if each[1] in "nN" else each[1], found.value).strip() if found else ""


def invitation_text(content: str) -> str:
    """Lines such as ``Invitation: Planning`` and ``When: 2026-11-24 10:00 - 11:00 (Europe/Berlin)``; '' for none."""
    method, events = _read(clean(content[:_MAX]))
    return "\n\n".join(_describe(method, event) for event in events)


def _read(content: str) -> tuple[str, list[_Event]]:
    unfolded = content.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    method = ""
    events: list[_Event] = []
    inside: list[str] = []
    for line in unfolded.split("\n"):
        found = _NAME.match(line[:4_000])
        if found is None:
            continue
        name, value = found[1].upper(), line[found.end() :].strip()
        if name == "BEGIN":
            inside.append(value.upper())
            if value.upper() in _COMPONENTS:
                if len(events) >= _MAX_EVENTS:
                    break
                events.append(_Event())
        elif name == "END":
            del inside[-1:]
        elif name == "METHOD" and not method:
            method = value.upper()
        elif events and inside and inside[-1] in _COMPONENTS:
            parameters = {each[0].upper(): each[1] or each[2] for each in _PARAMETER.findall(found[2])}
            if name == "ATTENDEE" and len(events[-1].attendees) < 200:
                events[-1].attendees.append(_Property(value, parameters))
            events[-1].first.setdefault(name, _Property(value, parameters))
    return method, events


def _describe(method: str, event: _Event) -> str:
    title = event.text("SUMMARY") or "(no title)"
    if event.text("STATUS").upper() == "CANCELLED":
        method = "CANCEL"
    lines = [f"{_METHODS.get(method, 'Event')}: {title}"]
    when = _when(event)
    if when:
        lines.append(f"When: {when}")
    if event.text("LOCATION"):
        lines.append(f"Where: {event.text('LOCATION')}")
    if "ORGANIZER" in event.first:
        lines.append(f"Organiser: {_person(event.first['ORGANIZER'])}")
    people = [_person(each) for each in event.attendees]
    if method == "REPLY":
        lines += [f"{_person(each)} {_ANSWERS.get(_status(each), 'answers')}" for each in event.attendees]
    elif people:
        more = f" and {len(people) - 20} more" if len(people) > 20 else ""
        lines.append(f"Invited: {', '.join(people[:20])}{more}")
    description = event.text("DESCRIPTION") or event.text("COMMENT")
    return "\n".join(lines) + (f"\n\n{description}" if description else "")


def _status(attendee: _Property) -> str:
    return attendee.parameters.get("PARTSTAT", "").upper()


def _person(property_: _Property) -> str:
    address = re.sub(r"^mailto:", "", property_.value, flags=re.IGNORECASE)
    name = property_.parameters.get("CN", "").strip("\"' ")
    return f"{name} <{address}>" if name and name.lower() != address.lower() else address


def _when(event: _Event) -> str:
    start = _moment(event.first.get("DTSTART"))
    end = _moment(event.first.get("DTEND") or event.first.get("DUE"))
    if start is None:
        return f"until {end[0]} {end[1]}".strip() if end else ""
    day, time, zone = start
    text = f"{day} {time}".strip()
    if end is not None and (end[0] != day or end[1] != time) and (time or end[1]):
        text += f" - {end[1]}" if end[0] == day else f" - {end[0]} {end[1]}"
    if zone:
        text += f" ({zone})"
    return text + (" (repeated)" if "RRULE" in event.first else "")


def _moment(property_: _Property | None) -> tuple[str, str, str] | None:
    """Day, time and zone as they are written; whoever shows them knows no better."""
    found = _MOMENT.match(property_.value) if property_ is not None else None
    if found is None or property_ is None:
        return None
    time = f"{found[4]}:{found[5]}" if found[4] else ""
    zone = "UTC" if found[7] else property_.parameters.get("TZID", "") if time else ""
    return f"{found[1]}-{found[2]}-{found[3]}", time, zone
