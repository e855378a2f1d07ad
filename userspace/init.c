// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the boot test: shows that a kernel serves a process, makes the code that
 * the kernel generates at boot do real work (TLB handlers, clear_page, copy_page),
 * and powers the machine off. It needs no C library and no file but /dev/console.
 *
 * CC is a gcc or clang for MIPS, ENDIAN is -EL or -EB:
 *
 *   $CC $ENDIAN -mips32r2 -mabi=32 -msoft-float -G0 -fno-pic -mno-abicalls \
 *       -Os -ffreestanding -fno-stack-protector -nostdlib -static \
 *       -Wl,--build-id=none -o init init.c
 *
 * (clang: add --target=mipsel-linux-gnu or --target=mips-linux-gnu, and
 * -fuse-ld=lld.) README.md says what it prints.
 */

typedef unsigned long word;

enum {
	PAGE = 4096,
	WORDS = PAGE / sizeof(word),
	/* QEMU's 24K has 16 TLB entries of two pages each: never below twice that. */
	PAGES_MIN = 64,
	PAGES_MAX = 1024,
};

/* The o32 ABI's numbers and constants; MIPS has its own values for many. */
enum {
	SYS_exit = 4001, SYS_fork = 4002, SYS_read = 4003, SYS_write = 4004,
	SYS_open = 4005, SYS_close = 4006, SYS_execve = 4011,
	SYS_getpid = 4020, SYS_mount = 4021, SYS_sync = 4036, SYS_dup = 4041,
	SYS_fcntl = 4055, SYS_reboot = 4088, SYS_munmap = 4091,
	SYS_wait4 = 4114, SYS_sysinfo = 4116, SYS_uname = 4122,
	SYS_mprotect = 4125, SYS_init_module = 4128, SYS_delete_module = 4129,
	SYS_rt_sigaction = 4194, SYS_mmap2 = 4210,

	ENOENT = 2, ENOSYS = 89,

	O_RDONLY = 0, O_RDWR = 2, F_GETFD = 1,
	PROT_READ = 1, PROT_WRITE = 2,
	MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x800,
	SIGSEGV = 11,
};

#define REBOOT_MAGIC1	0xfee1dead
#define REBOOT_MAGIC2	0x28121969
#define REBOOT_POWER_OFF	0x4321fedc

static long syscall(long number, word a, word b, word c, word d, word e, word f)
{
	register long v0 __asm__("$2") = number;
	register word a0 __asm__("$4") = a;
	register word a1 __asm__("$5") = b;
	register word a2 __asm__("$6") = c;
	register word a3 __asm__("$7") = d;

	/* The fifth argument and on lie on the stack, above room for the first four. */
	__asm__ volatile(
		"addiu	$29, $29, -32\n\t"
		"sw	%[e], 16($29)\n\t"
		"sw	%[f], 20($29)\n\t"
		"syscall\n\t"
		"addiu	$29, $29, 32"
		: "+r"(v0), "+r"(a3)
		: "r"(a0), "r"(a1), "r"(a2), [e] "r"(e), [f] "r"(f)
		: "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15",
		  "$24", "$25", "hi", "lo", "memory");

	return a3 ? -v0 : v0;	/* a3 tells an error from a result */
}

#define syscall0(n)		syscall(n, 0, 0, 0, 0, 0, 0)
#define syscall1(n, a)		syscall(n, (word)(a), 0, 0, 0, 0, 0)
#define syscall2(n, a, b)	syscall(n, (word)(a), (word)(b), 0, 0, 0, 0)
#define syscall3(n, a, b, c)	syscall(n, (word)(a), (word)(b), (word)(c), 0, 0, 0)

/* A line is built in one buffer and written at once, so that printk cannot cut it. */
static char line[160];
static word length;

static void put(const char *s)
{
	while (*s && length < sizeof(line) - 1)
		line[length++] = *s++;
}

static void put_number(word value, word base, int digits)
{
	char buffer[12];
	char *s = buffer + sizeof(buffer) - 1;

	*s = 0;
	do {
		*--s = "0123456789abcdef"[value % base];
		value /= base;
		digits--;
	} while (value || digits > 0);
	put(s);
}

static void put_signed(long value)
{
	if (value < 0)
		put("-");
	put_number(value < 0 ? -value : value, 10, 1);
}

