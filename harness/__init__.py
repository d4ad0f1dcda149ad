"""Real programs for demo, benchmarks and tests: Prometheus, JupyterHub, the app's backend."""
