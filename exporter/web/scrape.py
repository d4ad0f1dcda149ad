"""What a scrape gets: the kept page in the form that was asked for, and the exporter on itself."""

from collections.abc import Sequence

from exporter.core.self_metrics import SelfMetrics
from exporter.refresh import Served
from exporter.web.negotiation import choose_format, takes_gzip


def scrape(
    served: Served, accept: str, accept_encoding: str
) -> tuple[dict[str, str], Sequence[bytes]]:
    """Return headers and the body in parts, by the headers Accept and Accept-Encoding."""
    encode, content_type = choose_format(accept)
    end = encode(SelfMetrics(served.status))
    headers = {
        "Content-Type": content_type,
        "Vary": "Accept, Accept-Encoding, Authorization",
        "Cache-Control": "no-store",
    }
    if served.page is None:
        return headers, (end,)
    if takes_gzip(accept_encoding):
        return {**headers, "Content-Encoding": "gzip"}, served.page.gzipped(end)
    return headers, served.page.identity(end)