static void put_hex(word value)
{
	put("0x");
	put_number(value, 16, 8);
}

static void begin(void)
{
	length = 0;
	put("xip-init: ");
}

static void end(void)
{
	line[length++] = '\n';
	syscall3(SYS_write, 1, line, length);
}

static void say(const char *s)
{
	begin();
	put(s);
	end();
}

__attribute__((noreturn)) static void power_off(void)
{
	syscall0(SYS_sync);
	syscall3(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_POWER_OFF);
	/* Ending PID 1 makes the kernel panic: that too is an end, and a loud one. */
	say("FAIL power-off: reboot(2) returned");
	for (;;)
		syscall1(SYS_exit, 1);
}

__attribute__((noreturn)) static void fail(const char *what, const char *detail, long value)
{
	begin();
	put("FAIL ");
	put(what);
	put(": ");
	put(detail);
	put(" ");
	put_signed(value);
	end();
	power_off();
}

/*
 * What page number `page` of an area holds at word `index`; every area has another
 * seed. The multiplications spread all bits, so that a page or a word in a wrong
 * place is seen.
 */
static word pattern(word seed, word page, word index)
{
	word x = seed + page * 0x9e3779b1u + index * 0x85ebca6bu;

	x ^= x >> 15;
	x *= 0xc2b2ae35u;
	return x ^ (x >> 13);
}

static word *page_at(word *area, word page)
{
	return area + page * WORDS;
}

static void fill(word *area, word seed, word page)
{
	word *p = page_at(area, page);
	word i;

	for (i = 0; i < WORDS; i++)
		p[i] = pattern(seed, page, i);
}

/* The index of the first wrong word of a page, WORDS if there is none. */
static word mismatch(word *area, word seed, word page, word from)
{
	word *p = page_at(area, page);
	word i;

	for (i = from; i < WORDS; i++)
		if (p[i] != pattern(seed, page, i))
			break;
	return i;
}

static word checksum(word *area, word pages)
{
	word sum = 0x811c9dc5u;
	word i;

	for (i = 0; i < pages * WORDS; i++)
		sum = (sum ^ area[i]) * 0x01000193u;
	return sum;
}

