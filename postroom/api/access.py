"""API tokens over REST: listed without what they open, made and told once, revoked for ever."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from postroom.accounts.models import ApiToken
from postroom.accounts.services import issue_token, revoke_token
from postroom.api import serialise
from postroom.api.bodies import Values
from postroom.api.errors import answer, not_found
from postroom.api.lists import list_answer
from postroom.api.schemas import Search
from postroom.api.shapes import NewTokenOut, Problem, TokenOut, TokenPage
from postroom.api.tokens import ApiRequest

router = Router(tags=["tokens"])

_BODY = {
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "role": {"type": "string", "enum": ["admin", "technician"]},
                        "person": {"type": ["string", "null"]},
                    },
                }
            }
        }
    }
}


def _rows() -> QuerySet[ApiToken]:
    return ApiToken.objects.select_related("user").order_by("name", "id")


def _find(id: int) -> ApiToken:
    row = _rows().filter(pk=id).first()
    if row is None:
        raise not_found()
    return row


@router.get("/tokens", response={200: TokenPage, 400: Problem}, operation_id="list_tokens", summary="List tokens")
def list_tokens(request: ApiRequest, filters: Query[Search]) -> HttpResponse:
    """Tokens by name, revoked ones too; ``search`` in name."""
    word = filters.search.strip()
    return list_answer(request, _rows().filter(name__icontains=word), filters, serialise.token)


@router.post(
    "/tokens",
    response={201: NewTokenOut, 400: Problem},
    operation_id="make_token",
    summary="Make one token",
    openapi_extra=_BODY,
)
def make_token(request: ApiRequest, payload: Values) -> HttpResponse:
    """{name, role, person}: with a person, that person's rights and authorship; without, a service account's.

    ``token`` of the answer is told this once.
    """
    row, token = issue_token(request.auth.actor, payload)
    return answer({**serialise.token(_find(row.pk)), "token": token}, 201)


@router.get(
    "/tokens/{int:id}", response={200: TokenOut, 404: Problem}, operation_id="read_token", summary="Read a token"
)
def read_token(request: ApiRequest, id: int) -> HttpResponse:
    """One token. Never what it opens."""
    return answer(serialise.token(_find(id)))


@router.delete(
    "/tokens/{int:id}", response={204: None, 404: Problem}, operation_id="revoke_token", summary="Revoke one token"
)
def delete_token(request: ApiRequest, id: int) -> HttpResponse:
    """End it now and for ever. Its row stays, with ``revoked_at``."""
    revoke_token(request.auth.actor, _find(id))
    return HttpResponse(status=204)
