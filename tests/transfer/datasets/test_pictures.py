"""A picture is read as it is, or refused by name."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.transfer.datasets.drawn import encoded, pixels
from transfer.datasets._pictures import decoded, picture
from transfer.errors import EnvironmentProblem

COLOURED, GRAY = pixels(9, 7, 3), pixels(9, 7)


def refused(data, name="img/x"):
    with pytest.raises(EnvironmentProblem) as problem:
        picture(data, name)
    text = str(problem.value)
    assert text.startswith(f"error[{problem.value.code}]: {name}: ") and len(text.splitlines()) == 1
    return problem.value.code, problem.value.text


@pytest.mark.parametrize("kind", ["PNG", "BMP", "PPM", "WEBP"])
def test_formats_without_loss_give_the_bytes_that_were_drawn(kind):
    more = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(picture(encoded(COLOURED, kind, **more), "x"), COLOURED)
    if kind != "WEBP":
        assert np.array_equal(picture(encoded(GRAY, kind), "x")[:, :, 0], GRAY)


def test_palettes_and_bits_are_the_colours_that_they_stand_for():
    flat = np.zeros((4, 4, 3), np.uint8)
    flat[:2] = (250, 3, 77)
    file = io.BytesIO()
    Image.fromarray(flat).quantize(4).save(file, "PNG")
    assert np.array_equal(picture(file.getvalue(), "x"), flat)
    bits = io.BytesIO()
    Image.fromarray(flat[:, :, 0] > 0).save(bits, "PNG")
    assert np.array_equal(picture(bits.getvalue(), "x")[:, :, 0], (flat[:, :, 0] > 0) * 255)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "PPM", "WEBP", "GIF"])
@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_file_that_was_cut_off_is_refused(kind, cut):
    code, text = refused(encoded(pixels(40, 40, 3), kind)[:-cut])
    assert code == {"PNG": "D043", "JPEG": "D044"}.get(kind, "D047")
    assert "truncated" in text or "not an image" in text


def test_a_png_without_its_end_is_named_although_pillow_loads_it():
    data = encoded(COLOURED)
    Image.open(io.BytesIO(data[:-12])).load()
    assert refused(data[:-12]) == ("D043", "img/x: truncated (no IEND chunk at its end)")


def test_a_jpeg_with_a_whole_preview_and_half_a_picture_is_cut_off():
    data = encoded(pixels(40, 40, 3), "JPEG")
    preview = b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data
    assert picture(data[:2] + preview + data[2:], "x").shape == (40, 40, 3)
    assert refused(data[:2] + preview + data[2:-300])[0] == "D044"


def test_what_is_no_picture_is_refused():
    for data in (b"label,file\n", b"", b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"\x00" * 99):
        assert refused(data)[0] == "D047"


def bomb(side):
    """A PNG that says it is large, with one row in it."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(side + 1))), (b"IEND", b""))
    parts = [
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held)) for kind, held in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [7_100, 12_000, 20_000])
def test_a_picture_that_would_fill_the_memory_is_refused_unopened(side):
    assert refused(bomb(side)) == ("D046", f"img/x: {side**2 / 1e6:.0f} million pixels; limit 50 million")


def animation():
    file = io.BytesIO()
    frames = [Image.fromarray(pixels(8, 8, 3, seed=seed)) for seed in (1, 2)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def deep_png():
    """A PNG of 16 bits a colour, which Pillow reads as 8 bits without a word."""
    row = bytes(1 + 2 * 3 * 2)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 2)),
        (b"IEND", b""),
    )
    parts = [
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held)) for kind, held in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_what_would_be_changed_by_reading_it_is_refused():
    assert refused(animation()) == ("D049", "img/x: 2 frames; only still images")
    assert refused(deep_png()) == ("D049", "img/x: 16 bits a channel not supported; convert to 8")
    gray16 = encoded(pixels(4, 4).astype(np.uint16) * 257)
    assert refused(gray16) == ("D049", "img/x: 16 bits a channel not supported; convert to 8")
    cmyk = io.BytesIO()
    Image.fromarray(COLOURED).convert("CMYK").save(cmyk, "JPEG")
    assert refused(cmyk.getvalue()) == ("D049", "img/x: mode CMYK not supported; convert to RGB or gray")
    assert refused(encoded(pixels(4, 4, 4))) == ("D049", "img/x: mode RGBA not supported; convert to RGB or gray")
    assert refused(encoded(COLOURED, transparency=(0, 0, 0)))[1].startswith("img/x: transparent pixels not supported")


def read_all(files, size=None):
    return decoded([f"img/{place}.png" for place in range(len(files))], files.__getitem__, size)


def test_pictures_of_several_sizes_are_counted_and_the_first_is_named():
    files = [encoded(pixels(8, 8, 3))] * 5 + [encoded(pixels(9, 8, 3))] * 2
    with pytest.raises(
        EnvironmentProblem, match=r"D048.*2 of 7 images are not 8x8 \(first: img/5.png 8x9\)\. Add 'size:'"
    ):
        read_all(files)
    assert read_all(files, size=6).shape == (7, 3, 6, 6)


def test_gray_among_colours_has_three_equal_channels():
    made = read_all([encoded(GRAY), encoded(COLOURED)])
    assert np.array_equal(made[0], np.stack([GRAY] * 3))
    assert np.array_equal(made[1], COLOURED.transpose(2, 0, 1))
    assert read_all([encoded(GRAY)] * 2).shape == (2, 1, 9, 7)


def test_a_size_cuts_the_middle_square_and_averages():
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:, 2:6] = 200
    made = read_all([encoded(wide)], size=2)
    assert made.shape == (1, 3, 2, 2) and (made == 200).all()


def test_many_pictures_keep_their_order_and_the_first_that_is_broken_is_named():
    files = [encoded(np.full((2, 2), place % 256, np.uint8)) for place in range(700)]
    assert read_all(files)[:, 0, 0, 0].tolist() == [place % 256 for place in range(700)]
    files[300] = files[600] = b"none"
    with pytest.raises(EnvironmentProblem, match=r"D047.*img/300\.png"):
        read_all(files)
