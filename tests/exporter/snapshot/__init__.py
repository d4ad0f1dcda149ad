"""Tests of exporter/snapshot."""
