"""Where REST, the probes and the metrics hang."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from postroom.api import probes
from postroom.api.application import api
from postroom.api.errors import json_refusals, nothing_here

_resources, _app, _namespace = api.urls
for _resource in _resources:
    if isinstance(_resource, URLPattern):
        _resource.callback = json_refusals(_resource.callback)

urlpatterns = [
    path("health/live", probes.live, name="live"),
    path("health/ready", probes.ready, name="ready"),
    path("metrics", probes.metrics, name="metrics"),
    path("api/v1/", (_resources, _app, _namespace)),
    re_path(r"^api/(?P<path>.*)$", nothing_here),
]
