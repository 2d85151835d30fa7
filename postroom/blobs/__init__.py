"""Content-addressed files: raw mail and attachments, named by the SHA-256 of their bytes."""

from postroom.blobs.store import BlobDamaged, BlobStore

__all__ = ["BlobDamaged", "BlobStore"]
