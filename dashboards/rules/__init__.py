"""Prometheus' rules, recording and alerting, from the same named queries as the boards."""
