"""Declarative configuration: read a file, apply it, export one (CONTRACT: Configuration file)."""

from postroom.run.configuration.apply import Applied, apply_configuration
from postroom.run.configuration.document import Document, dump, load
from postroom.run.configuration.export import export_configuration

__all__ = ["Applied", "Document", "apply_configuration", "dump", "export_configuration", "load"]
