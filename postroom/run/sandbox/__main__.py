"""Run the sandbox mail servers until SIGTERM or SIGINT: ``python -m postroom.run.sandbox --smtp PORT --imap PORT``."""

from __future__ import annotations

import argparse
import asyncio
import logging

from postroom.run.process import end_with
from postroom.run.sandbox import HOST
from postroom.run.sandbox.servers import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="postroom.run.sandbox", description=__doc__)
    parser.add_argument("--smtp", type=int, required=True, metavar="PORT", help=f"port on {HOST}")
    parser.add_argument("--imap", type=int, required=True, metavar="PORT", help=f"port on {HOST}")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process is gone")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    if options.parent:
        end_with(options.parent)
    asyncio.run(serve(options.smtp, options.imap))


if __name__ == "__main__":
    main()
