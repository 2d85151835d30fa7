"""A configuration file as data: YAML, with ``${NAME}`` taken from the environment and never shown again."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from postroom.rules.fields import Invalid, Problem

_VARIABLE = re.compile(r"\$(\$?)\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOO_SHORT_TO_HIDE = 4


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is written twice is an error, and so is an alias: a few of them can mean gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not used here", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, "a key is written twice", key_node.start_mark)
            if isinstance(key, str):
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. ``substituted`` maps the values that came from the environment to their variables."""

    data: dict[str, Any] = field(repr=False)
    substituted: dict[str, str] = field(repr=False)

    def redact(self, text: str) -> str:
        """``text`` with the name of the variable wherever it repeats a value from the environment."""
        for value in sorted(self.substituted, key=len, reverse=True):
            if len(value) >= _TOO_SHORT_TO_HIDE:
                text = text.replace(value, f"${{{self.substituted[value]}}}")
        return text


def load(text: str, environ: Mapping[str, str]) -> Document:
    """Read a configuration file. Raises Invalid with the line of a YAML error or the path of an unset variable."""
    try:
        data = yaml.load(text, _Loader)  # noqa: S506  a SafeLoader
    except yaml.MarkedYAMLError as error:
        # Only where and what: the mark's excerpt may be a password.
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise Invalid([(where, f"This is not YAML: {error.problem}.")]) from None
    except yaml.YAMLError:
        raise Invalid([("", "This is not YAML: it contains characters that are not allowed.")]) from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise Invalid([("", "The file must hold sections, such as outgoing_servers.")])
    errors: list[Problem] = []
    substituted: dict[str, str] = {}
    document = Document(_substitute(data, "", environ, substituted, errors), substituted)
    if errors:
        raise Invalid(errors)
    return document


def _substitute(
    value: Any, path: str, environ: Mapping[str, str], substituted: dict[str, str], errors: list[Problem]
) -> Any:
    if isinstance(value, dict):
        return {
            key: _substitute(item, f"{path}.{key}" if path else str(key), environ, substituted, errors)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_substitute(item, f"{path}[{index}]", environ, substituted, errors) for index, item in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value

    def replace(found: re.Match[str]) -> str:
        name = found[2]
        if found[1]:
            return found[0][1:]
        if not _NAME.fullmatch(name):
            errors.append((path, "${...} must hold the name of an environment variable; write $${ for a plain ${."))
        elif name not in environ:
            errors.append((path, f"The environment variable {name} is not set."))
        else:
            substituted[environ[name]] = name
            return environ[name]
        return ""

    return _VARIABLE.sub(replace, value)


def dump(data: dict[str, Any]) -> str:
    """The data as YAML that ``load`` reads as the same data."""
    return yaml.safe_dump(_escape(data), sort_keys=False, allow_unicode=True, width=110)


def _escape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escape(item) for item in value]
    return value.replace("${", "$${") if isinstance(value, str) else value