static word *map_pages(word pages)
{
	long p = syscall(SYS_mmap2, 0, pages * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* o32 addresses are below 2 GiB: a negative result is an error. */
	if (p < 0)
		fail("mmap", "error", p);
	return (word *)p;
}

/* Every page once, far apart: `pages` is even and the stride odd and no divisor. */
static word far_order(word step, word pages)
{
	return (step * 97) % pages;
}

/* First touch of each page clears it (clear_page); then it is written and read. */
static void check_pages(word *area, word pages, word seed)
{
	word step, i;

	for (step = 0; step < pages; step++) {
		word page = far_order(step, pages);
		word *p = page_at(area, page);

		p[0] = 1;
		for (i = 1; i < WORDS; i++)
			if (p[i])
				fail("pages", "fresh page is not zero, page", page);
		fill(area, seed, page);
	}
	for (step = 0; step < pages; step++)
		if (mismatch(area, seed, step, 0) != WORDS)
			fail("pages", "wrong content in rising order, page", step);
	for (step = 0; step < pages; step++) {
		word page = far_order(step, pages);

		if (mismatch(area, seed, page, 0) != WORDS)
			fail("pages", "wrong content in far order, page", page);
	}
}

static long start_child(void)
{
	long pid = syscall0(SYS_fork);

	if (pid < 0)
		fail("fork", "error", pid);
	return pid;
}

/* The wait status of a child; -1 for what no child can report. */
static long wait_for(long pid)
{
	int status = -1;
	long got = syscall(SYS_wait4, pid, (word)&status, 0, 0, 0, 0);

	return got == pid ? status : -1;
}

static void child_exit(int code)
{
	for (;;)
		syscall1(SYS_exit, code);
}

/*
 * The child writes one word to every shared page, which makes the kernel copy it
 * (copy_page) through a TLB modified exception. The rest of the page must be
 * the parent's, and the parent must not see the write.
 */
static void check_fork(word *area, word pages, word seed)
{
	word sum = checksum(area, pages);
	word step;
	long pid = start_child();
	long status;

	if (!pid) {
		for (step = 0; step < pages; step++) {
			word page = far_order(step, pages);

			page_at(area, page)[0] = ~pattern(seed, page, 0);
			if (mismatch(area, seed, page, 1) != WORDS)
				child_exit(1);
		}
		for (step = 0; step < pages; step++)
			if (page_at(area, step)[0] != ~pattern(seed, step, 0))
				child_exit(2);
		child_exit(0);
	}
	status = wait_for(pid);
	if (status)
		fail("fork", "copied pages are wrong in the child, status", status);
	if (checksum(area, pages) != sum)
		fail("fork", "the child's writes reached the parent", 0);
	say("fork ok");
}

static void on_signal(int number)
{
	child_exit(number);
}

/* The child gives the signal a handler: the kernel logs one that has none. */
static void catch_segv(void)
{
	struct {
		word flags;
		void (*handler)(int);
		word mask[4];
	} action = { 0, on_signal, { 0, 0, 0, 0 } };

	if (syscall(SYS_rt_sigaction, SIGSEGV, (word)&action, 0, sizeof(action.mask), 0, 0) < 0)
		child_exit(1);
}

/* A store to a read-only page and one to no page: the slow path of the handlers. */
static void check_faults(void)
{
	int kind;

	for (kind = 0; kind < 2; kind++) {
		word *page = map_pages(1);
		long pid, status;

		page[0] = 1;
		pid = start_child();
		if (!pid) {
			catch_segv();
			if (kind)
				syscall2(SYS_munmap, page, PAGE);
			else
				syscall3(SYS_mprotect, page, PAGE, PROT_READ);
			*(volatile word *)page = 2;
			child_exit(0);
		}
		status = wait_for(pid);
		if (status != SIGSEGV << 8)
			fail("faults", "expected SIGSEGV, status", status);
		syscall2(SYS_munmap, page, PAGE);
	}
	say("faults ok");
}

static void check_exec(void)
{
	static const char *const argv[] = { "/init", "child", 0 };
	static const char *const envp[] = { 0 };
	long pid = start_child();
	long status;

	if (!pid) {
		syscall3(SYS_execve, "/init", argv, envp);
		child_exit(1);
	}
	status = wait_for(pid);
	if (status != 42 << 8)
		fail("exec", "status", status);
	say("exec ok");
}

static int starts_with(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return 0;
	return 1;
}

/* Calls `use` with every line of a file, the line's end cut off. -errno on error. */
static long each_line(const char *path, void (*use)(const char *))
{
	static char buffer[128];
	word used = 0;
	char c;
	long fd = syscall2(SYS_open, path, O_RDONLY);

	if (fd < 0)
		return fd;
	while (syscall3(SYS_read, fd, &c, 1) == 1) {
		if (c == '\n') {
			buffer[used] = 0;
			use(buffer);
			used = 0;
		} else if (used < sizeof(buffer) - 1) {
			buffer[used++] = c;
		}
	}
	syscall1(SYS_close, fd);
	return 0;
}

static word memory_lines;

static void use_meminfo(const char *s)
{
	static const char *const names[] = { "MemTotal:", "MemFree:", "MemAvailable:" };
	word i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *digit = s;
		char name[2] = { 0, 0 };

		if (!starts_with(s, names[i]))
			continue;
		if (memory_lines++)
			put(" ");
		for (; *digit != ':'; digit++) {
			name[0] = *digit;
			put(name);
		}
		put("_kB=");
		for (; *digit; digit++)
			if (*digit >= '0' && *digit <= '9') {
				name[0] = *digit;
				put(name);
			}
	}
}

static void use_iomem(const char *s)
{
	const char *name = s;

	while (*name == ' ')
		name++;
	for (; *name && !starts_with(name, " : "); name++)
		;
	if (starts_with(name, " : Kernel") || starts_with(name, " : System RAM")) {
		begin();
		put("iomem ");
		put(s);
		end();
	}
}

struct sysinfo {
	long uptime;
	word loads[3];
	word total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
	unsigned short procs, pad;
	word total_high, free_high, unit;
	char unused[64];
};

static void get_sysinfo(struct sysinfo *info)
{
	long error = syscall1(SYS_sysinfo, info);

	if (error < 0)
		fail("sysinfo", "error", error);
}

