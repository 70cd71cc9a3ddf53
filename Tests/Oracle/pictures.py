"""Writes pictures of all kinds of PNG and JPEG, and beside each what Pillow sees in it: pictures.py FOLDER

NAME.png or NAME.jpg, and NAME.npy: uint8, height x width x 3, upright, on white.
"""
import pathlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

WIDTH, HEIGHT = 13, 9
COLORS = np.stack([np.add.outer(np.arange(HEIGHT) * a, np.arange(WIDTH) * b) % 256 for a, b in
                   [(20, 10), (5, 19), (9, 9)]], -1).astype(np.uint8)
GREY = COLORS[..., 1]
ALPHA = np.add.outer(np.arange(HEIGHT) * 3, np.arange(WIDTH) * 18).astype(np.uint8)
# The seven passes of Adam7: first row, rows between, first column, columns between.
PASSES = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]


def seen(image):
    """The picture as a person sees it: turned as EXIF says, in front of white."""
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(values, bits, color, chunks=b"", is_interlaced=False):
    """A PNG file of `values`, height x width x samples, as no library changes them."""
    def lines(part):
        if bits == 16:
            return b"".join(b"\0" + row.astype(">u2").tobytes() for row in part)
        wide = [np.unpackbits(row.astype(np.uint8)[..., None], axis=-1)[..., 8 - bits:].reshape(-1) for row in part]
        return b"".join(b"\0" + np.packbits(row).tobytes() for row in wide)
    parts = [values[a::b, c::d] for a, b, c, d in PASSES] if is_interlaced else [values]
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, color, 0, 0, int(is_interlaced))
    data = zlib.compress(b"".join(lines(part) for part in parts if part.size))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks + chunk(b"IDAT", data) + chunk(b"IEND")


def hand_made():
    """Bytes of PNG files that Pillow does not write, and what is right where it reads 16 bits as something else."""
    rgb, grey = Image.fromarray(COLORS), Image.fromarray(GREY)
    deep = GREY.astype(np.uint16) * 257 + np.arange(WIDTH, dtype=np.uint16)
    yield "grey-16", png(deep[..., None], 16, 0), np.dstack([(deep / 257).round()] * 3)
    wide = COLORS.astype(np.uint16) * 257
    yield "colors-16", png(wide, 16, 2), seen(rgb)
    alpha = Image.fromarray(np.dstack([COLORS, ALPHA]))
    yield "alpha-16", png(np.dstack([wide, ALPHA.astype(np.uint16) * 257]), 16, 6), seen(alpha)
    yield "gamma", png(COLORS, 8, 2, chunk(b"gAMA", struct.pack(">I", 100_000))), seen(rgb)
    yield "gamma-alpha", png(np.dstack([COLORS, ALPHA]), 8, 6, chunk(b"gAMA", struct.pack(">I", 45_455))), seen(alpha)
    yield "interlaced", png(COLORS, 8, 2, is_interlaced=True), seen(rgb)
    yield "interlaced-alpha", png(np.dstack([COLORS, ALPHA]), 8, 6, is_interlaced=True), seen(alpha)
    yield "profile", png(COLORS, 8, 2, chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(200)))), seen(rgb)
    for bits in (1, 2, 4):
        few = GREY >> (8 - bits)
        yield f"grey-{bits}", png(few[..., None], bits, 0), np.dstack([few * (255 // (2**bits - 1))] * 3)
    key = struct.pack(">H", int(GREY[2, 3]))
    yield "grey-key", png(GREY[..., None], 8, 0, chunk(b"tRNS", key)), np.dstack(
        [np.where(GREY == GREY[2, 3], 255, GREY)] * 3)
    yield "grey", png(GREY[..., None], 8, 0), seen(grey)


def made_by_pillow(folder):
    """Paths of files that Pillow wrote."""
    rgb = Image.fromarray(COLORS)

    def save(name, image, **options):
        image.save(folder / name, **options)
        return folder / name
    yield save("colors.png", rgb)
    yield save("alpha.png", Image.fromarray(np.dstack([COLORS, ALPHA])))
    yield save("grey-alpha.png", Image.fromarray(np.dstack([GREY, ALPHA])))
    palette = rgb.quantize(11)
    yield save("palette.png", palette)
    yield save("palette-alpha.png", palette, transparency=bytes(range(0, 250, 25)))
    yield save("one-bit.png", Image.fromarray(GREY).convert("1"))
    yield save("plain.jpg", rgb, quality=95)
    yield save("progressive.jpg", rgb, quality=90, progressive=True)
    yield save("grey.jpg", Image.fromarray(GREY), quality=95)
    yield save("inks.jpg", rgb.convert("CMYK"), quality=98)
    # Adobe's marker says how inks are coded: the same bytes as YCCK are other inks.
    inks = (folder / "inks.jpg").read_bytes()
    at = inks.index(b"Adobe") + 11
    (folder / "inks-ycck.jpg").write_bytes(inks[:at] + b"\2" + inks[at + 1:])
    yield folder / "inks-ycck.jpg"
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield save(f"turned-{orientation}.jpg", rgb, quality=95, exif=exif)
        yield save(f"turned-{orientation}.png", rgb, exif=exif)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data, right in hand_made():
        (folder / f"{name}.png").write_bytes(data)
        np.save(folder / f"{name}.png.npy", np.ascontiguousarray(right, np.uint8))
    for path in made_by_pillow(folder):
        with Image.open(path) as image:
            np.save(f"{path}.npy", np.ascontiguousarray(seen(image)))


if __name__ == "__main__":
    main()
