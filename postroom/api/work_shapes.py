"""What is sent to, and answered by, the verbs of technicians' work: merge, split, move, link, drafts, canned texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from postroom.api.schemas import Addresses, Body, Id, Line, Name, Status, Text
from postroom.api.shapes import Page, Shape

DraftKind = Literal["reply", "forward", "collaboration", "note"]
Audience = Literal["personal", "group", "all"]


class MergeIn(Body):
    """``copy_people``: requester and Cc become Cc of the other request; without it nobody there sees more."""

    into: Id
    copy_people: bool = False


class SplitIn(Body):
    entry: Id
    subject: Annotated[Line, Field(max_length=998)] = ""


class MoveIn(Body):
    into: Id


class LinkIn(Body):
    request: Id


class SpamIn(Body):
    block_sender: bool = False


class DraftIn(Body):
    """``to`` and ``cc`` left out: as the composer fills them in."""

    kind: DraftKind
    text: Text = ""
    html: Text = ""
    to: Addresses | None = None
    cc: Addresses | None = None


class DraftFileOut(Shape):
    id: int
    filename: str
    content_type: str
    size: int
    inline: bool
    content_id: str | None


class DraftOut(Shape):
    kind: DraftKind
    to: list[str] | None
    cc: list[str] | None
    text: str
    html: str
    files: list[DraftFileOut]
    updated_at: str


class NeighbourOut(Shape):
    number: int
    subject: str
    status: Status


class NeighboursOut(Shape):
    linked: list[NeighbourOut]
    follow_ups: list[NeighbourOut]
    follow_up_of: NeighbourOut | None
    merged: list[NeighbourOut]
    merged_into: NeighbourOut | None


class WatchOut(Shape):
    watching: bool
    watchers: list[str]


class ReplyTemplateIn(Body):
    name: Annotated[Line, Field(max_length=200)] = ""
    text: Text = ""
    audience: Audience = "personal"
    group: Name = ""


class ReplyTemplateOut(Shape):
    id: int
    name: str
    text: str
    audience: Audience
    group: str | None
    updated_at: str


class ReplyTemplatePage(Page):
    results: list[ReplyTemplateOut]


class FilledOut(Shape):
    text: str


class NoticeOut(Shape):
    id: int
    kind: Literal["bounced", "assigned", "reply"]
    request: int
    entry_id: int | None
    by: str
    text: str
    created_at: str
    read_at: str | None


class NoticesOut(Shape):
    unread: int
    results: list[NoticeOut]
