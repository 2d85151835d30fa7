"""Requests and their conversations. ``services`` is the only writer.

In code a request is a ``Ticket``, because in Django ``request`` is HTTP's.
"""
