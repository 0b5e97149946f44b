"""Notification documents: what a notice says, made from the outbox."""
