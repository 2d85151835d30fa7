"""The API: which resources there are and who may use them. A resource that is not named here does not exist."""

from __future__ import annotations

from ninja import NinjaAPI

from postroom import __version__
from postroom.api import (
    access,
    announcements,
    audit,
    configuration,
    connections,
    conversation,
    desk,
    errors,
    files,
    health,
    incoming,
    notifications,
    oauth,
    outgoing,
    people,
    requests,
    rules,
    servers,
    suppressions,
    templates,
    views,
    work,
)
from postroom.api.tokens import AdministratorToken, TechnicianToken

api = NinjaAPI(
    title="Postroom",
    version=__version__,
    description="Requests, their conversations, the mail behind them and the configuration. See docs/api.md.",
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api",
)
errors.install(api)

technician, administrator = TechnicianToken(), AdministratorToken()
for router in (requests.router, conversation.router, notifications.router, work.router):
    api.add_router("/requests", router, auth=technician)
api.add_router("/attachments", files.router, auth=technician)
api.add_router("", people.router, auth=technician)
api.add_router("", desk.router, auth=technician)
api.add_router("", views.router, auth=technician)
api.add_router("/mail/incoming", incoming.router, auth=administrator)
api.add_router("/mail/outgoing", outgoing.router, auth=administrator)
for router in (
    people.groups_router,
    access.router,
    servers.router,
    connections.router,
    oauth.router,
    rules.router,
    templates.router,
    announcements.router,
    suppressions.router,
    configuration.router,
    audit.router,
    health.router,
):
    api.add_router("", router, auth=administrator)
