"""What to say of kinds that a later Grafana may have added to schema v2."""

from dashboards.reading.values import ReadError


def unknown(what: str, kind: object) -> ReadError:
    """Return ``has a layout of the kind 'FlowLayout', which is not known.`` as an error."""
    article = "an" if what.startswith("element") else "a"
    if kind is None:
        return ReadError(f"has {article} {what} without a kind.")
    return ReadError(f"has {article} {what} of the kind {kind!r}, which is not known.")
