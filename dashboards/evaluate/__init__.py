"""What a board shows: its queries put to Prometheus as Grafana would, answers as values."""
