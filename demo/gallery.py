"""A picture of every board, from the demo's data: what docs/gallery.md shows."""

import hashlib
import io
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from dashboards import catalog
from dashboards.evaluate import data, variables
from dashboards.evaluate.model import PanelData, TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.kit import boards
from dashboards.report import page
from dashboards.schema.values import Json
from demo import history, recorded
from demo.errors import DemoError
from demo.world import make_world
from exporter.resending import Client
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus

NOW = datetime(2026, 3, 20, 15, 0, tzinfo=UTC)
"""A Friday afternoon; always the same, so that pictures change when boards do."""

DAYS = 30
SHOWN = timedelta(days=7)

FOLDER = "gallery"
DIGEST = "groupscope-panels"
"""The name of a picture's text that says of which panels it was made."""

EXTRACTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "user-groups": (
            *("At a glance", "People who took part", "People with a server now", "CPU-hours"),
            *("Memory GiB-hours", "GPU-hours", "Home directories", "Membership gaps"),
            *("Users not counted", "Use", "Memory", "CPU"),
        ),
        "requests": (
            "CPU used of requested, whole range",
            "Memory used of requested, whole range",
        ),
    }
)
"""What the README shows of the User groups board, in docs/assets: a picture → rows and panels."""

ASSETS = "assets"

_WIDTH, _HIGHEST = 1440, 16_000
_COLORS = 128
_ROWS = 12


def digest(board: Json) -> str:
    """Return what tells whether a picture is still of the board: its panels and their places."""
    shown = [(panel["type"], panel.get("title"), panel["gridPos"]) for panel in data.panels(board)]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


def write(docs: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Write the pictures of these boards, all if none is named; yield each file.

    Raises DemoError, PrometheusError.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise DemoError("chromium cannot be found. Install it: apt-get install chromium")
    with (
        tempfile.TemporaryDirectory(prefix="groupscope-gallery-") as scratch,
        _asked(Path(scratch)) as prometheus,
    ):
        for target, board in _shown(names or catalog.names()):
            html = Path(scratch) / "board.html"
            html.write_text(_page(board, prometheus), "utf-8")
            file = docs / f"{target}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(_small(_photographed(chromium, html), digest(board)))
            yield file


def _shown(names: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """Yield each picture's place in docs/ and what it is of."""
    for name in names:
        yield f"{FOLDER}/{name}", catalog.load(name, recorded=True)
    if boards.USER_GROUPS.name in names:
        yield from ((f"{ASSETS}/{name}", extract(name)) for name in EXTRACTS)


def extract(name: str) -> Json:
    """Return the User groups board with no more than an extract's rows and panels."""
    board = catalog.load(boards.USER_GROUPS.name, recorded=True)
    panels = [panel for panel in board["panels"] if panel["title"] in EXTRACTS[name]]
    return {**board, "panels": panels}


@contextmanager
def _asked(folder: Path) -> Iterator[Prometheus]:
    """Yield a Prometheus on the demo's month."""
    world, blocks = make_world(NOW.timestamp(), DAYS), folder / "data"
    history.write(world, blocks)
    recorded.write(world, blocks)
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n", "utf-8")
    with Processes(folder) as processes, Client(timeout=120, trust_env=False) as client:
        yield Prometheus(client, start_prometheus(processes, config, blocks, free_port(0)))


def _page(board: Json, prometheus: Prometheus) -> str:
    span = TimeRange(NOW - SHOWN, NOW)
    choices = variables.resolve(board, {}, prometheus, span)
    found = data.collect(board, choices, span, prometheus)
    for one in found:
        if one.error:
            raise DemoError(f"{board['title']}, {one.title}: {one.error}")
    return page.page(board, [_begun(one) for one in found], choices, span, NOW)


def _begun(one: PanelData) -> PanelData:
    """Return a panel with no more of its table than its beginning."""
    if one.table is None:
        return one
    return replace(one, table=replace(one.table, rows=one.table.rows[:_ROWS]))


def _photographed(chromium: str, html: Path) -> Image.Image:
    """Return the page as a browser shows it, without what is empty below it."""
    shot = html.with_suffix(".png")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
    size = f"--window-size={_WIDTH},{_HIGHEST}"
    profile = f"--user-data-dir={html.parent / 'profile'}"
    # Light, whatever this machine prefers.
    light = "--blink-settings=preferredColorScheme=1"
    command = [chromium, *flags.split(), size, profile, light, f"--screenshot={shot}"]
    done = subprocess.run([*command, html.as_uri()], capture_output=True, text=True, check=False)
    if done.returncode or not shot.exists():
        raise DemoError(f"chromium makes no picture: {done.stderr.strip()[-500:]}")
    with Image.open(shot) as picture:
        whole = picture.convert("RGB")
    ground = Image.new("RGB", whole.size, whole.getpixel((0, 0)))
    box = ImageChops.difference(whole, ground).getbbox()
    return whole.crop((0, 0, whole.width, box[3] + 16)) if box else whole


def _small(picture: Image.Image, of: str) -> bytes:
    """Return a picture as a PNG of few colors, which says of which panels it is."""
    out, said = io.BytesIO(), PngInfo()
    said.add_text(DIGEST, of)
    # The colors of thin lines are few pixels, and have to stay apart all the same.
    few = picture.quantize(_COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True, pnginfo=said)
    return out.getvalue()
