"""Tests of dashboards/kit."""
