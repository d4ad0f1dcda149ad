"""Tests of dashboards/evaluate."""
