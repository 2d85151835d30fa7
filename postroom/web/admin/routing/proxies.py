"""Proxy servers: a list, and a side panel to add, change and delete one (SPEC A23)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from postroom.channels.models import IncomingServer, OutgoingServer, ProxyServer
from postroom.channels.services import (
    PROXY_FIELDS,
    Invalid,
    changing,
    check_version,
    delete_proxy,
    save_proxy,
    version_after,
    version_of,
)
from postroom.channels.shapes import show_proxy
from postroom.web.http import PortalRequest, actor, administrators_only

_NEW = {"name": "", "type": ProxyServer.Type.HTTP, "host": "", "port": "", "username": ""}


@dataclass(frozen=True, slots=True)
class Use:
    """A server that connects by a proxy, and where it is changed and tested."""

    name: str
    direction: str
    url: str


@require_safe
@administrators_only
def proxies(request: PortalRequest) -> HttpResponse:
    """Every proxy with the servers that use it."""
    return _page(request)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest) -> HttpResponse:
    """Add a proxy."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Change a proxy; an empty password keeps the stored one."""
    return _form(request, _proxy_or_404(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask before a proxy is deleted, naming the servers that use it; then delete it."""
    proxy = _proxy_or_404(pk)
    if request.method != "POST":
        return _page(request, "delete", proxy=proxy)
    try:
        delete_proxy(actor(request), proxy)
    except Invalid as invalid:
        return _page(request, "delete", proxy=proxy, errors={"": invalid.errors[0][1]})
    messages.success(request, gettext("%(name)s is deleted.") % {"name": proxy.name})
    return redirect("proxies")


def _proxy_or_404(pk: int) -> ProxyServer:
    proxy = ProxyServer.objects.filter(pk=pk).first()
    if proxy is None:
        raise Http404
    return proxy


def _form(request: PortalRequest, proxy: ProxyServer | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "form", proxy=proxy, values=show_proxy(proxy) if proxy else _NEW)
    data = _data(request.POST)
    try:
        with changing():
            if proxy is not None:
                check_version(proxy, seen=request.POST.get("version", ""))
            saved = save_proxy(actor(request), data, proxy)
    except Invalid as invalid:
        errors = dict(reversed(invalid.errors))
        shown = {**data, "password": "", "version": version_after(invalid, request.POST.get("version", ""))}
        return _page(request, "form", proxy=proxy, values=shown, errors=errors)
    messages.success(request, gettext("%(name)s is saved.") % {"name": saved.name})
    return redirect("proxies")


def _data(posted: QueryDict) -> dict[str, str]:
    return {name: posted.get(name, "") for name in PROXY_FIELDS}


def uses() -> dict[int, list[Use]]:
    """The servers of both directions that use each proxy, by its key."""
    found: dict[int, list[Use]] = defaultdict(list)
    for model, direction in ((OutgoingServer, "outgoing"), (IncomingServer, "incoming")):
        for pk, name, proxy_id in model._default_manager.exclude(proxy=None).values_list("pk", "name", "proxy"):
            found[proxy_id].append(Use(name, direction, reverse(f"{direction}-server", args=[pk])))
    return found


def _page(
    request: PortalRequest,
    panel: str = "",
    *,
    proxy: ProxyServer | None = None,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    used = uses()
    context = {
        "section": "proxies",
        "rows": [(row, used.get(row.pk, [])) for row in ProxyServer.objects.defer("password")],
        "types": ProxyServer.Type.choices,
        "panel": panel,
        "proxy": proxy,
        "version": (values or {}).get("version") or (version_of(proxy) if proxy else ""),
        "is_kept": bool(proxy and proxy.password),
        "used": used.get(proxy.pk, []) if proxy else [],
        "values": values or {},
        "errors": errors or {},
    }
    return render(request, "admin/routing/proxies.html", context, status=422 if errors else 200)
