"""Bodies that services read field by field: what no database takes is refused here, all else by the service.

The configuration file, the pages and REST say the same of the same fault because the services look at the fields. Here
only stands how such a body is described in OpenAPI: as what is answered, without what is read only, with the secrets.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from ninja.params.functions import Body as body_parameter
from pydantic import AfterValidator, BaseModel

from postroom.api.errors import wrong_values

Json = dict[str, Any]

DEEPEST = 32
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


def _storable(values: Json) -> Json:
    """``values`` as they are; raises Refused (400) at the first that PostgreSQL cannot keep or that hides too deep."""
    waiting: list[tuple[str, Any, int]] = [("", values, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > DEEPEST:
            raise wrong_values([(path, f"is nested more than {DEEPEST} levels deep.")])
        if isinstance(value, str) and _UNWRITABLE.search(value):
            raise wrong_values([(path, "must contain neither NUL characters nor lone surrogates.")])
        if isinstance(value, float) and not math.isfinite(value):
            raise wrong_values([(path, "must be a finite number.")])
        if isinstance(value, list):
            waiting += [(f"{path}[{index}]", item, depth + 1) for index, item in enumerate(value)]
        elif isinstance(value, dict):
            waiting += [(path, key, depth) for key in value]
            waiting += [(f"{path}.{key}" if path else key, item, depth + 1) for key, item in value.items()]
    return values


def _storable_if_any(values: Json | None) -> Json:
    return _storable(values or {})


# ninja looks for what kind of parameter it is at the end.
Values = Annotated[dict[str, Any], AfterValidator(_storable), body_parameter()]
ValuesIfAny = Annotated[dict[str, Any] | None, AfterValidator(_storable_if_any), body_parameter(None)]


def described(shape: type[BaseModel], secrets: Iterable[str] = (), read_only: Iterable[str] = ()) -> Json:
    """What OpenAPI says of a body that is written as ``shape`` is read; ``secrets`` are dotted paths, write-only."""
    whole = shape.model_json_schema()
    schema = _inlined(whole, whole.pop("$defs", {}))
    for name in read_only:
        schema["properties"].pop(name, None)
    for secret in secrets:
        *path, name = secret.split(".")
        owner = schema
        for step in path:
            owner = owner["properties"][step]
        owner["properties"][name] = {"type": "string", "writeOnly": True}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def _inlined(schema: Any, parts: Mapping[str, Any]) -> Any:
    """The schema without references and without ``required``: a body may leave anything out that is there already."""
    if isinstance(schema, list):
        return [_inlined(item, parts) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return {**_inlined(parts[name], parts), **rest}
    return {key: _inlined(value, parts) for key, value in schema.items() if key not in ("required", "title")}
