"""A board as one HTML page, rendered straight from Prometheus: no Grafana needed.

The canonical dict goes in (``dashboards.catalog``), text comes out. ``interpolate`` and
``variables`` make the queries as Grafana would, ``prometheus`` asks, ``data`` and ``tables`` hold
the answers as values, ``plots``, ``panels`` and ``page`` draw them.
"""
