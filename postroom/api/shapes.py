"""The answers as OpenAPI describes them. ``serialise`` makes them; a test holds the two together."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from postroom.api.schemas import Kind, Priority, Status


class Shape(Schema):
    """An answer: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Shape):
    field: str
    message: str


class Problem(Shape):
    code: str
    message: str
    errors: list[FieldProblem]


class Page(Shape):
    """``count_exact`` is there, and false, where there are more than 10,000."""

    count: int
    next: str | None
    previous: str | None
    count_exact: bool = True


class RequesterOut(Shape):
    name: str
    email: str | None
    kind: Literal["registered", "guest", "service"]


class RequestOut(Shape):
    number: int
    kind: Kind
    subject: str
    status: Status
    priority: Priority
    requester: RequesterOut
    cc_emails: list[str]
    technician: str | None
    technician_group: str | None
    category: str | None
    company: str | None
    department: str
    location: str
    tags: list[str]
    follow_up_of: int | None
    merged_into: int | None
    source: Literal["email", "portal", "technician", "api"]
    mailbox: str | None
    created_at: str
    updated_at: str
    closed_at: str | None


class RequestPage(Page):
    results: list[RequestOut]


class AuthorOut(Shape):
    name: str
    email: str | None


class AttachmentOut(Shape):
    id: int
    filename: str
    content_type: str
    size: int
    inline: bool
    content_id: str | None
    url: str | None
    removed: str | None


class RecipientOut(Shape):
    address: str
    state: str
    code: int
    enhanced: str
    text: str


class DeliveryOut(Shape):
    state: str
    server: str | None
    reason: str
    error: str | None
    recipients: list[RecipientOut]


class EntryOut(Shape):
    id: int
    kind: Literal["description", "reply", "forward", "collaboration", "note", "event"]
    direction: Literal["in", "out", "internal"]
    author: AuthorOut
    to: list[str]
    cc: list[str]
    text: str
    html: str
    quoted_html: str
    attachments: list[AttachmentOut]
    message_id: str | None
    flag: str | None
    event: dict[str, Any] | None
    created_at: str
    delivery: DeliveryOut | None


class ReasonOut(Shape):
    code: str
    text: str


class IncomingOut(Shape):
    id: int
    mailbox: str
    message_id: str | None
    from_: str | None = Field(alias="from")
    from_name: str
    to: list[str]
    subject: str
    received_at: str
    size: int
    state: Literal["kept", "processing", "done"]
    outcome: str | None
    reason: ReasonOut
    request: int | None
    entry_id: int | None
    duplicate_of: int | None
    tries: int


class StepOut(Shape):
    step: str
    verdict: str
    detail: str


class IncomingDetail(IncomingOut):
    trace: list[StepOut]
    kept_at: str
    acknowledged_at: str | None
    last_error: str | None
    raw: bool


class IncomingPage(Page):
    results: list[IncomingOut]


class IncomingRows(Shape):
    count: int
    results: list[IncomingOut]


class OutgoingOut(Shape):
    id: int
    message_id: str
    kind: str
    request: int | None
    entry_id: int | None
    from_: str | None = Field(alias="from")
    to: list[str]
    cc: list[str]
    subject: str
    state: str
    server: str | None
    reason: str
    error: str | None
    error_code: str | None
    attempts: int
    next_try_at: str | None
    created_at: str
    sent_at: str | None
    recipients: list[RecipientOut]


class FileOut(Shape):
    filename: str | None
    content_type: str | None
    content_id: str | None
    inline: bool | None


class OutgoingDetail(OutgoingOut):
    from_name: str
    reply_to: str | None
    text: str
    html: str
    in_reply_to: str | None
    references: list[str]
    files: list[FileOut]


class OutgoingPage(Page):
    results: list[OutgoingOut]


class NotificationPage(Page):
    results: list[OutgoingDetail]


class PersonOut(Shape):
    id: int
    email: str | None
    name: str
    role: Literal["admin", "technician", "requester"]
    kind: Literal["registered", "guest"]
    department: str
    location: str
    secondary_emails: list[str]
    company: str | None
    company_contact: bool
    verified: bool
    blocked: bool
    archived: bool


class PeoplePage(Page):
    results: list[PersonOut]


class CompanyOut(Shape):
    id: int
    name: str
    domains: list[str]


class CompanyPage(Page):
    results: list[CompanyOut]


class GroupOut(Shape):
    id: int
    name: str
    members: list[str]


class GroupPage(Page):
    results: list[GroupOut]


class TechnicianGroupOut(GroupOut):
    """``companies`` are those that the group serves; none means all."""

    companies: list[str]


class TechnicianGroupPage(Page):
    results: list[TechnicianGroupOut]


class TokenOut(Shape):
    """``person`` is null for the token of a service account."""

    id: int
    name: str
    role: Literal["admin", "technician"]
    person: str | None
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class NewTokenOut(TokenOut):
    """``token`` is told this once."""

    token: str


class TokenPage(Page):
    results: list[TokenOut]


class CategoryOut(Shape):
    id: int
    name: str


class CategoryPage(Page):
    results: list[CategoryOut]
