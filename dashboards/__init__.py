"""Grafana dashboards for JupyterHub user groups, and the command line that builds and deploys them."""
