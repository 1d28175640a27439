"""Benchmarks: how fast the engine is, beside its peers and what the machine can do: `python -m tests.benchmarks`."""
