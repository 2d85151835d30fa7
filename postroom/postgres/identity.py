"""Whom the server runs as. PostgreSQL refuses root, so root needs a way around that opens no folder to others."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from postroom.postgres import launcher
from postroom.postgres.binaries import Binaries
from postroom.postgres.errors import PostgresError

# Linux capabilities(7): to walk through closed folders. The first is the narrower one, containers grant the second.
_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE = 2, 1
_MODES = ("namespace", "nobody", f"nobody+{_CAP_DAC_READ_SEARCH}", f"nobody+{_CAP_DAC_OVERRIDE}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user for the server: ``owner`` of its files as seen from outside, and the ``mode`` of the launcher, if any."""

    owner: int
    mode: str = ""

    def command(self, folder: Path, program: str, *arguments: str) -> list[str]:
        """The command line that runs ``program`` as this user."""
        if not self.mode:
            return [program, *arguments]
        python = [sys.executable, "-I", "-S", launcher.__file__]
        return [*python, self.mode, str(_nobody()), str(folder), program, *arguments]

    def give(self, path: Path) -> None:
        """Make this user the owner of ``path`` and all in it, where root runs in another way than last time."""
        if not self.mode or path.stat().st_uid == self.owner:
            return
        for parent, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(parent, name), self.owner, self.owner, follow_symlinks=False)
        os.chown(path, self.owner, self.owner)


def _nobody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def _has_name(uid: int) -> bool:
    """Whether the system knows the user: initdb refuses one it does not, as in a container with a number for a user."""
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def _works(identity: Identity, binaries: Binaries, folder: Path) -> bool:
    probe = identity.command(folder.parent, binaries.program("postgres"), "-V")
    return subprocess.run(probe, capture_output=True, check=False, timeout=60).returncode == 0


def choose(binaries: Binaries, folder: Path) -> Identity:
    """The identity that can reach ``folder``'s parent and the programs: our own, or for root the first that works.

    Raises:
        PostgresError: root may not change its identity in any way here.
    """
    if os.geteuid() != 0:
        named = Identity(os.geteuid())
        nameless = Identity(os.geteuid(), "namespace")
        return nameless if not _has_name(named.owner) and _works(nameless, binaries, folder) else named
    for mode in _MODES:
        identity = Identity(0 if mode == "namespace" else _nobody(), mode)
        if _works(identity, binaries, folder):
            return identity
    raise PostgresError(
        "PostgreSQL refuses to run as root, and here root may neither use a user namespace nor become the user "
        f"nobody with access to {folder.parent} and {binaries.folder}. Run Postroom as an ordinary user, set "
        "POSTROOM_HOME to a folder that every user may pass through, or set DATABASE_URL to a server of your own."
    )
