"""Frames: the code in a picture of a camera, for browsers that have no `BarcodeDetector`."""

from __future__ import annotations


def code_in_frame(grey: bytes, width: int) -> str:
    """Read the first code of a frame, one byte of grey a pixel; empty where there is none."""
    import zxingcpp  # noqa: PLC0415 - most servers read no frame

    image = memoryview(grey).cast("B", (len(grey) // width, width))
    barcode = zxingcpp.read_barcode(image)
    return "" if barcode is None else str(barcode.text)
