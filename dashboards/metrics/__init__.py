"""The contract for every metric that boards and rules read: a module for each program that has it.

A query names a metric by its value here, ``cadvisor.CONTAINER_CPU_USAGE_SECONDS_TOTAL``, so that
from a query one jump leads to what the metric is. Names are written whole, each once: searching for
one finds it. ``contract`` has them all together; what the linter knows, what the scrape jobs in
``provisioning/`` keep, what the demo simulates and a page of the documentation are made of it, or
held to it by tests.
"""
