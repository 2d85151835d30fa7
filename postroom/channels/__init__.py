"""Admin > Support Channel > Emails: mail servers in and out, rules, preferences, proxies, health, and settings."""
