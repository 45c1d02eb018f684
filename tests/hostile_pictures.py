"""Pictures that were made to do harm: huge when decoded, endless, strange inside."""

import struct
import zlib


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(size: tuple[int, int], *between: bytes, rows: bytes | None = None) -> bytes:
    """An 8-bit grey PNG with chunks of ours between header and pixels."""
    width_px, height_px = size
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((width_px + 1) * height_px) if rows is None else rows, 9)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + b"".join(between) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def animated_png(frames: int) -> bytes:
    """An APNG as encoders write it: every frame 8 by 8, the first one in IDAT."""
    control = struct.pack(">IIIIHHBB", 8, 8, 0, 0, 1, 10, 0, 0)
    rest = [
        part
        for number in range(1, frames)
        for part in (
            chunk(b"fcTL", struct.pack(">I", 2 * number - 1) + control),
            chunk(b"fdAT", struct.pack(">I", 2 * number) + zlib.compress(bytes([number % 256]) * 72)),
        )
    ]
    still = png((8, 8), chunk(b"acTL", struct.pack(">II", frames, 0)), chunk(b"fcTL", struct.pack(">I", 0) + control))
    end = chunk(b"IEND", b"")
    return still.removesuffix(end) + b"".join(rest) + end
