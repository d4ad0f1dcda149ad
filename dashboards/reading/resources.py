"""Dashboards in a document: bare, as an API answers, or in resources of Kubernetes and Grafana."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboards.reading import lines, schema_v2
from dashboards.reading.documents import Document, at, decoded, loaded
from dashboards.reading.packed import gunzipped, is_gzip, unpacked
from dashboards.reading.values import Found, LineOf, Path, ReadError, Unread, no_line
from dashboards.schema.values import Json, mapping, objects, text

_V2 = "dashboard.grafana.app/v2"


@dataclass(frozen=True)
class _Place:
    """A part of a file, and how it is called."""

    file: str
    within: str = ""
    line_of: LineOf = no_line
    text_at: LineOf = no_line

    def below(self, *path: str | int) -> "_Place":
        return replace(self, line_of=at(self.line_of, path), text_at=at(self.text_at, path))

    def called(self, *names: str) -> "_Place":
        return replace(self, within=", ".join(filter(None, (self.within, *names))))

    def unread(self, reason: str) -> Unread:
        return Unread(self.file, reason, self.within, self.line_of(()))


def dashboard(content: object) -> Json | None:
    """Return the v1 dict of one dashboard, bare or wrapped; None if it is something else.

    Raises ReadError if it is one that cannot be read.
    """
    inside = [*_in(content, _Place(""))]
    for each in inside:
        if isinstance(each, Unread):
            raise ReadError(each.reason)
        return each.board
    return None


def dashboards(document: Document, file: str, number: int = 0) -> Iterator[Found | Unread]:
    """Yield a document's dashboards, and what of it should be one and cannot be read.

    ``number`` is the document's, from 1, if the file has several.
    """
    place = _Place(file, line_of=document.line_of, text_at=document.text_at)
    inside = [*_in(document.content, place)]
    for each in inside:
        # Without a name of its own it is known by its number.
        nameless = number and not each.within
        yield replace(each, within=f"document {number}") if nameless else each


def _in(content: object, place: _Place) -> Iterator[Found | Unread]:
    if not isinstance(content, dict):
        return
    kind, group = text(content.get("kind")), text(content.get("apiVersion"))
    items = content.get("items")
    if isinstance(items, list) and kind.endswith("List"):
        for number, item in enumerate(items):
            name = "" if _name(item) else f"item {number + 1}"
            yield from _in(item, place.below("items", number).called(name))
    elif kind in ("ConfigMap", "Secret"):
        yield from _of_config_map(content, place.called(f"{kind} {_name(content)}".strip()))
    elif kind == "GrafanaDashboard":
        yield from _of_operator(content, place.called(f"{kind} {_name(content)}".strip()))
    elif group.startswith("dashboard.grafana.app/") and isinstance(content.get("spec"), dict):
        # On its own in a file, the file's name says enough.
        named = place.called(f"Dashboard {_name(content)}") if place.within else place
        yield from _of_spec(content, named.below("spec"), group)
    else:
        yield from _bare_or_wrapped(content, place)


def _bare_or_wrapped(content: Mapping[str, Any], place: _Place) -> Iterator[Found | Unread]:
    if _is_v1(content):
        yield Found(dict(content), place.file, place.within, place.line_of)
    elif schema_v2.is_one(content):
        yield _converted(content, "", place)
    elif isinstance(content.get("spec"), dict):
        yield from _of_spec(content, place.below("spec"), "")
    else:
        # Grafana's API answers with "dashboard", grafana.com's with "json".
        for key in ("dashboard", "json"):
            inner = content.get(key)
            if isinstance(inner, dict):
                yield from _bare_or_wrapped(inner, place.below(key))


def _of_spec(content: Mapping[str, Any], place: _Place, group: str) -> Iterator[Found | Unread]:
    """Yield a resource's dashboard; its uid is the resource's name."""
    spec, name = mapping(content.get("spec")), _name(content)
    if schema_v2.is_one(spec) or group.startswith(_V2):
        yield _converted(spec, name, place)
    elif _is_v1(spec) or group:
        board = {**spec, "uid": name} if name else dict(spec)
        yield Found(board, place.file, place.within, place.line_of)


def _converted(spec: Mapping[str, Any], name: str, place: _Place) -> Found | Unread:
    try:
        board, origins = schema_v2.converted(spec)
    except ReadError as error:
        return place.unread(str(error))

    def line_of(path: Path) -> int:
        return place.line_of(origins[path]) if path in origins else 0

    board = {"uid": name, **board} if name else board
    return Found(board, place.file, place.within, line_of)


def _of_config_map(content: Mapping[str, Any], place: _Place) -> Iterator[Found | Unread]:
    """Yield the dashboards among a ConfigMap's files, as Grafana's sidecar would find them."""
    secret = content.get("kind") == "Secret"
    for part, packed in (("data", secret), ("stringData", False), ("binaryData", True)):
        for key, value in mapping(content.get(part)).items():
            if not isinstance(value, str):
                continue
            inside = place.below(part, key).called(key)
            try:
                raw = unpacked(value, zipped=False) if packed else value
            except ReadError as error:
                if key.endswith(".json"):
                    yield inside.unread(str(error))
                continue
            yield from _of_text(raw, inside, expected=key.endswith((".json", ".json.gz")))


def _of_operator(content: Mapping[str, Any], place: _Place) -> Iterator[Found | Unread]:
    """Yield the dashboard of grafana-operator's resource: in it as a text, or packed."""
    spec = mapping(content.get("spec"))
    # The operator replaces what an export for sharing leaves open.
    inputs = {text(each.get("inputName")) for each in objects(spec.get("datasources"))}
    for key in ("json", "gzipJson"):
        value = spec.get(key)
        if isinstance(value, str) and value:
            inside = place.below("spec", key)
            try:
                raw = unpacked(value, zipped=True) if key == "gzipJson" else value
            except ReadError as error:
                yield inside.unread(str(error))
                return
            for each in _of_text(raw, inside, expected=True):
                yield _filled(each, inputs, spec) if isinstance(each, Found) else each
            return
    elsewhere = next((key for key in _ELSEWHERE if spec.get(key)), "")
    yield place.unread(_ELSEWHERE.get(elsewhere, "holds no dashboard: it has no spec.json."))


