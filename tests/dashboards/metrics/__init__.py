"""Tests of the metric contract."""
