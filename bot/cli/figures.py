"""Files, sizes and counts, for people and for scripts."""

from bot.image_api.generic.files import KeptFile

KIBIBYTE = 1_024


def size_of(size_bytes: int) -> str:
    if size_bytes < KIBIBYTE:
        return f"{size_bytes} bytes"
    if size_bytes < KIBIBYTE**2:
        return f"{size_bytes / KIBIBYTE:.0f} KiB"
    return f"{size_bytes / KIBIBYTE**2:.1f} MiB"


def file_line(file: KeptFile, size_px: tuple[int, int] | None = None) -> str:
    pixels = f"{size_px[0]}×{size_px[1]}, " if size_px else ""
    return f"{file.path}  {pixels}{size_of(file.size_bytes)}, {file.media_type}"


def file_as_json(file: KeptFile, size_px: tuple[int, int] | None = None) -> dict[str, object]:
    pixels = {"width_px": size_px[0], "height_px": size_px[1]} if size_px else {}
    return {
        "path": str(file.path),
        "size_bytes": file.size_bytes,
        "media_type": file.media_type,
        "sha256": file.sha256,
        **pixels,
    }
