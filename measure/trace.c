// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU that writes what a processor's caches would see of a run:
 * the lines of code that it fetches and the lines of data that it loads from and
 * stores to, in order, and how many instructions lie between named places.
 *
 *   cc -O2 -shared -fPIC -o trace.so trace.c
 *   qemu-system-mipsel ... -plugin trace.so,out=FILE,mark=ADDRESS,wait=FIRST:END
 *
 * QEMU's package has no qemu-plugin.h, so the few functions of version 1 of its
 * interface (QEMU 4.2 to 8.2) that are used are declared here.
 *
 * The output is a sequence of 32-bit words in the order of this machine:
 *
 *   bits 0-1   what: 0 code fetched, 1 data loaded or stored, 3 a mark
 *   bit 2      the address is one of user space
 *   bits 3-5   bits 12-14 of the virtual address, which index a large cache
 *   bits 8-31  the physical address, in lines of 32 bytes
 *
 * A mark has its number in bits 8-31 and is followed by COUNTERS counts of 64
 * bits. Mark 0xfffffe is the first instruction of user space, 0xffffff the end.
 *
 * What a direct-mapped cache of 2 KiB would hold is left out. With the same lines
 * and as many sets or more, a cache whose lines are replaced least recently used
 * first has what is left out, as the one touched last of its set: the misses of
 * what is left are those of the whole (Puzak, Analysis of Cache Replacement
 * Algorithms, 1985).
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;

/* The enumerations of the interface, by their values. */
enum { NO_REGISTERS = 0 };
enum { LOADS_AND_STORES = 3 };
enum { ADD_U64 = 0 };

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
	void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *,
	void (*)(unsigned, void *), int flags, void *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *,
	void (*)(unsigned, void *), int flags, void *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *,
	int op, void *, uint64_t);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
	void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *),
	int flags, int rw, void *);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t,
	void (*)(qemu_plugin_id_t, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t, uint64_t);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *);

enum what { FETCH = 0, DATA = 1, MARK = 3 };

/* What is counted from the start on; every mark is followed by these. */
enum counter {
	INSTRUCTIONS,		/* carried out */
	USER_INSTRUCTIONS,	/* of these, in user space */
	WAITING,		/* of these, in the ranges that only wait */
	UNCACHED_FLASH_FETCHES,	/* instructions fetched past the caches, from flash */
	UNCACHED_RAM_FETCHES,	/* and from RAM */
	UNCACHED_FLASH_LOADS,	/* loads past the caches, from flash */
	UNCACHED_RAM_ACCESSES,	/* loads and stores past the caches, RAM */
	DEVICE_ACCESSES,	/* loads and stores of what is neither */
	FLASH_BYTES,		/* bytes loaded from flash, as data */
	RAM_BYTES_LOADED,	/* bytes loaded from RAM */
	RAM_BYTES_STORED,	/* bytes stored to RAM */
	CODE_INVALIDATIONS,	/* `cache` and `synci` on lines of code */
	DATA_INVALIDATIONS,	/* `cache` on lines of data */
	COUNTERS
};

static uint64_t counters[COUNTERS];

enum { LINE_SHIFT = 5, SETS = 64, MARKS = 16, WAITS = 64, NO_MARK = MARKS };

/* What the direct-mapped caches hold: a line and a color as in the output, no `what`. */
static uint32_t code_filter[SETS], data_filter[SETS];

static FILE *out;
static uint32_t marks[MARKS];
static bool mark_is_passed[MARKS];
static size_t mark_count;
static struct { uint32_t first, end; } waits[WAITS];
static size_t wait_count;
static bool big_endian;
static bool has_user;
/*
 * Where QEMU has the first bytes of RAM and flash, found when code runs there in KSEG0,
 * and what it calls the RAM's first physical address: up to 8.2 it counts that from the
 * first block of memory that it has, not as the board does.
 */
static uintptr_t ram_host, flash_host;
static uint64_t ram_start;
static bool ram_start_is_known;

/* The flash of malta, where it is and where it shows at reset. */
enum { RAM_END = 0x10000000, FLASH = 0x1e000000, FLASH_END = 0x1e400000 };

static bool is_flash(uint32_t physical)
{
	return (physical >= FLASH && physical < FLASH_END) ||
		(physical >= 0x1fc00000 && physical < 0x20000000);
}

