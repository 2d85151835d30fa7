"""Raw mail and attachments on disk: nothing lost, nothing doubled, nobody else may read it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from postroom.blobs import BlobDamaged, BlobStore

MAIL = b"From: sam@example.test\r\nSubject: The printer is on fire\r\n\r\nAgain.\r\n"


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "mail")


def files_of(store: BlobStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_a_stored_mail_comes_back_byte_for_byte_under_its_hash(store: BlobStore) -> None:
    sha = store.put(MAIL)
    assert sha == hashlib.sha256(MAIL).hexdigest()
    assert store.get(sha) == MAIL
    with store.open(sha) as file:
        assert file.read() == MAIL


def test_an_empty_attachment_is_stored_too(store: BlobStore) -> None:
    assert store.get(store.put(b"")) == b""


def test_the_same_mail_twice_is_one_file_that_stays_untouched(store: BlobStore) -> None:
    sha = store.put(MAIL)
    before = store.path(sha).stat()
    assert store.put(MAIL) == sha
    assert store.put_many([MAIL] * 20) == [sha] * 20
    assert files_of(store) == [store.path(sha)]
    assert store.path(sha).stat().st_ino == before.st_ino


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_a_batch_is_stored_in_its_order_whether_small_or_large(store: BlobStore, count: int) -> None:
    mails = [MAIL + str(number).encode() for number in range(count)]
    assert [store.get(sha) for sha in store.put_many(mails)] == mails
    assert len(files_of(store)) == count


def test_a_batch_with_known_mails_in_it_adds_only_the_new_ones(store: BlobStore) -> None:
    known = store.put(MAIL)
    shas = store.put_many([MAIL, b"new", MAIL, b"new"])
    assert shas[0] == shas[2] == known
    assert sorted(path.name for path in files_of(store)) == sorted({known, shas[1]})


def test_folders_fan_out_in_two_levels(store: BlobStore) -> None:
    sha = store.put(MAIL)
    assert store.path(sha) == store.root / sha[:2] / sha[2:4] / sha


@pytest.mark.parametrize("together", [False, True])
def test_other_users_of_the_machine_cannot_read_mail(store: BlobStore, together: bool) -> None:
    before = os.umask(0)
    try:
        store.put_many([str(number).encode() for number in range(20 if together else 2)])
        store.identity()
    finally:
        os.umask(before)
    for path in [store.root, *store.root.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("name", ["", "ab", "A" * 64, "../" * 21 + "a", "0" * 63 + "\n", "0" * 64 + "\n", "g" * 64])
def test_a_name_that_is_no_hash_never_reaches_the_disk(store: BlobStore, name: str) -> None:
    for ask in (store.get, store.open, store.path, store.exists, store.delete):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(name)


def test_what_was_never_stored_or_was_deleted_is_reported_missing(store: BlobStore) -> None:
    sha = hashlib.sha256(MAIL).hexdigest()
    assert not store.exists(sha)
    with pytest.raises(FileNotFoundError):
        store.get(sha)
    store.put(MAIL)
    assert store.exists(sha)
    store.delete(sha)
    store.delete(sha)
    assert not store.exists(sha)
    assert store.put(MAIL) == sha
    assert store.get(sha) == MAIL


def test_a_damaged_file_is_never_passed_off_as_the_mail(store: BlobStore) -> None:
    sha = store.put(MAIL)
    store.path(sha).write_bytes(MAIL.replace(b"fire", b"ice!"))
    with pytest.raises(BlobDamaged):
        store.get(sha)


def test_a_file_that_was_cut_short_is_healed_when_the_mail_comes_again(store: BlobStore) -> None:
    sha = store.put(MAIL)
    os.truncate(store.path(sha), 5)
    store.put(MAIL)
    assert store.get(sha) == MAIL


def test_a_batch_that_cannot_be_written_leaves_no_half_written_file_behind(store: BlobStore) -> None:
    store.put(b"first")
    blocked = hashlib.sha256(MAIL).hexdigest()
    store.path(blocked).mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        store.put_many([MAIL, *(str(number).encode() for number in range(10))])
    assert list((store.root / "incoming").iterdir()) == []


def test_leftovers_of_a_dead_writer_are_removed_but_not_the_work_of_a_living_one(store: BlobStore) -> None:
    sha = store.put(MAIL)
    old, young = store.root / "incoming" / "old", store.root / "incoming" / "young"
    old.write_bytes(b"half a mai")
    young.write_bytes(b"half a mai")
    os.utime(old, (time.time() - 90000, time.time() - 90000))
    assert store.remove_leftovers() == 1
    assert young.exists()
    assert store.get(sha) == MAIL


def test_nothing_is_left_over_where_nothing_was_stored(store: BlobStore) -> None:
    assert store.remove_leftovers() == 0
    assert not store.root.exists()


def test_a_store_keeps_its_identity_and_another_has_its_own(store: BlobStore, tmp_path: Path) -> None:
    identity = store.identity()
    assert len(identity) == 32
    assert BlobStore(store.root).identity() == identity
    assert BlobStore(tmp_path / "other").identity() != identity


WRITER = """
import sys
from pathlib import Path
from postroom.blobs import BlobStore
store = BlobStore(Path(sys.argv[1]))
sys.stdin.readline()
mails = [b"mail %d" % number for number in range(200)]
shas = [sha for start in range(0, 200, 20) for sha in store.put_many(mails[start : start + 20])]
print(store.identity(), len(set(shas)))
"""


def test_four_processes_storing_the_same_mails_at_once_end_with_one_copy_each(store: BlobStore) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(store.root)], stdin=-1, stdout=-1, text=True)
        for _ in range(4)
    ]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    said = {writer.communicate(timeout=60)[0] for writer in writers}
    assert said == {f"{store.identity()} 200\n"}
    assert len(files_of(store)) == 201
    for number in range(200):
        data = b"mail %d" % number
        assert store.get(hashlib.sha256(data).hexdigest()) == data


def test_a_hundred_mails_are_stored_well_under_a_tenth_of_a_second(store: BlobStore) -> None:
    batches = [[os.urandom(36_000) for _ in range(100)] for _ in range(4)]
    took = []
    for batch in batches:
        start = time.perf_counter()
        store.put_many(batch)
        took.append(time.perf_counter() - start)
    print(f"100 mails of 36 kB: {[round(1000 * seconds) for seconds in took]} ms")
    assert min(took) < 0.1
