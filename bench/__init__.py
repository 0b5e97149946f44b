"""Benchmarks: `python -m bench.api` (README.md)."""
