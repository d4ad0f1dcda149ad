"""Tests of dashboards/grafana."""
