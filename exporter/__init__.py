"""JupyterHub service that serves group memberships to Prometheus."""
