"""Tests of exporter/hub."""
