"""Tests of dashboards/deploy."""
