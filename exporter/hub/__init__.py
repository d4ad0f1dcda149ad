"""The hub's REST API: requests, answers as values, and what goes wrong."""
