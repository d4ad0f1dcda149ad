"""Tests of dashboards/lint."""
