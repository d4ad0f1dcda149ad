"""Tests of dashboards/reading."""
