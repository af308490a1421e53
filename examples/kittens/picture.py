#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reads the text that stands in a picture: picture.py FILE

The crafted video makes ffmpeg's text-screen decoder draw bytes as letters, in cells of 8 by 16
pixels. This reads them back, so that "the secret is in the picture" is seen and not believed. The
one idea: no font is needed here, for ffmpeg itself draws the table to compare with: a screen that
holds each of the 256 characters once.

A letter may stand in any two colours, so a cell is compared by its shape alone: a bit per pixel that
differs from the pixel in its upper left corner.
"""
import functools
import re
import struct
import subprocess
import sys
import tempfile

FFMPEG = "/usr/bin/ffmpeg"
CELL_WIDTH, CELL_HEIGHT = 8, 16
GREY_ON_BLACK = 7
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
TIMEOUT = 60  # seconds, for one run of ffmpeg


class Picture:
    """Rows of pixels, each three bytes: red, green, blue."""

    def __init__(self, width, height, pixels):
        self.width, self.height, self.pixels = width, height, pixels

    def pixel(self, x, y):
        at = 3 * (y * self.width + x)
        return self.pixels[at:at + 3]

    def is_flat(self):
        """All of one colour: nothing to see."""
        return self.pixels == self.pixels[:3] * (self.width * self.height)

    def distance(self, other):
        """Mean difference of a colour value, 0 to 255; None if the sizes differ."""
        if (self.width, self.height) != (other.width, other.height):
            return None
        return sum(abs(a - b) for a, b in zip(self.pixels, other.pixels)) / len(self.pixels)


def picture_read(*source):
    """The first frame of what ffmpeg makes of `source` (its input options and -i FILE)."""
    done = subprocess.run(
        [FFMPEG, "-nostdin", "-v", "error", *source, "-frames:v", "1",
         "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)
    if done.returncode or not done.stdout:
        raise ValueError("no picture: " + done.stderr.decode(errors="replace").strip())
    return parse_ppm(done.stdout)


def parse_ppm(raw):
    """P6, width, height, 255: words of text, one white space after each; then the pixels."""
    header = re.match(rb"P6\s+(\d{1,4})\s+(\d{1,4})\s+255\s", raw)
    if not header:
        raise ValueError("not a picture that can be read here")
    width, height = int(header[1]), int(header[2])
    pixels = raw[header.end():]
    if not pixels or len(pixels) != 3 * width * height:
        raise ValueError("a picture cut short")
    return Picture(width, height, pixels)


def text_screen(characters, width):
    """An XBIN file: magic, width, height, font height, flags; then character, colour, ..."""
    height = (len(characters) + width - 1) // width
    cells = characters.ljust(width * height)
    return (b"XBIN\x1a" + struct.pack("<HHBB", width, height, CELL_HEIGHT, 0) +
            b"".join(bytes((c, GREY_ON_BLACK)) for c in cells))


def shape(picture, x, y):
    corner = picture.pixel(x, y)
    bits = 0
    for row in range(y, y + CELL_HEIGHT):
        for column in range(x, x + CELL_WIDTH):
            bits = bits << 1 | (picture.pixel(column, row) != corner)
    return bits


@functools.lru_cache(maxsize=1)
def shapes():
    """Shape -> character. Of characters that look alike the printable one counts."""
    with tempfile.NamedTemporaryFile(suffix=".xb") as screen:
        screen.write(text_screen(bytes(range(256)), 16))
        screen.flush()
        table = picture_read("-f", "xbin", "-i", screen.name)
    found = {}
    order = sorted(range(256), key=lambda c: not 0x20 <= c < 0x7f)
    for c in order:
        at = shape(table, CELL_WIDTH * (c % 16), CELL_HEIGHT * (c // 16))
        found.setdefault(at, chr(c) if 0x20 <= c < 0x7f else UNKNOWN)
    return found


def text_in(picture):
    """The rows of the text screen that the picture is, at their full width; UNKNOWN stands for a cell
    that is no printable character."""
    rows = []
    for y in range(0, picture.height - CELL_HEIGHT + 1, CELL_HEIGHT):
        rows.append("".join(shapes().get(shape(picture, x, y), UNKNOWN)
                            for x in range(0, picture.width - CELL_WIDTH + 1, CELL_WIDTH)))
    return rows


def longest_shared(text, secret):
    """The longest piece of the secret that stands in the text."""
    best = ""
    for start in range(len(secret)):
        while start + len(best) < len(secret) and secret[start:start + len(best) + 1] in text:
            best = secret[start:start + len(best) + 1]
    return best


def main():
    if len(sys.argv) != 2:
        print("usage: picture.py FILE", file=sys.stderr)
        return 2
    try:
        lines = [row.rstrip() for row in text_in(picture_read("-i", sys.argv[1]))]
    except (ValueError, OSError) as problem:
        print("picture.py:", problem, file=sys.stderr)
        return 1
    while lines and not lines[-1]:
        lines.pop()
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
