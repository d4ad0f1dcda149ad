"""Tests of app/backend."""
