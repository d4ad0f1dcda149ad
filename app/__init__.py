"""The Grafana app: its backend in Python, its front end in TypeScript."""
