"""The server process: is it there, start it, wait for it, stop it. Callers hold the start lock.

The server and all its children inherit a lock on ``server.lock``. So "does it still run" is answered by the kernel,
right for process numbers that were reused, for zombies that nobody reaps and across containers that share a home.
"""

from __future__ import annotations

import logging
import os
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from postroom.postgres import binaries, identity, locks
from postroom.postgres.binaries import Binaries
from postroom.postgres.cluster import PORT, USER, Cluster, server_environment
from postroom.postgres.errors import PostgresError
from postroom.postgres.identity import Identity

log = logging.getLogger(__name__)

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "jit": "off",  # compiling costs more than our short queries
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "cluster_name": "postroom",
}
_UNSAFE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_SAY_AFTER = 10.0  # seconds of waiting for a start, then again after as many
_LEFTOVERS_MAY_TAKE = 5.0
_FAST_SHUTDOWN_MAY_TAKE = 4.0  # of the 10 s in which all of Postroom stops
_READY, _REJECTING, _SILENT = 0, 1, 2  # what pg_isready returns; 3 is a fault of the question
_PROC = Path("/proc/self/cwd").exists()
_START_MAY_TAKE = 7 * 86400  # replaying a long write-ahead log is no failure, only pg_ctl wants a number


def is_listening(cluster: Cluster) -> bool:
    """Whether a postmaster answers on the socket, ready or still starting."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(cluster.socket()))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except TimeoutError:
            return True  # its queue is full: busy, but there
    return True


def bring_up(cluster: Cluster, given: Path | None, *, fsync: bool) -> bool:
    """Start the server if it is not there and wait until it is ready; True if it had to be started.

    ``given`` is a folder of PostgreSQL programs to use instead of the ones that are found. Raises PostgresError.
    """
    started, since, said = False, time.monotonic(), _SAY_AFTER
    while True:
        found = programs_for(cluster, given)
        if not is_listening(cluster):
            _start(cluster, found, fsync=fsync)
            started = True
        if _is_ready(cluster, found):
            break
        if time.monotonic() - since > said:
            log.warning("Waiting for PostgreSQL to become ready; it recovers or shuts down. Its log: %s", cluster.log)
            said += _SAY_AFTER
        time.sleep(0.05)
    _ensure_database(cluster)
    return started


def stop(cluster: Cluster) -> None:
    """Stop the server: fast, and if that takes too long at once, which the next start repairs from the log."""
    pid = _postmaster(cluster)
    if pid is None:
        return
    for number, patience in ((signal.SIGINT, _FAST_SHUTDOWN_MAY_TAKE), (signal.SIGQUIT, _LEFTOVERS_MAY_TAKE)):
        _signal(pid, number)
        if _wait_until_gone(cluster, patience):
            return
    log.warning("PostgreSQL (process %d) did not stop. Its log: %s", pid, cluster.log)


def programs_for(cluster: Cluster, given: Path | None) -> Binaries:
    """The programs that fit the data: the given ones, else those that are found. Raises PostgresError."""
    if given is None:
        return binaries.find(cluster.major())
    found = binaries.at(given)
    if found is None or cluster.major() not in (None, found.major):
        raise PostgresError(f"The PostgreSQL programs in {given} cannot be used with the data in {cluster.data}.")
    return found


def _start(cluster: Cluster, programs: Binaries, *, fsync: bool) -> None:
    lock = locks.open_lock(cluster.server_lock)
    try:
        _clear_the_way(cluster, lock)
        whom = identity.choose(programs, cluster.folder)
        whom.give(cluster.folder)
        if cluster.major() is None:
            cluster.initialise(programs, whom, fsync=fsync)
        cluster.prepare_sockets(whom)
        cluster.trim_log()
        _launch(cluster, programs, whom, lock, fsync=fsync)
    finally:
        os.close(lock)


def _clear_the_way(cluster: Cluster, lock: int) -> None:
    """Wait for, then end, what a killed postmaster left behind; remove its pid file. Raises PostgresError."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if not _take(lock, _LEFTOVERS_MAY_TAKE):
            for pid in _processes(cluster):
                _signal(pid, number)
    if not _take(lock, _LEFTOVERS_MAY_TAKE):
        raise PostgresError(
            f"A PostgreSQL server of {cluster.data} hangs and cannot be ended from here. {_see(cluster)}"
        )
    others = _processes(cluster)
    if others:
        raise PostgresError(f"Another PostgreSQL server (process {others[0]}) uses {cluster.data}. Stop it first.")
    if _PROC:  # else PostgreSQL has to judge its pid file by itself
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)


