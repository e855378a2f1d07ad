#!/usr/bin/env python3
"""Writes the ELF files from which the fuzzer starts: elf-seeds.py DIRECTORY.

Small kernels of both byte orders, with the segments, sections and symbols that the tool looks for; nothing in them runs.
No binary is kept in git, so they are made each time, and are the same each time.
"""
import pathlib
import struct
import sys

SYMBOLS = {
    "_stext": 0x9e001000, "_etext": 0x9e001100, "kernel_entry": 0x9e001000, "machine_power_off": 0x9e001040,
    "r4k_wait": 0x9e001060, "__data_loc": 0x9e001100, "_sdata": 0x80100000, "_edata": 0x80100040, "_end": 0x80100080,
    "__start___ex_table": 0x9e001080, "__stop___ex_table": 0x9e001088, "clear_page": 0x9e001010,
    "__clear_page_start": 0x80100010, "handle_tlbl": 0x9e001020, "except_vec2_generic": 0x9e001030,
}


def kernel(order):
    text = struct.pack(f"{order}64I", *[0x03e00008, 0] * 32)
    data = bytes(64)
    names = [".text", "__ex_table", ".data", ".bss", ".symtab", ".strtab", ".shstrtab"]
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in SYMBOLS)
    labels = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    table = bytes(16)
    for name, address in SYMBOLS.items():
        at = strings.index(b"\0" + name.encode() + b"\0") + 1
        table += struct.pack(f"{order}IIIBBH", at, address, 4, 0x12, 0, 3 if address < 0x90000000 else 1)
    start = 52 + 2 * 32
    places = {}
    body = b""
    for name, content in (".text", text), (".data", data), (".symtab", table), (".strtab", strings), (".shstrtab", labels):
        places[name] = start + len(body), len(content)
        body += content

    def section(name, kind, flags, address, place, link=0):
        at = labels.index(b"\0" + name.encode() + b"\0") + 1
        return struct.pack(f"{order}10I", at, kind, flags, address, *place, link, 0, 4, 16)

    sections = [
        bytes(40), section(".text", 1, 6, 0x9e001000, places[".text"]),
        section("__ex_table", 1, 2, 0x9e001080, (places[".text"][0] + 0x80, 8)),
        section(".data", 1, 3, 0x80100000, places[".data"]), section(".bss", 8, 3, 0x80100040, (0, 64)),
        section(".symtab", 2, 0, 0, places[".symtab"], 6), section(".strtab", 3, 0, 0, places[".strtab"]),
        section(".shstrtab", 3, 0, 0, places[".shstrtab"]),
    ]
    segments = struct.pack(f"{order}8I", 1, places[".text"][0], 0x9e001000, 0x9e001000, 256, 256, 5, 4) + struct.pack(
        f"{order}8I", 1, places[".data"][0], 0x80100000, 0x9e001100, 64, 128, 6, 4)
    header = b"\x7fELF" + bytes([1, 1 if order == "<" else 2, 1]) + bytes(9) + struct.pack(
        f"{order}HHIIIIIHHHHHH", 2, 8, 1, 0x9e001000, 52, start + len(body), 0x70001001, 52, 32, 2, 40, len(sections), 7)
    return header + segments + body + b"".join(sections)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, order in ("little", "<"), ("big", ">"):
        (folder / name).write_bytes(kernel(order))
        # The same, cut, and with a table that says it has more than the file.
        (folder / f"{name}-cut").write_bytes(kernel(order)[:-100])
        (folder / f"{name}-lies").write_bytes(kernel(order).replace(struct.pack(f"{order}HHH", 40, 8, 7), struct.pack(f"{order}HHH", 40, 0xffff, 7)))
