"""The backend of the Grafana app ``groupscope-jupyterhub-app``: the exporter's core, in Grafana."""

APP_ID = "groupscope-jupyterhub-app"
