"""What exporter, boards and rules cost: ``python -m benchmarks``, or ``make bench``."""
