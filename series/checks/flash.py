#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes the flash of a Malta board for QEMU's -bios: the shim's page, then an xipImage.

Usage: flash.py ENTRY -EL|-EB SHIM XIPIMAGE OUTPUT; ENTRY is the kernel's, in hexadecimal.
"""
import struct
import sys

PAGE, FLASH, SWAPPED = 0x1000, 0x400000, 0x3E0000

entry, order, shim, image, output = sys.argv[1:]
endian = "<" if order == "-EL" else ">"
with open(shim, "rb") as file:
    flash = bytearray(file.read().ljust(PAGE, b"\xff"))
with open(image, "rb") as file:
    flash += file.read()
size = len(flash)
if size > FLASH:
    sys.exit(f"{size} bytes do not fit {FLASH} bytes of flash")
struct.pack_into(endian + "II", flash, 0x14, int(entry, 16) & 0xFFFFFFFF, 0)
flash += b"\xff" * (-len(flash) % 4)
if endian == "<":  # QEMU swaps the words of this part back
    words = min(len(flash), SWAPPED) // 4
    struct.pack_into(f">{words}I", flash, 0, *struct.unpack_from(f"<{words}I", flash))
with open(output, "wb") as file:
    file.write(flash)
print(f"{size} bytes of flash")
