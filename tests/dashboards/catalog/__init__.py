"""Tests of dashboards/catalog."""
