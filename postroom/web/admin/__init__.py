"""The administrators' pages: Support Channel > Emails, the mail log, and the configuration audit."""
