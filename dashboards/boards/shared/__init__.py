"""Panels that stand on more than one board."""
