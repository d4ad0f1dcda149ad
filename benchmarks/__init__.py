"""What the exporter costs: ``python -m benchmarks``, or ``make bench``."""
