"""What all figures share: fonts that know every name, no reading of `$` as mathematics, equal bytes on every run."""

import functools
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ft2font import FT2Font

from analysis.text import printable
from transfer.errors import TransferError

FONT = "DejaVu Sans"  # comes with matplotlib
INK = "#1a1a1a"
FAINT = "#5f5f5f"
DPI = 200
SETTINGS = {
    "font.size": 9,
    "text.parse_math": False,
    "text.color": INK,
    "axes.unicode_minus": False,
    "pdf.fonttype": 42,  # journals refuse Type 3
    "svg.fonttype": "path",
    "svg.hashsalt": "transfer",
    "hatch.linewidth": 0.6,
}
# Nothing that differs between two runs: no date, and no version that would differ between two machines.
UNDATED = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


@contextmanager
def paper(text: str) -> Iterator[None]:
    """Matplotlib set up the same everywhere, with fonts for the characters of `text`."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update({**SETTINGS, "font.family": [FONT, *_fonts_for(text)]})
            yield
    finally:
        logger.setLevel(level)


def lettered(text: str) -> str:
    """A text as it can be drawn here: a character that no font on this machine has is spelled as its code point."""
    missing = unknown(text)
    return "".join(one.encode("unicode_escape").decode() if one in missing else one for one in printable(text))


def unknown(text: str) -> str:
    """The characters that no font on this machine can draw."""
    fonts = [FONT, *_fonts_for(text)]
    return "".join(
        sorted(one for one in set(printable(text)) if not any(ord(one) in _characters(font) for font in fonts))
    )


def save(figure: Figure, path: Path) -> None:
    """Writes a figure in the format that its file's ending names; equal figures give equal bytes."""
    kind = path.suffix.removeprefix(".").lower()
    if kind not in UNDATED:
        raise TransferError("Q090", f"{path}: no picture ends in {path.suffix!r}. Known: .png, .pdf, .svg.")
    sink = io.BytesIO()
    figure.savefig(sink, format=kind, dpi=DPI, metadata=UNDATED[kind])
    try:
        path.write_bytes(sink.getvalue())
    except OSError as error:
        raise TransferError("Q090", f"cannot write {path}: {error.strerror}") from error


def extent(text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """How wide and high a text is drawn, in inches."""
    figure = Figure(dpi=100)
    canvas = FigureCanvasAgg(figure)
    box = figure.text(0, 0, text, fontsize=size, fontweight=weight).get_window_extent(canvas.get_renderer())
    return box.width / 100, box.height / 100


def folded(text: str, size: float, room: float, weight: str = "normal") -> list[str]:
    """A text in lines no wider than `room` inches."""
    lines: list[str] = []
    for word in text.split():
        if lines and extent(f"{lines[-1]} {word}", size, weight)[0] <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def cut(text: str, size: float, room: float) -> str:
    """A text that is at most `room` inches wide: what is too long loses its middle, where names differ least."""
    shown, left = text, len(text)
    while left > 2 and extent(shown, size)[0] > room:
        left -= 1
        shown = f"{text[: left - left // 3]}…{text[-(left // 3) :]}" if left >= 3 else text[:left]
    return shown


@functools.cache
def _characters(font: str) -> frozenset[int]:
    return frozenset(FT2Font(_files()[font]).get_charmap())


@functools.cache
def _files() -> dict[str, str]:
    upright = [entry for entry in fontManager.ttflist if entry.style == "normal" and entry.weight in (400, "normal")]
    # Of the fonts that come with matplotlib, one draws a box for every character and others put letters elsewhere.
    own = matplotlib.get_data_path()
    upright = [entry for entry in upright if entry.name in {FONT, "STIXGeneral"} or not entry.fname.startswith(own)]
    return {entry.name: entry.fname for entry in sorted(upright, key=lambda entry: (entry.name, entry.fname))}


@functools.cache
def _fonts_for(text: str) -> tuple[str, ...]:
    """The fonts of this machine that have what DejaVu Sans lacks, each only where it adds a character."""
    missing = {ord(one) for one in printable(text)} - _characters(FONT)
    chosen = []
    for font in _files():
        if missing and (adds := missing & _characters(font)):
            chosen.append(font)
            missing -= adds
    return tuple(chosen)
