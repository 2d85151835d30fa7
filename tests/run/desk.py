"""A configuration file as the public contract shows it, and the commands that tests give."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command

CANARIES = {
    "TESS_PASSWORD": "canary-of-tess",
    "PROXY_PASSWORD": "canary-of-the-proxy",
    "MS_SECRET": "canary-of-microsoft",
    "SMTP_PASSWORD": "canary-of-smtp",
    "IMAP_PASSWORD": "canary-of-imap",
}

FILE = """
managed_services_provider: false
companies: [{name: Acme, domains: [acme.test]}]
technician_groups: [{name: Service Desk, members: [tess@desk.test]}]
categories: [Hardware, Hardware / Laptop, Software]
people:
  - {email: tess@desk.test, name: Tess Technician, role: technician, password: "${TESS_PASSWORD}"}
proxies:
  - {name: office, type: http, host: 127.0.0.1, port: 3128, username: u, password: "${PROXY_PASSWORD}"}
microsoft_app: {client_id: ..., client_secret: "${MS_SECRET}", tenant: organizations}
outgoing_servers:
  - name: Support
    email: support@desk.test
    protocol: smtp
    provider: other
    sender_name: Support Desk
    host: smtp.desk.test
    port: 587
    security: tls
    ca_file: /path/ca.pem
    auth: {type: basic, username: support, password: "${SMTP_PASSWORD}"}
    reply_to: help@desk.test
    proxy: office
    limits: {per_minute: 30, per_day: 10000, recipients: 100, connections: 4}
    enabled: true
    primary: true
  - {name: HR, email: hr@desk.test, host: smtp.desk.test, auth: {type: none}}
outgoing_rules:
  - {name: HR, enabled: true, server: HR, match: all, conditions: [{field: company, operator: in, value: [HR]}]}
incoming_servers:
  - name: Support
    email: support@desk.test
    aliases: [help@desk.test]
    protocol: imap
    provider: other
    host: imap.desk.test
    port: 993
    security: ssl
    auth: {type: basic, username: support, password: "${IMAP_PASSWORD}"}
    folder: INBOX
    start: now
    after: {move: Done}
    poll_seconds: 60
    plus_addressing: false
    accept_automated: false
    technician_group: Service Desk
    category: Hardware
    company: Acme
    proxy: office
    outgoing_server: Support
    filter: {type: ignore, emails: [], domains: [spam.test], keywords: []}
    enabled: true
    primary: true
preferences:
  email_to_request: true
  allow_guests: true
  cc_recipients: [cc]
  requester_from_reply_to: false
  technician_forward_uses_original_sender: true
  allow_choosing_outgoing_server: false
  closed_reply: {action: reopen, grace_days: 7}
  other_technician_reply: collaboration
support_portal: {allow_guest_requests: true, guest_form: true}
security:
  trusted_authserv_ids: [mx.desk.test]
  technicians_need_authentication: false
  check_senders: false
  allow_senders: []
  block_senders: []
limits:
  message_size: 35MB
  requests_per_sender_per_hour: 20
  acknowledgements_per_sender_per_hour: 5
  acknowledgements_per_hour: 10000
  cc_per_request: 50
  mail_log_days: 90
  hold_days: 30
  undo_seconds: 10
  acknowledge_within_hours: 24
requester_groups: [{name: All staff, members: [sam@example.test]}]
alerts: {emails: [ada@desk.test], webhook: null}
notification_templates:
  - {event: created, audience: requester, language: en, subject: "We have it: {{ subject }}", text: Thank you.}
"""


def postroom(*arguments: str) -> str:
    """Run a command; what it printed on standard output."""
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def write(folder: Path, text: str, name: str = "desk.yaml") -> str:
    """A file with this text; its path."""
    path = folder / name
    path.write_text(text)
    return str(path)
