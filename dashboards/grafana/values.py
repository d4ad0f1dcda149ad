"""What Grafana's API returns, as values: folders, dashboards and their versions."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.schema.values import Json


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of Grafana's; ``parent_uid`` is "" at the top level."""

    uid: str
    title: str
    parent_uid: str = ""


@dataclass(frozen=True, slots=True)
class Existing:
    """A dashboard as Grafana has it.

    ``folder_uid`` is "" at the top level. ``provisioned_from`` is the name of the file that the
    dashboard comes from, "" if Grafana does not say which; None for one saved through the API.
    """

    content: Json
    folder_uid: str
    folder_title: str
    version: int
    provisioned_from: str | None
    updated_by: str = ""
    updated: str = ""
    """When it was saved last: ``2026-03-20T12:00:00Z``."""


@dataclass(frozen=True, slots=True)
class Manager:
    """The tool that manages a dashboard instead of people, as Grafana keeps it.

    ``kind`` is Grafana's word: ``plugin``, ``repo`` (Git Sync), ``terraform``, ``kubectl``;
    ``identity`` the plugin's id, the repository's name, or "".
    """

    kind: str
    identity: str = ""


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source that a login sees; boards and queries find it by its uid."""

    uid: str
    name: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A series' labels and its value at a moment."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A dashboard in a list of search results."""

    uid: str
    title: str
    folder_uid: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version in a dashboard's history; ``content`` is empty where a list does not have it."""

    number: int
    message: str
    content: Json
