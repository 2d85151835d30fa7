"""The only reads of the receive path: everything that the decisions on a batch need, in a handful of queries."""

from postroom.inbox.facts.gather import Configuration, Gathered, Item, gather

__all__ = ["Configuration", "Gathered", "Item", "gather"]
