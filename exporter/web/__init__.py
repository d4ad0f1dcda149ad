"""What the exporter serves over HTTP, to whom, and within which limits."""
