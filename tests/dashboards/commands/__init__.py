"""Tests of dashboards/commands."""