static bool is_ram(uint64_t physical)
{
	return physical < RAM_END;
}

/* The physical address of code that a page table leads to. */
static uint32_t physical_of_code(uint32_t virtual, uintptr_t host)
{
	if (flash_host && host - flash_host < FLASH_END - FLASH)
		return FLASH + (host - flash_host);
	if (ram_host && is_ram(host - ram_host))
		return host - ram_host;
	return virtual & 0x1fffffff;
}

static void put(uint32_t word)
{
	if (fwrite(&word, sizeof(word), 1, out) != 1) {
		perror("trace plugin");
		exit(1);
	}
}

static void put_mark(uint32_t number)
{
	put(number << 8 | MARK);
	if (fwrite(counters, sizeof(counters), 1, out) != 1) {
		perror("trace plugin");
		exit(1);
	}
}

static uint32_t event(uint32_t virtual, uint32_t physical)
{
	return physical >> LINE_SHIFT << 8 | (virtual >> 12 & 7) << 3 |
		(virtual < 0x80000000) << 2;
}

static unsigned set_of(uint32_t event)
{
	return event >> 8 & (SETS - 1);
}

/* The lines of one block of code, and the mark that it begins at or NO_MARK. */
struct block {
	bool is_user;
	uint32_t mark;
	uint32_t count;
	uint32_t lines[];
};

static void pass(uint32_t number)
{
	if (mark_is_passed[number])
		return;
	mark_is_passed[number] = true;
	put_mark(number);
}

static void mark_passes(unsigned cpu, void *data)
{
	pass((uintptr_t)data);
}

static void block_runs(unsigned cpu, void *data)
{
	const struct block *b = data;

	if (b->is_user && !has_user) {
		has_user = true;
		put_mark(0xfffffe);
	}
	if (b->mark != NO_MARK)
		pass(b->mark);
	for (uint32_t i = 0; i < b->count; i++) {
		uint32_t e = b->lines[i];

		if (code_filter[set_of(e)] == e)
			continue;
		code_filter[set_of(e)] = e;
		put(e | FETCH);
	}
}

static void data_moves(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	uint32_t virtual = address, physical;
	uint32_t bytes = 1u << qemu_plugin_mem_size_shift(info);
	bool is_store = qemu_plugin_mem_is_store(info);
	bool is_cached = true;

	bool is_mapped = virtual < 0x80000000 || virtual >= 0xc0000000;

	physical = virtual & 0x1fffffff;
	if (is_mapped || (!ram_start_is_known && is_ram(physical))) {
		struct qemu_plugin_hwaddr *hardware = qemu_plugin_get_hwaddr(info, address);

		if (!hardware || qemu_plugin_hwaddr_is_io(hardware)) {
			counters[DEVICE_ACCESSES]++;
			return;
		}
		uint64_t found = qemu_plugin_hwaddr_phys_addr(hardware);

		if (is_mapped) {
			physical = found - ram_start;
		} else {
			ram_start = found - physical;
			ram_start_is_known = true;
		}
	}
	if (!is_mapped)
		is_cached = virtual < 0xa0000000;
	if (is_flash(physical)) {
		if (!is_store)
			counters[FLASH_BYTES] += bytes;
		if (!is_cached && !is_store)
			counters[UNCACHED_FLASH_LOADS]++;
	} else if (is_ram(physical)) {
		counters[is_store ? RAM_BYTES_STORED : RAM_BYTES_LOADED] += bytes;
		if (!is_cached)
			counters[UNCACHED_RAM_ACCESSES]++;
	} else {
		counters[DEVICE_ACCESSES]++;
		return;
	}
	if (is_cached) {
		uint32_t e = event(virtual, physical);
		unsigned set = set_of(e);

		if (data_filter[set] == e)
			return;
		data_filter[set] = e;
		put(e | DATA);
	}
}

static bool waits_at(uint32_t address)
{
	for (size_t i = 0; i < wait_count; i++)
		if (address >= waits[i].first && address < waits[i].end)
			return true;
	return false;
}

static uint32_t word_of(const struct qemu_plugin_insn *insn)
{
	const uint8_t *b = qemu_plugin_insn_data(insn);

	return big_endian ? (uint32_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3]
			  : (uint32_t)b[3] << 24 | b[2] << 16 | b[1] << 8 | b[0];
}

