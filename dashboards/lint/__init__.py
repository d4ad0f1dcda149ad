"""What makes a dashboard wrong, or hard to live with: rules for any Grafana dashboard.

A rule is one decorated function (``registry.rule``) in ``dashboards.lint.rules``; ``model`` is what
it looks at, ``check`` runs them all, ``sources`` finds dashboards in files and in Grafana.
"""
