"""Whether a mail comes from whom it says.

By our own server's word (RFC 8601), or by our own check (RFC 6376, RFC 7489).
"""

from postroom.mail.authentication.dkim import Signature
from postroom.mail.authentication.results import UNNAMED, MethodResult, authserv_id, method_results
from postroom.mail.authentication.tags import Resolver, ResolverError
from postroom.mail.authentication.verdict import Verdict, verdict
from postroom.mail.authentication.verify import Verification, verify

__all__ = [
    "UNNAMED",
    "MethodResult",
    "Resolver",
    "ResolverError",
    "Signature",
    "Verdict",
    "Verification",
    "authserv_id",
    "method_results",
    "verdict",
    "verify",
]