static void block_is_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t count = qemu_plugin_tb_n_insns(tb);
	/* QEMU keeps its blocks until it ends, and so are these. */
	struct block *b = calloc(1, sizeof(*b) + count * sizeof(b->lines[0]));

	if (!b) {
		fputs("trace plugin: no memory\n", stderr);
		exit(1);
	}
	b->mark = NO_MARK;
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint32_t virtual = qemu_plugin_insn_vaddr(insn);
		uintptr_t host = (uintptr_t)qemu_plugin_insn_haddr(insn);
		uint32_t physical = virtual & 0x1fffffff;
		uint32_t word = word_of(insn);
		bool is_mapped = virtual < 0x80000000 || virtual >= 0xc0000000;

		if (!is_mapped && is_ram(physical))
			ram_host = host - physical;
		if (!is_mapped && physical >= FLASH && physical < FLASH_END)
			flash_host = host - (physical - FLASH);
		if (is_mapped)
			physical = physical_of_code(virtual, host);

		/* A mark comes before its instruction is fetched and counted. */
		for (size_t m = 0; m < mark_count; m++) {
			if (virtual != marks[m])
				continue;
			if (i == 0)
				b->mark = m;
			else
				qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_passes,
					NO_REGISTERS, (void *)m);
		}
		qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64,
			&counters[INSTRUCTIONS], 1);
		if (virtual < 0x80000000)
			qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64,
				&counters[USER_INSTRUCTIONS], 1);
		if (waits_at(virtual))
			qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64,
				&counters[WAITING], 1);
		/* `cache`: bits 16-17 tell the cache, code or data first; `synci`. */
		if (word >> 26 == 0x2f && (word >> 16 & 3) < 2)
			qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64,
				&counters[word >> 16 & 1 ? DATA_INVALIDATIONS : CODE_INVALIDATIONS], 1);
		if ((word & 0xfc1f0000) == 0x041f0000)
			qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64,
				&counters[CODE_INVALIDATIONS], 1);
		qemu_plugin_register_vcpu_mem_cb(insn, data_moves, NO_REGISTERS,
			LOADS_AND_STORES, NULL);

		if (virtual < 0x80000000)
			b->is_user = true;
		if (virtual >= 0xa0000000 && virtual < 0xc0000000) {
			qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64,
				&counters[is_flash(physical) ? UNCACHED_FLASH_FETCHES
							     : UNCACHED_RAM_FETCHES], 1);
			continue;
		}
		uint32_t e = event(virtual, physical);

		if (!b->count || b->lines[b->count - 1] != e)
			b->lines[b->count++] = e;
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_runs, NO_REGISTERS, b);
}

static void run_ends(qemu_plugin_id_t id, void *data)
{
	put_mark(0xffffff);
	if (fclose(out)) {
		perror("trace plugin");
		exit(1);
	}
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
	char **argv)
{
	memset(code_filter, 0xff, sizeof(code_filter));
	memset(data_filter, 0xff, sizeof(data_filter));
	for (int i = 0; i < argc; i++) {
		char *end;

		if (!strncmp(argv[i], "out=", 4)) {
			out = fopen(argv[i] + 4, "wb");
		} else if (!strncmp(argv[i], "mark=", 5) && mark_count < MARKS) {
			marks[mark_count++] = strtoul(argv[i] + 5, NULL, 16);
		} else if (!strncmp(argv[i], "wait=", 5) && wait_count < WAITS) {
			waits[wait_count].first = strtoul(argv[i] + 5, &end, 16);
			waits[wait_count++].end = strtoul(end + 1, NULL, 16);
		} else if (!strcmp(argv[i], "big=on")) {
			big_endian = true;
		} else {
			fprintf(stderr, "trace plugin: cannot take %s\n", argv[i]);
			return -1;
		}
	}
	if (!out) {
		fputs("trace plugin: no file to write to: out=FILE\n", stderr);
		return -1;
	}
	setvbuf(out, NULL, _IOFBF, 1 << 20);
	qemu_plugin_register_vcpu_tb_trans_cb(id, block_is_translated);
	qemu_plugin_register_atexit_cb(id, run_ends, NULL);
	return 0;
}
