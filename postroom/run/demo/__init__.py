"""The demo: a small company with its people, mailboxes and a week of requests, for a first look at the product."""
