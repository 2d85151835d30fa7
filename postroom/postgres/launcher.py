"""Runs a program that refuses to be root or nameless. A script of its own: identity changes bind the whole process.

    launcher.py namespace UID FOLDER PROGRAM ARGUMENT...
    launcher.py nobody[+CAPABILITY] UID FOLDER PROGRAM ARGUMENT...

``namespace``: a user namespace in which we are called UID, so that files stay ours and no folder has to be opened.
``nobody``: the user UID outright, optionally with one Linux capability number kept, to reach a folder below a closed
one. FOLDER becomes the working folder. Exit codes: 70 if the identity is refused, 71 if the folder or the program
is out of its reach.
"""

from __future__ import annotations

import ctypes
import os
import sys

REFUSED, UNREACHABLE = 70, 71
_CLONE_NEWUSER = 0x10000000
_PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 8, 47, 2
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def _checked(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _enter_namespace(libc: ctypes.CDLL, uid: int) -> None:
    user, group = os.geteuid(), os.getegid()
    _checked(libc.unshare(_CLONE_NEWUSER))
    # The kernel wants setgroups denied before an unprivileged group map, see user_namespaces(7).
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {user} 1"), ("gid_map", f"{uid} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
            file.write(text)


def _become(libc: ctypes.CDLL, uid: int, capability: str) -> None:
    if capability:
        _checked(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if capability:
        mask = 1 << int(capability)
        sets = (_Sets * 2)(_Sets(mask, mask, mask), _Sets(0, 0, 0))
        _checked(libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), ctypes.byref(sets)))
        # Ambient: else the capability would be lost with the exec below, see capabilities(7).
        _checked(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, int(capability), 0, 0))


def main(mode: str, uid: int, folder: str, *command: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        if mode == "namespace":
            _enter_namespace(libc, uid)
        else:
            _become(libc, uid, mode.partition("+")[2])
    except (OSError, AttributeError):  # AttributeError: no such call on this system
        return REFUSED
    try:
        os.chdir(folder)
        os.execv(command[0], command)  # noqa: S606
    except OSError:
        return UNREACHABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
