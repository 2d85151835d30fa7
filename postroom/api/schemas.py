"""What callers may send. Unknown fields, control characters and wrong types are refused here, at their field."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    WithJsonSchema,
)
from pydantic import Tag as Branch
from pydantic_core import PydanticCustomError

from postroom.mail.addresses import is_valid
from postroom.mail.attachments import safe_filename
from postroom.rules.model import Outcome
from postroom.tickets.services import NewFile

MAX_ID = 2**63 - 1
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}(?:[ \t]*;[ -~]{0,50})?", re.ASCII)
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

Kind = Literal["incident", "service_request"]
Status = Literal["open", "in_progress", "pending", "resolved", "closed"]
Priority = Literal["low", "medium", "high", "urgent"]


def _writable(value: str) -> str:
    if _UNWRITABLE.search(value):
        raise PydanticCustomError("unwritable", "must contain neither NUL characters nor lone surrogates")
    return value


def _on_one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise PydanticCustomError("control", "must be on one line, without control characters")
    return value


def _address(value: str) -> str:
    value = value.strip()
    if not is_valid(value):
        raise PydanticCustomError("address", "is not an email address")
    return value


def _media_type(value: str) -> str:
    if not _MEDIA_TYPE.fullmatch(value):
        raise PydanticCustomError("media_type", "is not a media type such as image/png")
    return value


def _decoded(value: object) -> bytes:
    if not isinstance(value, str):
        raise PydanticCustomError("base64", "must be a string in base64")
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except ValueError:
        raise PydanticCustomError("base64", "is not base64") from None


def _absent() -> Any:
    """The default of a field that may be left out but not null; ``given`` leaves it out as well."""
    return None


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _none_if_blank(value: object) -> object:
    return None if value == "" else value


_BLANK = BeforeValidator(_none_if_blank)

Text = Annotated[str, AfterValidator(_writable)]
Line = Annotated[str, AfterValidator(_on_one_line)]
Name = Annotated[Line, Field(max_length=500)]
Address = Annotated[Name, AfterValidator(_address)]
Addresses = Annotated[list[Name], BeforeValidator(_as_list), Field(max_length=500)]
Tag = Annotated[Line, Field(min_length=1, max_length=100)]
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Content = Annotated[bytes, BeforeValidator(_decoded), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]


class Body(Schema):
    """A JSON object without surprises."""

    model_config = ConfigDict(extra="forbid")


class FileIn(Body):
    filename: Annotated[Line, Field(min_length=1, max_length=255)]
    content_type: Annotated[str, Field(max_length=255), AfterValidator(_media_type)] = "application/octet-stream"
    content_base64: Content

    def as_new_file(self) -> NewFile:
        """The file as the services take it, its name without folders: receivers may save it as it is called."""
        return NewFile(safe_filename(self.filename), self.content_type, self.content_base64)


class ComposedIn(Body):
    """A reply, collaboration, note or forward. Without ``to`` and ``cc`` a reply goes to the requester and the Cc."""

    text: Text = ""
    html: Text = ""
    to: Addresses = []
    cc: Addresses | None = None
    outgoing_server: Name | None = None
    attachments: Annotated[list[FileIn], Field(max_length=100)] = []


class ForwardIn(ComposedIn):
    """A forward, with entries and attachments of the request by their ids."""

    with_entries: Annotated[list[Id], Field(max_length=100)] = []
    with_attachments: Annotated[list[Id], Field(max_length=100)] = []


class RequesterIn(Body):
    email: Address
    name: Annotated[Line, Field(max_length=200)] = ""


def _way_of_naming(value: object) -> str:
    return "[address]" if isinstance(value, str) else "[person]"


# One branch is judged, so that an error speaks of what was sent. The brackets keep its name out of the error's field.
Requester = Annotated[
    Annotated[Address, Branch("[address]")] | Annotated[RequesterIn, Branch("[person]")], Discriminator(_way_of_naming)
]


class Attributes(Body):
    """Attributes of a request; left out means unchanged (PATCH) or the default (POST)."""

    kind: Kind = Field(default_factory=_absent)
    status: Status = Field(default_factory=_absent)
    priority: Priority = Field(default_factory=_absent)
    technician: Name | None = None
    technician_group: Name | None = None
    category: Name | None = None
    company: Name | None = None
    department: Annotated[Line, Field(max_length=200)] = Field(default_factory=_absent)
    location: Annotated[Line, Field(max_length=200)] = Field(default_factory=_absent)
    tags: Annotated[list[Tag], Field(max_length=100)] = Field(default_factory=_absent)
    cc_emails: Annotated[list[Address], Field(max_length=500)] = Field(default_factory=_absent)


class RequestIn(Attributes):
    """A request to raise, for ``requester`` (an unknown address becomes a guest) or, without it, for the caller."""

    subject: Annotated[Line, Field(max_length=998)]
    requester: Requester | None = None
    text: Text = Field(default="", validation_alias=AliasChoices("text", "description"))
    html: Text = ""
    attachments: Annotated[list[FileIn], Field(max_length=100)] = []


class RequestPatch(Attributes):
    subject: Annotated[Line, Field(max_length=998)] = Field(default_factory=_absent)
    requester: Requester = Field(default_factory=_absent)


class NotificationIn(Body):
    """A mail about a request to whomever: ``to`` and ``cc`` addresses, ``groups`` of technicians or requesters."""

    subject: Annotated[Line, Field(max_length=900)]
    text: Text = ""
    html: Text = ""
    to: Addresses = []
    cc: Addresses = []
    groups: Annotated[list[Name], BeforeValidator(_as_list), Field(max_length=100)] = []
    outgoing_server: Name | None = None
    attachments: Annotated[list[FileIn], Field(max_length=100)] = []


class ReleaseIn(Body):
    as_: Literal["request", "reply"] = Field(default="request", alias="as")
    request: Id | None = None


class BulkIn(Body):
    ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
    action: Literal["reprocess", "release", "discard"]


class RetryIn(Body):
    server: Name | None = None


class ResendIn(Body):
    to: Annotated[list[Address], BeforeValidator(_as_list), Field(max_length=500)] = []
    server: Name | None = None


class Paging(Schema):
    page: Annotated[int, Field(ge=1, le=100_000)] = 1
    page_size: Annotated[int, Field(ge=1, le=500)] = 100


class Search(Paging):
    """``search`` is a part of what a row is known by."""

    search: Line = ""


class RequestFilters(Paging):
    """``status``, ``priority`` and ``source`` take several, separated by commas; ``technician`` also ``none``.

    ``view`` is mine, unassigned, groups, open, closed, all, or the id of a saved view; the other filters narrow it.

    ``search`` takes words, or a number such as #46. Times are ISO 8601 with a zone, the end is not included.
    """

    search: Text = ""
    status: Line = ""
    requester: Line = ""
    mailbox: Line = ""
    technician: Line = ""
    view: Line = ""
    priority: Line = ""
    source: Line = ""
    technician_group: Line = ""
    category: Line = ""
    company: Line = ""
    tag: Line = ""
    created_from: AwareDatetime | None = None
    created_to: AwareDatetime | None = None
    updated_from: AwareDatetime | None = None
    updated_to: AwareDatetime | None = None


class IncomingFilters(Paging):
    mailbox: Line = ""
    outcome: Annotated[Outcome | None, _BLANK] = None
    message_id: Line = ""
    state: Annotated[Literal["kept", "processing", "done"] | None, _BLANK] = None


class OutgoingFilters(Paging):
    state: Annotated[
        Literal["queued", "sending", "sent", "deferred", "uncertain", "failed", "cancelled", "bounced"] | None, _BLANK
    ] = None
    server: Line = ""
    request: Id | None = None
    kind: Annotated[
        Literal["reply", "forward", "notification", "acknowledgement", "announcement", "test", "alert"] | None, _BLANK
    ] = None


class PeopleFilters(Search):
    """``company`` is a name; ``archived`` left out finds archived people too."""

    role: Annotated[Literal["admin", "technician", "requester"] | None, _BLANK] = None
    kind: Annotated[Literal["registered", "guest"] | None, _BLANK] = None
    company: Line = ""
    blocked: Annotated[bool | None, _BLANK] = None
    verified: Annotated[bool | None, _BLANK] = None
    archived: Annotated[bool | None, _BLANK] = None


class MergeIn(Body):
    into: Address


class MembersIn(Body):
    """Addresses; a group of any size is changed without sending all of it."""

    add: Annotated[list[Address], Field(max_length=5000)] = []
    remove: Annotated[list[Address], Field(max_length=5000)] = []


def given(body: Body) -> dict[str, Any]:
    """The fields that the caller sent, by name."""
    return {name: getattr(body, name) for name in body.model_fields_set}
