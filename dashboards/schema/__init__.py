"""What a dashboard's JSON is made of, and what Grafana accepts of it."""
