"""The API: which resources there are and who may use them. A resource that is not named here does not exist."""

from __future__ import annotations

from ninja import NinjaAPI

from postroom import __version__
from postroom.api import configuration, conversation, directory, errors, files, health, incoming, outgoing, requests
from postroom.api.tokens import AdministratorToken, TechnicianToken

api = NinjaAPI(
    title="Postroom",
    version=__version__,
    description="Requests, their conversations and the mail behind them. See docs/api.md.",
    openapi_url="/openapi.json",
    docs_url=None,
    urls_namespace="api",
)
errors.install(api)

technician, administrator = TechnicianToken(), AdministratorToken()
api.add_router("/requests", requests.router, auth=technician)
api.add_router("/requests", conversation.router, auth=technician)
api.add_router("/attachments", files.router, auth=technician)
api.add_router("", directory.router, auth=technician)
api.add_router("/mail/incoming", incoming.router, auth=administrator)
api.add_router("/mail/outgoing", outgoing.router, auth=administrator)
api.add_router("", configuration.router, auth=administrator)
api.add_router("", health.router, auth=administrator)
