"""Pictures of every kind: read right, with another library as the judge, or refused with a reason.

Pillow decodes with code of its own, so it is the judge of what a file holds.
"""

import io
import subprocess
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from augmentor.core.errors import BadSourceError
from augmentor.files.picture_headers import header_of
from augmentor.files.pictures import decoding, encode_pixels, read_pixels


def smooth(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    """Return a picture of soft colours, which survives lossy coding."""
    rows, columns = np.mgrid[:height, :width]
    red, green = 255 * columns / max(width - 1, 1), 255 * rows / max(height - 1, 1)
    return np.stack([red, green, 255 - (red + green) / 2], axis=2).astype(np.uint8)


def coded(picture: Image.Image, kind: str, **how: Any) -> bytes:
    """Return the bytes of a file."""
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def files() -> dict[str, tuple[bytes, str, int]]:
    """Return a file of each kind: its bytes, the mode that Pillow reads it in, steps of error."""
    colour = Image.fromarray(smooth())
    grey, clear = colour.convert("L"), colour.convert("RGBA")
    clear.putalpha(Image.fromarray(np.tile(np.arange(60, dtype=np.uint8), (40, 1))))
    palette = colour.quantize(16)
    cmyk = Image.fromarray(np.dstack([smooth(), smooth()[..., 0] // 3]), "CMYK")
    return {
        "colour.png": (coded(colour, "PNG"), "RGB", 0),
        "grey.png": (coded(grey, "PNG"), "L", 0),
        "bits.png": (coded(grey.convert("1"), "PNG"), "L", 0),
        "palette.png": (coded(palette, "PNG"), "RGB", 0),
        "clear palette.png": (coded(palette, "PNG", transparency=3), "RGB", 0),
        "clear.png": (coded(clear, "PNG"), "RGB", 0),
        "clear grey.png": (coded(clear.convert("LA"), "PNG"), "L", 0),
        "colour.jpg": (coded(colour, "JPEG"), "RGB", 3),
        "grey.jpg": (coded(grey, "JPEG"), "L", 1),
        "progressive.jpg": (coded(colour, "JPEG", progressive=True), "RGB", 3),
        "cmyk.jpg": (coded(cmyk, "JPEG", quality=95), "RGB", 3),
        "colour.bmp": (coded(colour, "BMP"), "RGB", 0),
        "palette.bmp": (coded(palette, "BMP"), "RGB", 0),
        "colour.webp": (coded(colour, "WEBP", lossless=True), "RGB", 0),
        "lossy.webp": (coded(colour, "WEBP"), "RGB", 3),
        "clear.webp": (coded(clear, "WEBP", lossless=True, exact=True), "RGB", 0),
        "palette.gif": (coded(palette, "GIF"), "RGB", 0),
        "colour.tif": (coded(colour, "TIFF"), "RGB", 0),
        "lzw.tif": (coded(colour, "TIFF", compression="tiff_lzw"), "RGB", 0),
        "deflate.tif": (coded(grey, "TIFF", compression="tiff_adobe_deflate"), "L", 0),
        "bits.tif": (coded(grey.convert("1"), "TIFF"), "L", 0),
        "white is 0.tif": (coded(grey.convert("1"), "TIFF", tiffinfo={262: 0}), "L", 0),
        "large.tif": (coded(colour, "TIFF", big_tiff=True), "RGB", 0),
        "colour.ppm": (coded(colour, "PPM"), "RGB", 0),
        "grey.pgm": (coded(grey, "PPM"), "L", 0),
    }


FILES = files()


def reason(path: Path, data: bytes | None = None, **how: Any) -> str:
    """Return why a file is refused."""
    if data is not None:
        path.write_bytes(data)
    with decoding(), pytest.raises(BadSourceError) as refused:
        read_pixels(path, **how)
    return str(refused.value)


@pytest.mark.parametrize("name", FILES)
def test_every_kind_is_read_as_pillow_reads_it(name: str, tmp_path: Path) -> None:
    """Colour as red, green, blue; grey stays grey; what is transparent is the colour below."""
    data, mode, steps = FILES[name]
    (tmp_path / "a").write_bytes(data)
    found = read_pixels(tmp_path / "a")
    picture = Image.open(io.BytesIO(data))
    wanted = np.asarray(picture.convert(mode))
    if mode == "RGB" and picture.mode == "RGBA":
        wanted = np.asarray(picture)[..., :3]
    assert (found.dtype, found.shape) == (np.uint8, wanted.shape)
    assert np.abs(found.astype(int) - wanted).max() <= steps


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 3)])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".pgm"])
def test_sixteen_bits_are_kept(shape: tuple[int, ...], suffix: str, tmp_path: Path) -> None:
    """Every one of 65,536 steps; grey is what Pillow reads too."""
    deep = np.random.Generator(np.random.Philox(key=1)).integers(0, 65536, shape).astype(np.uint16)
    path = tmp_path / ("a.ppm" if suffix == ".pgm" and len(shape) == 3 else f"a{suffix}")
    cv2.imwrite(str(path), deep[..., ::-1] if len(shape) == 3 else deep)
    np.testing.assert_array_equal(read_pixels(path), deep)
    if len(shape) == 2:
        np.testing.assert_array_equal(np.asarray(Image.open(path)), deep)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_pictures_are_turned_as_the_camera_was_held(kind: str, turn: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x112] = turn
    picture = Image.fromarray(smooth())
    (tmp_path / "a").write_bytes(coded(picture, kind, exif=exif, quality=95))
    exif_turned = ImageOps.exif_transpose(Image.open(tmp_path / "a"))
    wanted = np.asarray(exif_turned.convert("RGB")).astype(int)
    found = read_pixels(tmp_path / "a")
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF", "PPM"])
def test_one_pixel_is_a_picture(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(coded(Image.new("RGB", (1, 1), (200, 200, 200)), kind))
    found = read_pixels(tmp_path / "a")
    assert found.shape == (1, 1, 3)
    assert np.abs(found.astype(int) - 200).max() <= 3


@pytest.mark.parametrize(("kind", "width"), [("PNG", 65_000), ("JPEG", 65_000), ("BMP", 200_000)])
def test_thin_pictures_may_be_long(kind: str, width: int, tmp_path: Path) -> None:
    """It is the number of pixels that takes memory, not the side."""
    data = coded(Image.fromarray(np.full((8, width), 77, np.uint8)), kind)
    (tmp_path / "a").write_bytes(data)
    assert read_pixels(tmp_path / "a").shape[:2] == (8, width)


class TestSeveralInOne:
    """Which of several pictures is meant nobody knows: they are refused, not the first taken."""

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
    @pytest.mark.parametrize("count", [2, 5])
    def test_animations_and_pages_are_refused(self, kind: str, count: int, tmp_path: Path) -> None:
        frames = [Image.fromarray(np.roll(smooth(), at, axis=1)) for at in range(count)]
        data = coded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert Image.open(io.BytesIO(data)).n_frames == count
        assert reason(tmp_path / "a", data).startswith("several pictures in one file")

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
    def test_an_animation_of_one_is_a_picture(self, kind: str, tmp_path: Path) -> None:
        data = coded(Image.fromarray(smooth()), kind, save_all=True)
        (tmp_path / "a").write_bytes(data)
        assert read_pixels(tmp_path / "a").shape == (40, 60, 3)

    def test_a_small_copy_beside_the_picture_is_no_second_one(self, tmp_path: Path) -> None:
        """A page that a TIFF calls a reduced copy (bit 0 of tag 254)."""
        whole, small = Image.fromarray(smooth()), Image.fromarray(smooth(10, 15))
        small.encoderinfo = {"tiffinfo": {254: 1}}
        (tmp_path / "a").write_bytes(coded(whole, "TIFF", save_all=True, append_images=[small]))
        np.testing.assert_array_equal(read_pixels(tmp_path / "a"), smooth())


class TestRefused:
    """What is no picture, or not all of one."""

    @pytest.mark.parametrize("name", FILES)
    @settings(max_examples=25, deadline=None)
    @given(share=st.floats(0, 1, exclude_max=True))
    def test_what_is_cut_off_is_not_filled_up(
        self, name: str, share: float, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Cut anywhere it is refused, or nothing of the picture was cut."""
        data = FILES[name][0]
        path = tmp_path_factory.mktemp("cut") / "a"
        path.write_bytes(data)
        whole = read_pixels(path)
        path.write_bytes(data[: int(share * len(data))])
        with decoding():
            try:
                found = read_pixels(path)
            except BadSourceError as error:
                said = str(error)
            else:
                said = "empty"
                np.testing.assert_array_equal(found, whole)
        assert said.startswith(("truncated", "empty", "not a picture", "damaged"))

    def test_reasons(self, tmp_path: Path) -> None:
        """Each says what is wrong, and what would be right."""
        (tmp_path / "folder").mkdir()
        path = tmp_path / "a.png"
        assert reason(path) == "missing: no such file"
        assert reason(tmp_path / "folder") == "a folder, not a picture"
        assert reason(path, b"") == "empty: the file has 0 bytes"
        assert "of an unknown kind; wanted: PNG, JPEG" in reason(path, b"no picture\n" * 99)
        assert "of an unknown kind" in reason(path, b"<svg></svg>")
        assert "no WebP" in reason(path, b"RIFF" + bytes(4) + b"WAVEfmt ")
        jpeg = FILES["colour.jpg"][0]
        assert reason(path, jpeg[:-2]) == "truncated: the mark that ends a JPEG is missing"
        png = FILES["colour.png"][0]
        assert reason(path, png[:-4]) == "truncated: the part that ends a PNG is missing"
        floats = Image.fromarray(np.zeros((4, 4), np.float32))
        assert "float32 numbers" in reason(path, coded(floats, "TIFF"))

    def test_a_small_picture_in_the_header_is_not_the_end(self, tmp_path: Path) -> None:
        """A camera's JPEG holds a thumbnail that ends long before the picture does."""
        thumbnail = coded(Image.fromarray(smooth(8, 8)), "JPEG")
        data = FILES["colour.jpg"][0]
        part = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
        whole = data[:2] + part + data[2:]
        assert reason(tmp_path / "a", whole[: -len(data) // 2]).startswith("truncated")
        (tmp_path / "a").write_bytes(whole)
        assert read_pixels(tmp_path / "a").shape == (40, 60, 3)

    @settings(max_examples=300, deadline=None)
    @given(
        name=st.sampled_from(sorted(FILES)),
        changes=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6),
    )
    def test_any_damage_is_a_reason_or_a_picture(
        self,
        name: str,
        changes: list[tuple[int, int]],
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        """Nothing but a reason comes out of any bytes, and no more pixels than were allowed."""
        data = bytearray(FILES[name][0])
        for at, value in changes:
            data[at] = value
        path = tmp_path_factory.mktemp("damage") / "a"
        path.write_bytes(bytes(data))
        with decoding():
            try:
                found = read_pixels(path, most_px=10_000)
            except BadSourceError:
                return
        assert found.shape[0] * found.shape[1] <= 10_000


def claiming(width: int, height: int, bits: int, packed: bytes) -> bytes:
    """Return a grey PNG of a stated size, whatever is in it."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([bits, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(part).to_bytes(4, "big") + name + part + zlib.crc32(name + part).to_bytes(4, "big")
        for name, part in ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    )


PEAK = """
import sys
from pathlib import Path
import cv2, numpy
from augmentor.core.errors import BadSourceError
from augmentor.files.pictures import decoding, read_pixels
def peak_kib():  # of this process alone: getrusage's begins with its parent's
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
before = peak_kib()
with decoding():
    try:
        print(read_pixels(Path(sys.argv[1]), most_px=int(sys.argv[2])).shape)
    except BadSourceError as error:
        print(error)
print((peak_kib() - before) / 1024)
"""


class TestBombs:
    """Small files that would be huge pictures."""

    def peak(self, path: Path, most_px: int = 100_000_000) -> tuple[str, float]:
        """Return what is said of a file, and the MiB that reading it took."""
        ran = subprocess.run(
            [sys.executable, "-c", PEAK, str(path), str(most_px)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        said, peak_mib = ran.stdout.splitlines()
        return said, float(peak_mib)

    def test_a_size_that_is_only_claimed_is_not_believed(self, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(claiming(60_000, 60_000, 8, zlib.compress(bytes(999))))
        said, peak_mib = self.peak(tmp_path / "a.png")
        assert said.startswith("60000 x 60000 px, more than the 100 megapixels")
        assert "most_px" in said
        assert peak_mib < 30

    def test_a_real_one_is_not_decoded(self, tmp_path: Path) -> None:
        """50 kB that are 400 megapixels; where they are asked for, they take what they take."""
        rows = zlib.compress(bytes(20_000 * (1 + 20_000 // 8)), 9)
        (tmp_path / "a.png").write_bytes(claiming(20_000, 20_000, 1, rows))
        assert (tmp_path / "a.png").stat().st_size < 100_000
        said, peak_mib = self.peak(tmp_path / "a.png")
        assert said.startswith("20000 x 20000 px, more than")
        assert peak_mib < 30
        said, peak_mib = self.peak(tmp_path / "a.png", 400_000_000)
        assert said == "(20000, 20000)"
        assert peak_mib > 300

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF", "PPM"])
    def test_the_limit_holds_for_every_kind(self, kind: str, tmp_path: Path) -> None:
        """One pixel less than it has is too few; as many as it has will do."""
        data = coded(Image.fromarray(smooth()), kind)
        said = reason(tmp_path / "a", data, most_px=40 * 60 - 1)
        assert said.startswith("60 x 40 px, more than the 0.002399 megapixels")
        assert read_pixels(tmp_path / "a", most_px=40 * 60).shape == (40, 60, 3)

    def test_a_file_larger_than_any_picture_is_not_read(self, tmp_path: Path) -> None:
        """Its bytes alone would fill the memory; these are not even on the disk."""
        with (tmp_path / "a.png").open("wb") as file:
            file.truncate(20_000_000_000)
        said, peak_mib = self.peak(tmp_path / "a.png")
        assert said.startswith("20.0 GB, more than any picture of 100 megapixels")
        assert peak_mib < 30


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF", "PPM"]),
    width=st.integers(1, 700),
    height=st.integers(1, 700),
)
def test_sizes_are_known_before_decoding(kind: str, width: int, height: int) -> None:
    """As Pillow reads them from the same bytes."""
    data = coded(Image.new("RGB", (width, height)), kind)
    found = header_of(data)
    assert (found.width_px, found.height_px) == Image.open(io.BytesIO(data)).size
    assert (found.several, found.grey) == (False, False)


class TestEncoding:
    """Pictures as PNG."""

    @settings(max_examples=60, deadline=None)
    @given(
        height=st.integers(1, 30), width=st.integers(1, 30), colour=st.booleans(),
        kind=st.sampled_from([np.uint8, np.uint16]), seed=st.integers(0, 2**32),
    )  # fmt: skip
    def test_nothing_is_lost(
        self, height: int, width: int, colour: bool, kind: Any, seed: int,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:  # fmt: skip
        shape = (height, width, 3) if colour else (height, width)
        chance = np.random.Generator(np.random.Philox(key=seed))
        pixels = chance.integers(0, np.iinfo(kind).max, shape, endpoint=True).astype(kind)
        path = tmp_path_factory.mktemp("png") / "a.png"
        path.write_bytes(encode_pixels(pixels))
        found = read_pixels(path)
        assert found.dtype == kind
        np.testing.assert_array_equal(found, pixels)

    def test_red_is_red(self) -> None:
        """As another library reads the file."""
        pixels = smooth()
        found = np.asarray(Image.open(io.BytesIO(encode_pixels(pixels))))
        np.testing.assert_array_equal(found, pixels)

    def test_floats_get_sixteen_bits(self, tmp_path: Path) -> None:
        """To the nearest step; what is beyond black and white is cut."""
        pixels = np.linspace(-0.1, 1.1, 999, dtype=np.float32).reshape(27, 37)
        (tmp_path / "a.png").write_bytes(encode_pixels(pixels))
        found = read_pixels(tmp_path / "a.png")
        assert found.dtype == np.uint16
        assert np.abs(found / 65535 - np.clip(pixels, 0, 1)).max() < 0.51 / 65535

    def test_the_bytes_do_not_depend_on_the_threads(self) -> None:
        pixels = np.tile(smooth(), (10, 10, 1))
        with decoding():
            one = encode_pixels(pixels)
        assert encode_pixels(np.asfortranarray(pixels)) == one

    @pytest.mark.parametrize(
        "pixels",
        [
            np.zeros((0, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8),
            np.zeros((4, 4)), np.full((2, 2), np.nan, np.float32),
        ],
    )  # fmt: skip
    def test_what_is_no_picture(self, pixels: NDArray[Any]) -> None:
        with pytest.raises(ValueError, match="picture"):
            encode_pixels(pixels)


def test_reading_warns_of_nothing(tmp_path: Path) -> None:
    """A profile and texts in a PNG are passed over without a word."""
    data = coded(Image.fromarray(smooth()), "PNG", icc_profile=b"no profile", dpi=(72, 72))
    (tmp_path / "a.png").write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_pixels(tmp_path / "a.png").shape == (40, 60, 3)
