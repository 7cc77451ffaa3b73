#!/usr/bin/env python3
"""Makes tests/golden/images: small pictures in the forms that PNG and JPEG have, and golden.safetensors: how Pillow opens and resizes them
(U8, height by width by 3), and what the reference's image processor makes of them (F32).

Usage: python3 tools/golden_images.py    (needs: pip install pillow==13.0.0 transformers==5.24.0 torch==2.15.0 safetensors==0.8.0)
"""
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "images"
random = np.random.default_rng(7)


def picture(width, height, channels=3):
    """Smooth here, noisy there."""
    y, x = np.mgrid[0:height, 0:width]
    smooth = np.stack([x * 255 / width, y * 255 / height, (x + y) * 127 / (width + height) + 60, 255 - x * 200 / width], -1)[..., :channels]
    noise = random.integers(-60, 60, (height, width, channels)) * (x[..., None] > width // 2)
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, depth, colour, lines, interlaced=0, more=b""):
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def interlaced(pixels):
    height, width, _ = pixels.shape
    lines = b""
    for x, y, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        part = pixels[y::dy, x::dx]
        if part.size:
            lines += b"".join(b"\0" + line.tobytes() for line in part)
    return png(width, height, 8, 2, lines, 1)


def saved(image, **how):
    out = io.BytesIO()
    image.save(out, **how)
    return out.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def pictures():
    rgb = Image.fromarray(picture(17, 11))
    yield "rgb.png", saved(rgb, format="png")
    yield "rgba.png", saved(Image.fromarray(picture(9, 8, 4)), format="png")
    yield "gray.png", saved(rgb.convert("L"), format="png")
    yield "gray_alpha.png", saved(rgb.convert("LA"), format="png")
    yield "palette.png", saved(rgb.quantize(13), format="png", bits=4, transparency=3)
    yield "one_bit.png", saved(rgb.convert("1"), format="png")
    lines = random.integers(0, 256, (7, 3), np.uint8)
    yield "two_bits.png", png(10, 7, 2, 0, b"".join(b"\0" + line.tobytes() for line in lines))
    deep = random.integers(0, 65536, (6, 5, 3), np.uint16).astype(">u2")
    yield "rgb16.png", png(5, 6, 16, 2, b"".join(b"\0" + line.tobytes() for line in deep))
    yield "interlaced.png", interlaced(picture(13, 10))
    # A gamma that nobody is to apply, and a turn in eXIf.
    yield "gamma_turned.png", png(4, 3, 8, 2, b"".join(b"\0" + line.tobytes() for line in picture(4, 3)),
                                  more=chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"eXIf", exif(6)[6:]))
    large = Image.fromarray(picture(61, 43))
    yield "baseline.jpg", saved(large, format="jpeg", quality=90, subsampling=0)
    yield "subsampled.jpg", saved(large, format="jpeg", quality=70, subsampling=2)
    yield "progressive.jpg", saved(large, format="jpeg", quality=80, progressive=True)
    yield "gray.jpg", saved(large.convert("L"), format="jpeg")
    yield "cmyk.jpg", saved(rgb.convert("CMYK"), format="jpeg")
    for orientation in range(2, 9):
        yield f"turned_{orientation}.jpg", saved(rgb, format="jpeg", quality=95, exif=exif(orientation))


def opened(data):
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    values, images = {}, {}
    for name, data in pictures():
        (FOLDER / name).write_bytes(data)
        if name != "cmyk.jpg":
            images[name] = opened(data)
            values[name] = np.asarray(images[name])
    for name, kind in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
        for width, height in ((5, 4), (40, 3), (17, 30), (12, 12), (1, 1), (70, 50)):
            for source in ("rgb.png", "baseline.jpg"):
                values[f"{source}.{name}.{width}x{height}"] = np.asarray(images[source].resize((width, height), kind))
    for name, how in (("plain", {}),
                      ("tall", dict(size=dict(height=14, width=9), image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])),
                      ("bicubic", dict(size=dict(height=10, width=10), resample=3, do_normalize=False))):
        processor = ViTImageProcessorPil(**(dict(size=dict(height=12, width=12)) | how))
        processor.save_pretrained(FOLDER / name)
        both = [images["rgb.png"], images["subsampled.jpg"]]
        values[f"processed.{name}"] = np.asarray(processor(both, return_tensors="np")["pixel_values"], np.float32)
    save_file({key: np.ascontiguousarray(value) for key, value in values.items()}, FOLDER / "golden.safetensors")
    for file in FOLDER.rglob("*.*"):
        if file.is_file():
            file.chmod(0o644)
    print(f"{len(images)} pictures, {sum(file.stat().st_size for file in FOLDER.rglob('*.*')) / 1000:.0f} kB")


main()
