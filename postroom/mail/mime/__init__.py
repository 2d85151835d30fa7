"""The MIME tree of a mail (RFC 2045, 2046): one shape, two readers, both bounded."""

from postroom.mail.mime.part import Part
from postroom.mail.mime.tree import Tree, read_tree

__all__ = ["Part", "Tree", "read_tree"]
