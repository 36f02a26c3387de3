"""Pictures of common formats as bytes: what is broken, or would be changed by reading it, is refused by name."""

import io
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from transfer.errors import EnvironmentProblem

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".webp", ".gif")
FORMATS = ("PNG", "JPEG", "BMP", "PPM", "WEBP", "GIF")
LARGEST = 50_000_000  # pixels of one picture
CHUNK = 256  # pictures that a thread decodes at a time
PNG_END = b"IEND\xaeB`\x82"
JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
# Our own limit is lower than Pillow's and refuses what Pillow warns of.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


def decoded(names: Sequence[str], read: Callable[[int], bytes], size: int | None) -> NDArray[np.uint8]:
    """The pictures that `read` gives by their number, as NCHW; cut square and resized to `size` where it is given.

    Where some have colours, the gray ones get three equal channels. Raises EnvironmentProblem for the first picture
    that cannot be used, or where they differ in size.
    """

    def chunk(start: int) -> list[NDArray[np.uint8]]:
        numbers = range(start, min(start + CHUNK, len(names)))
        return [picture(read(number), names[number], size) for number in numbers]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        chunks = pool.map(chunk, range(0, len(names), CHUNK))
        pictures = [one for chunk in chunks for one in chunk]
    _check_sizes(names, pictures)
    channels = max((one.shape[2] for one in pictures), default=1)
    shape = (len(pictures), channels, *(pictures[0].shape[:2] if pictures else (0, 0)))
    made = np.empty(shape, np.uint8)
    for place, one in enumerate(pictures):
        made[place] = one.transpose(2, 0, 1)
    return made


def picture(data: bytes, name: str, size: int | None = None) -> NDArray[np.uint8]:
    """The bytes of one picture: height, width and one or three channels."""
    try:
        opened = Image.open(io.BytesIO(data), formats=FORMATS)
        _check_form(opened, data, name)
        shown = opened.convert("RGB") if opened.mode == "P" else opened.convert("L") if opened.mode == "1" else opened
        shown.load()
    except Image.DecompressionBombError as problem:
        raise _bomb(name, int(re.findall(r"\d+", str(problem))[0])) from None
    except UnidentifiedImageError:
        raise EnvironmentProblem("D047", f"{name}: not an image that is read here ({', '.join(FORMATS)})") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as problem:  # Pillow raises each of these
        code = "D044" if data.startswith(b"\xff\xd8") else "D043" if data.startswith(b"\x89PNG") else "D047"
        raise EnvironmentProblem(code, f"{name}: truncated or damaged ({problem})") from None
    if size:
        side = min(shown.size)
        left, top = (shown.width - side) // 2, (shown.height - side) // 2
        # Cut first: resized from a box, the pixels around it would be mixed in.
        square = shown.crop((left, top, left + side, top + side))
        shown = square.resize((size, size), Image.Resampling.BILINEAR)
    pixels = np.asarray(shown)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def _check_form(opened: Image.Image, data: bytes, name: str) -> None:
    """What can be told before anything is unpacked, and what Pillow would change or overlook without a word."""
    if opened.width * opened.height > LARGEST:
        raise _bomb(name, opened.width * opened.height)
    if opened.format == "PNG" and not data.endswith(PNG_END):
        raise EnvironmentProblem("D043", f"{name}: truncated (no IEND chunk at its end)")
    # A preview picture in front has an end of its own: the end of the last scan is meant.
    if opened.format == "JPEG" and JPEG_END not in data[data.rfind(JPEG_SCAN) :]:
        raise EnvironmentProblem("D044", f"{name}: truncated (no end-of-image marker)")
    if opened.format == "GIF" and not data.rstrip(b"\0").endswith(b";"):
        raise EnvironmentProblem("D047", f"{name}: truncated (no trailer)")
    frames = getattr(opened, "n_frames", 1)
    if frames > 1:
        raise EnvironmentProblem("D049", f"{name}: {frames} frames; only still images")
    if opened.format == "PNG" and data[24] == 16:
        raise EnvironmentProblem("D049", f"{name}: 16 bits a channel not supported; convert to 8")
    if opened.mode not in ("L", "RGB", "P", "1"):
        raise EnvironmentProblem("D049", f"{name}: mode {opened.mode} not supported; convert to RGB or gray")
    if "transparency" in opened.info:
        raise EnvironmentProblem("D049", f"{name}: transparent pixels not supported; convert to RGB or gray")


def _bomb(name: str, pixels: int) -> EnvironmentProblem:
    text = f"{pixels / 1e6:.0f} million pixels; limit {LARGEST // 10**6} million"
    return EnvironmentProblem("D046", f"{name}: {text}")


def _check_sizes(names: Sequence[str], pictures: Sequence[NDArray[np.uint8]]) -> None:
    sizes = Counter(one.shape[:2] for one in pictures)
    if len(sizes) < 2:
        return
    (height, width), _ = sizes.most_common(1)[0]
    others = [(name, one.shape) for name, one in zip(names, pictures, strict=True) if one.shape[:2] != (height, width)]
    (name, shape), count = others[0], f"{len(others):,} of {len(pictures):,} images are"
    text = f"{count} not {width}x{height} (first: {name} {shape[1]}x{shape[0]}). Add 'size:' to cut and resize them"
    raise EnvironmentProblem("D048", text)
