"""Grafana dashboards for JupyterHub user groups, and the tool that builds and deploys them."""
