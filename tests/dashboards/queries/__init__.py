"""Tests of dashboards/queries."""
