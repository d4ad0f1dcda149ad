"""Dashboards in the forms in which others have them: v1, v2, resources, ConfigMaps."""

TITLE = "Hauptspeicher – größer"


def v1(uid="hub", **more):
    panel = {"id": 1, "type": "timeseries", "title": "Memory", "targets": [{"expr": "up"}]}
    return {"uid": uid, "title": TITLE, "schemaVersion": 39, "panels": [panel], **more}


def panel_v2(number, kind="timeseries", expr="up", *, beta=True):
    """Return an element as Grafana 12.4 writes it: v2beta1, or v2alpha1."""
    query = {"kind": "DataQuery", "group": "prometheus", "version": "v0"}
    if beta:
        query |= {"datasource": {"name": "${datasource}"}, "spec": {"expr": expr}}
        shown = {"kind": "VizConfig", "group": kind, "version": "12.4.0"}
        beside = {}
    else:
        query = {"kind": "prometheus", "spec": {"expr": expr}}
        shown = {"kind": kind}
        beside = {"datasource": {"type": "prometheus", "uid": "${datasource}"}}
    spec = {"query": query, "refId": "A", "hidden": False, **beside}
    data = {
        "queries": [{"kind": "PanelQuery", "spec": spec}],
        "transformations": [],
        "queryOptions": {"interval": "1h", "maxDataPoints": 100},
    }
    defaults = {"unit": "bytes"}
    shown["spec"] = {"options": {}, "fieldConfig": {"defaults": defaults, "overrides": []}}
    return {
        "kind": "Panel",
        "spec": {
            "id": number,
            "title": f"Panel {number}",
            "description": "d",
            "links": [],
            "data": {"kind": "QueryGroup", "spec": data},
            "vizConfig": shown,
        },
    }


def grid(*names, height=8):
    items = [
        {
            "kind": "GridLayoutItem",
            "spec": {
                "x": 0,
                "y": number * height,
                "width": 12,
                "height": height,
                "element": {"kind": "ElementReference", "name": name},
            },
        }
        for number, name in enumerate(names)
    ]
    return {"kind": "GridLayout", "spec": {"items": items}}


def auto_grid(*names, **spec):
    items = [
        {
            "kind": "AutoGridLayoutItem",
            "spec": {"element": {"kind": "ElementReference", "name": name}},
        }
        for name in names
    ]
    return {"kind": "AutoGridLayout", "spec": {"items": items, **spec}}


def row(title, layout, **more):
    spec = {"title": title, "layout": layout, **more}
    return {"kind": "RowsLayoutRow", "spec": spec}


def rows(*several):
    return {"kind": "RowsLayout", "spec": {"rows": list(several)}}


def tabs(**layouts):
    several = [
        {"kind": "TabsLayoutTab", "spec": {"title": title, "layout": layout}}
        for title, layout in layouts.items()
    ]
    return {"kind": "TabsLayout", "spec": {"tabs": several}}


def spec_v2(layout=None, count=2, *, beta=True, **more):
    elements = {f"panel-{n}": panel_v2(n, beta=beta) for n in range(1, count + 1)}
    return {
        "title": TITLE,
        "elements": elements,
        "layout": layout or grid(*elements),
        "variables": [],
        "annotations": [],
        "timeSettings": {"from": "now-7d", "to": "now", "autoRefresh": "5m"},
        "tags": ["lab"],
        "cursorSync": "Crosshair",
        **more,
    }


def resource(spec, version="v2beta1", name="hub"):
    return {
        "apiVersion": f"dashboard.grafana.app/{version}",
        "kind": "Dashboard",
        "metadata": {"name": name},
        "spec": spec,
    }


def config_map(name="boards", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def operator(**spec):
    group = "grafana.integreatly.org/v1beta1"
    named = {"name": "op"}
    return {"apiVersion": group, "kind": "GrafanaDashboard", "metadata": named, "spec": spec}