def _take(lock: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (taken := locks.try_exclusive(lock)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return taken


def _launch(cluster: Cluster, programs: Binaries, whom: Identity, lock: int, *, fsync: bool) -> None:
    settings = _SETTINGS | {"unix_socket_directories": str(cluster.sockets())} | ({} if fsync else _UNSAFE_SETTINGS)
    options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    # Names relative to the folder: pg_ctl puts them into a shell's command line, where a home may hold any character.
    arguments = ["start", "-w", "-s", "-t", str(_START_MAY_TAKE), "-D", "data", "-l", cluster.log.name, "-o", options]
    with subprocess.Popen(
        whom.command(cluster.folder, programs.program("pg_ctl"), *arguments),
        cwd=cluster.folder,
        env=server_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(lock,),
        start_new_session=True,
    ) as process:
        try:
            said = _wait_for_start(process, cluster)
        except BaseException:
            process.terminate()  # the waiting pg_ctl alone; a server that it started is stopped by the last user
            raise
    if process.returncode != 0:
        raise PostgresError(f"PostgreSQL did not start. {said.decode(errors='replace').strip()} {_see(cluster)}")


def _wait_for_start(process: subprocess.Popen[bytes], cluster: Cluster) -> bytes:
    while True:
        try:
            return process.communicate(timeout=_SAY_AFTER)[0]
        except subprocess.TimeoutExpired:
            log.warning(
                "PostgreSQL is still starting, likely replaying its log after a crash. Its log: %s", cluster.log
            )


def _is_ready(cluster: Cluster, programs: Binaries) -> bool:
    # The user is named because libpq else asks the system for ours, which a container may not know.
    where = ["-h", str(cluster.sockets()), "-p", str(PORT), "-U", USER, "-d", "postgres"]
    command = [programs.program("pg_isready"), "-t", "5", *where]
    done = subprocess.run(command, env=server_environment(), capture_output=True, text=True, check=False)
    if done.returncode not in (_READY, _REJECTING, _SILENT):
        raise PostgresError(f"PostgreSQL cannot be asked whether it is ready: {done.stdout}{done.stderr}".strip())
    return done.returncode == _READY


def _ensure_database(cluster: Cluster) -> None:
    at = cluster.connection()
    try:
        with psycopg.connect(
            host=at.host, port=at.port, user=at.user, password=at.password, dbname="postgres", autocommit=True
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [at.database]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(at.database)))
    except psycopg.Error as error:
        raise PostgresError(
            f"The embedded PostgreSQL refuses Postroom: {str(error).strip()} {_see(cluster)}"
        ) from error


def _postmaster(cluster: Cluster) -> int | None:
    """The number of the running postmaster, never a number that something else has by now."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    if _PROC:
        return pid if pid in _processes(cluster) else None
    return None if locks.is_free(cluster.server_lock) else pid


def _processes(cluster: Cluster) -> list[int]:
    """The live PostgreSQL processes that work in our data folder. Zombies have no working folder, so they are out."""
    data, found = str(cluster.data.resolve()), []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            works_here = str((entry / "cwd").readlink()) == data
            if works_here and (entry / "exe").readlink().name.startswith("postgres"):
                found.append(int(entry.name))
        except OSError:
            continue  # gone by now, or another user's
    return sorted(found)


def _wait_until_gone(cluster: Cluster, seconds: float) -> bool:
    lock = locks.open_lock(cluster.server_lock)
    try:
        return _take(lock, seconds)
    finally:
        os.close(lock)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        log.debug("Process %d ended by itself.", pid)


def _see(cluster: Cluster) -> str:
    return f"The last lines of {cluster.log}:\n{cluster.log_tail()}"