_ELSEWHERE = {
    "url": "names a dashboard at a URL (spec.url): download it and name the file.",
    "grafanaCom": "names a dashboard of grafana.com (spec.grafanaCom): download it and name the "
    "file.",
    "configMapRef": "names a ConfigMap (spec.configMapRef): name the ConfigMap's file.",
    "jsonnet": "is written in Jsonnet (spec.jsonnet): render it and name the JSON.",
    "jsonnetLib": "is written in Jsonnet (spec.jsonnetLib): render it and name the JSON.",
}


def _filled(found: Found, inputs: set[str], spec: Mapping[str, Any]) -> Found:
    board = dict(found.board)
    left = [each for each in objects(board.get("__inputs")) if each.get("name") not in inputs]
    if "__inputs" in board and inputs:
        board.pop("__inputs")
        board |= {"__inputs": left} if left else {}
    if uid := text(spec.get("uid")):
        board["uid"] = uid
    return replace(found, board=board)


def _of_text(raw: str | bytes, place: _Place, *, expected: bool) -> Iterator[Found | Unread]:
    """Yield the dashboards of a text within a document."""
    try:
        if isinstance(raw, bytes):
            raw = decoded(gunzipped(raw) if is_gzip(raw) else raw)
        content = loaded(raw.removeprefix("\ufeff"))
    except ReadError as error:
        if expected:
            yield place.unread(str(error))
        return
    first, whole = place.text_at(()), place.line_of(())
    inner = lines.of_json(raw, first) if first else (lambda _: whole)
    yield from _bare_or_wrapped(mapping(content), replace(place, line_of=inner, text_at=no_line))


def _is_v1(content: Mapping[str, Any]) -> bool:
    if isinstance(content.get("panels"), list) or isinstance(content.get("rows"), list):
        return True
    # One without panels yet, or whose panels are no list.
    others = ("panels", "rows", "schemaVersion", "templating", "annotations")
    return isinstance(content.get("title"), str) and sum(key in content for key in others) > 1


def _name(content: object) -> str:
    return text(mapping(mapping(content).get("metadata")).get("name"))