/* Memory as it is after init: what XIP saves, free of what boot only borrows. */
static void report_memory(void)
{
	struct sysinfo info;

	begin();
	if (each_line("/proc/meminfo", use_meminfo) < 0 || !memory_lines) {
		get_sysinfo(&info);
		put("MemTotal_kB=");
		put_number(info.total_ram * info.unit / 1024, 10, 1);
		put(" MemFree_kB=");
		put_number(info.free_ram * info.unit / 1024, 10, 1);
	}
	end();
}

/* A module is loaded and removed if the initramfs has one: see test-module/test.c. */
static void check_module(void)
{
	static const word pages = 64;
	long fd = syscall2(SYS_open, "/test.ko", O_RDONLY);
	long error, got;
	word size = 0;
	char *image;

	if (fd < 0)
		return;
	image = (char *)map_pages(pages);
	while ((got = syscall3(SYS_read, fd, image + size, pages * PAGE - size)) > 0)
		size += got;
	syscall1(SYS_close, fd);
	error = syscall3(SYS_init_module, image, size, "");
	if (error < 0)
		fail("module", "init_module error", error);
	error = syscall2(SYS_delete_module, "test", 0);
	if (error < 0)
		fail("module", "delete_module error", error);
	syscall2(SYS_munmap, image, pages * PAGE);
	say("module ok");
}

static void report_kernel(void)
{
	static char names[6][65];
	long error = syscall1(SYS_uname, names);

	if (error < 0)
		fail("uname", "error", error);
	begin();
	put(names[0]);
	put(" ");
	put(names[2]);
	put(" ");
	put(names[4]);
	end();
}

static void open_console(void)
{
	long fd;

	if (syscall2(SYS_fcntl, 1, F_GETFD) >= 0)
		return;
	fd = syscall2(SYS_open, "/dev/console", O_RDWR);
	while (fd >= 0 && fd < 2)
		fd = syscall1(SYS_dup, fd);
}

static void run(void)
{
	struct sysinfo info;
	word pages, seed = 0x58495001;
	word *area;
	long pid, error;

	open_console();
	pid = syscall0(SYS_getpid);
	if (pid != 1)
		fail("start", "not PID 1 but", pid);
	say("started as PID 1");
	report_kernel();

	/* A quarter of what is free, and as much again for the child's copies. */
	get_sysinfo(&info);
	pages = info.free_ram / PAGE * info.unit / 4 & ~1ul;
	if (pages > PAGES_MAX)
		pages = PAGES_MAX;
	if (pages < PAGES_MIN)
		pages = PAGES_MIN;
	while (pages % 97 == 0)
		pages -= 2;

	area = map_pages(pages);
	check_pages(area, pages, seed);
	begin();
	put("pages ");
	put_number(pages, 10, 1);
	put(" checksum ");
	put_hex(checksum(area, pages));
	end();
	check_fork(area, pages, seed);
	error = syscall2(SYS_munmap, area, pages * PAGE);
	if (error < 0)
		fail("munmap", "error", error);
	check_faults();
	check_exec();
	check_module();

	error = syscall(SYS_mount, (word)"proc", (word)"/proc", (word)"proc", 0, 0, 0);
	if (error < 0 && error != -ENOENT && error != -ENOSYS && error != -19)
		fail("mount", "/proc: error", error);
	each_line("/proc/iomem", use_iomem);
	report_memory();

	syscall0(SYS_sync);
	say("pass");
	power_off();
}

/* From the entry: the stack pointer points at argc. */
__attribute__((noreturn, used)) static void main_from_stack(long *stack)
{
	/* check_exec() has run this program once more to see that that works. */
	if (stack[0] == 2)
		child_exit(42);
	run();
	for (;;)
		;
}

__asm__(
	"	.text\n"
	"	.globl	__start\n"
	"	.type	__start, @function\n"
	"__start:\n"
	"	move	$4, $29\n"
	"	li	$2, -8\n"
	"	and	$29, $29, $2\n"
	"	addiu	$29, $29, -16\n"
	"	move	$31, $0\n"
	"	la	$25, main_from_stack\n"
	"	jr	$25\n");

/* Compilers call these even where nothing else is there. */
void *memset(void *s, int c, word n)
{
	char *p = s;

	while (n--) {
		*p++ = c;
		__asm__ volatile("" : : : "memory");
	}
	return s;
}

void *memcpy(void *to, const void *from, word n)
{
	const char *f = from;
	char *t = to;

	while (n--) {
		*t++ = *f++;
		__asm__ volatile("" : : : "memory");
	}
	return to;
}
