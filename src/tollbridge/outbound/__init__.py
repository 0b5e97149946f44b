"""Posting to servers that merchants name: the adapter of the `Sender` port (ADR 0014)."""
