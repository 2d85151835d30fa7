"""A certificate authority for one test run, and certificates that are right or wrong in one respect."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Ca:
    """Certificates as PEM files in ``folder``. ``ca_file`` is what clients are told to trust."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._ca = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(self.ca_file)
        self.other_ca_file = folder / "other-ca.pem"
        trustme.CA().cert_pem.write_to_path(self.other_ca_file)

    def issue(self, *names: str, expired: bool = False) -> tuple[Path, Path]:
        """Certificate chain and key for these names or addresses."""
        until = datetime.now(UTC) - timedelta(days=1) if expired else None
        made = self._ca.issue_cert(*names, not_after=until)
        stem = f"{names[0]}{'-expired' if expired else ''}"
        chain, key = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        made.private_key_pem.write_to_path(key)
        key.chmod(0o600)
        for position, part in enumerate(made.cert_chain_pems):
            part.write_to_path(chain, append=position > 0)
        return chain, key
