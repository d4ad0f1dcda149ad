"""Which format a scraper gets, whatever it sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.negotiation import choose_format, takes_gzip

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# As each sends it by default.
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
    "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/html", TEXT),
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        ("application/openmetrics-text", OPENMETRICS),
        ("Application/OpenMetrics-Text; Version=1.0.0", OPENMETRICS),
        ("application/openmetrics-text;version=0.0.1", TEXT),
        ("application/openmetrics-text;version=99999", TEXT),
        ("application/openmetrics-text;version=x", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=0.1,text/plain;q=0.2", TEXT),
        ("text/plain;version=bad", TEXT),
        ("application/openmetrics-text;q=high", TEXT),
    ],
)
def test_format(accept, content_type):
    assert choose_format(accept)[1] == content_type


@pytest.mark.parametrize(
    ("header", "gzip"),
    [
        ("", False),
        ("identity", False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("x-gzip", False),
        ("gzip;q=much", False),
    ],
)
def test_gzip(header, gzip):
    assert takes_gzip(header) is gzip


@given(st.text(st.characters(codec="latin-1")))
def test_no_header_is_an_error(header):
    assert choose_format(header)[1] in {TEXT, OPENMETRICS}
    assert takes_gzip(header) in {True, False}
