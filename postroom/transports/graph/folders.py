"""Finding and making mail folders: INBOX, a name, or a path of names with ``/`` between them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from postroom.transports.base import TransportError
from postroom.transports.graph.client import GraphClient, Request

INBOX = "inbox"  # a well-known name, whatever the folder is called in the mailbox's language
SHOWN = 20
_FIELDS = "$select=id,displayName,totalItemCount,unreadItemCount"


def find(client: GraphClient, path: str) -> dict[str, Any]:
    """The folder: {id, displayName, totalItemCount, unreadItemCount}. Raises MAILMBXNOFOLDER with those there are."""
    found, missing = _walk(client, path)
    if missing:
        raise _no_folder(client, path)
    return found


def find_or_make(client: GraphClient, path: str) -> str:
    """The id of the folder, which is made where it is missing."""
    found, missing = _walk(client, path)
    above = str(found.get("id", ""))
    for name in missing:
        made = client.ask(Request("POST", _children(client, above), {"displayName": name}), "folder", allow=(409,))
        if made.status == 409:  # somebody else was faster
            return str(find(client, path)["id"])
        above = str(made.json()["id"])
    return above


def _walk(client: GraphClient, path: str) -> tuple[dict[str, Any], list[str]]:
    """The deepest folder on the path that is there, and the names that are missing below it."""
    names = [name for name in path.split("/") if name]
    found: dict[str, Any] = {}
    for position, name in enumerate(names):
        if position == 0 and name.upper() == "INBOX":
            found = client.ask(Request("GET", f"{client.user}/mailFolders/{INBOX}?{_FIELDS}"), "folder").json()
            found["id"] = INBOX
            continue
        named = quote("displayName eq '{}'".format(name.replace("'", "''")))
        url = f"{_children(client, str(found.get('id', '')))}?$filter={named}&{_FIELDS}"
        rows = client.ask(Request("GET", url), "folder").json().get("value") or []
        match = next((row for row in rows if str(row.get("displayName", "")).lower() == name.lower()), None)
        if match is None:
            return found, names[position:]
        found = match
    return found, []


def _children(client: GraphClient, above: str) -> str:
    return f"{client.user}/mailFolders/{quote(above, safe='')}/childFolders" if above else f"{client.user}/mailFolders"


def _no_folder(client: GraphClient, path: str) -> TransportError:
    url = f"{client.user}/mailFolders?$top={SHOWN}&$select=displayName"
    rows = client.ask(Request("GET", url), "folder").json().get("value") or []
    names = ", ".join(sorted(str(row.get("displayName")) for row in rows))
    return TransportError(
        "MAILMBXNOFOLDER",
        f"There is no folder {path} in {client.mailbox}. There are: {names}. A folder in another is Above/Below.",
        temporary=False,
        stage="folder",
    )
