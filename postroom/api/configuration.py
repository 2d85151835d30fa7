"""What there is once: preferences, the settings and their sections, the Microsoft application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpResponse
from ninja import Router

from postroom.api.bodies import Json, Values, described
from postroom.api.errors import answer
from postroom.api.matching import if_match
from postroom.api.server_shapes import (
    LimitsOut,
    MicrosoftAppOut,
    PreferencesOut,
    SecurityOut,
    SettingsOut,
    SingleSignOnOut,
    SupportPortalOut,
)
from postroom.api.shapes import Problem, Shape
from postroom.api.tokens import ApiRequest
from postroom.audit.services import Actor
from postroom.channels.models import EmailPreferences, MicrosoftApp, Settings, SingleSignOn
from postroom.channels.services import save_microsoft_app, save_preferences, save_section, save_settings, version_of
from postroom.channels.services.single_sign_on import save_single_sign_on, show_single_sign_on
from postroom.channels.shapes import show_microsoft_app, show_preferences, show_settings

router = Router(tags=["configuration"])


@dataclass(frozen=True, slots=True)
class Single:
    """A resource that is always there, to read and to change. ``about`` says what it is."""

    path: str
    about: str
    out: type[Shape]
    read: Callable[[], Json]
    save: Callable[[Actor, Json], object]
    row: Callable[[], Model]
    section: str = ""
    secrets: tuple[str, ...] = ()


def _section(name: str, about: str, out: type[Shape]) -> Single:
    return Single(
        name.replace("_", "-"),
        about,
        out,
        lambda: dict(show_settings(Settings.load())[name]),
        lambda actor, values: save_section(actor, name, values),
        Settings.load,
        name,
    )


SINGLES = (
    Single(
        "preferences",
        "Email Preference.",
        PreferencesOut,
        lambda: show_preferences(EmailPreferences.load()),
        save_preferences,
        EmailPreferences.load,
    ),
    _section("support_portal", "What requesters and guests may do in the portal.", SupportPortalOut),
    _section("security", "Whose verdicts are believed, and who is always let in or kept out.", SecurityOut),
    _section("limits", "Sizes, rates and how long things are kept.", LimitsOut),
    Single(
        "settings",
        "All settings of the instance: managed_services_provider, alerts, and the sections above.",
        SettingsOut,
        lambda: show_settings(Settings.load()),
        save_settings,
        Settings.load,
    ),
    Single(
        "microsoft-app",
        "The instance's one Microsoft application.",
        MicrosoftAppOut,
        lambda: show_microsoft_app(MicrosoftApp.objects.filter(pk=1).first() or MicrosoftApp()),
        save_microsoft_app,
        lambda: MicrosoftApp.objects.get_or_create(pk=1)[0],
        secrets=("client_secret", "certificate"),
    ),
    Single(
        "single-sign-on",
        "The OpenID provider that people may sign in with.",
        SingleSignOnOut,
        lambda: show_single_sign_on(SingleSignOn.load()),
        save_single_sign_on,
        SingleSignOn.load,
        secrets=("client_secret",),
    ),
)


def _tagged(single: Single) -> HttpResponse:
    response = answer(single.read())
    response.headers["ETag"] = f'"{version_of(single.row(), single.section)}"'
    return response


def _offer(single: Single) -> None:
    def read(request: ApiRequest) -> HttpResponse:
        return _tagged(single)

    def change(request: ApiRequest, payload: Values) -> HttpResponse:
        with if_match(request, single.row(), single.section):
            single.save(request.auth.actor, payload)
        return _tagged(single)

    name = single.path.replace("-", "_")
    router.add_api_operation(
        f"/{single.path}",
        ["GET"],
        read,
        response={200: single.out},
        operation_id=f"read_{name}",
        summary=f"Read {single.path}",
        description=single.about,
    )
    router.add_api_operation(
        f"/{single.path}",
        ["PATCH"],
        change,
        response={200: single.out, 400: Problem, 412: Problem},
        operation_id=f"change_{name}",
        summary=f"Change {single.path}",
        description=f"{single.about} What is left out stays, in nested objects too.",
        openapi_extra=described(single.out, single.secrets),
    )


for _single in SINGLES:
    _offer(_single)
