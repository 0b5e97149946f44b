"""Fixtures of the worker tests: a platform behind the HTTP edge, on each engine."""

from tests.rest.conftest import any_world, world

__all__ = ["any_world", "world"]
