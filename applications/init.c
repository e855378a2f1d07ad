// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the boot with applications: tells where the kernel has mapped its text and
 * what the start of another program costs, then does all that ../userspace/init.c does.
 * It is built like that one, but with applications.lds.
 *
 * Every line of its own begins with `xip-apps: `:
 *
 *   map LINE             a line of /proc/self/maps; for a text that is mapped in place
 *                        its offset is the physical address
 *   thousand T           the ticks of CP0 Count that a thousand instructions take
 *   cached C             the page cache in KiB, when the starts are over
 *   start N ticks T status S
 *                        the Nth start of /second: from fork(2) to wait4(2), and the
 *                        status it ended with
 */
#include "../userspace/init.c"

enum { SYS_umount = 4022 };

static void begin_applications(void)
{
	length = 0;
	put("xip-apps: ");
}

/* Counts with the processor's clock; with QEMU's -icount that is a count of instructions. */
static word ticks(void)
{
	word count;

	__asm__ volatile(
		".set	push\n\t"
		".set	mips32r2\n\t"
		"rdhwr	%0, $2\n\t"
		".set	pop"
		: "=r"(count) : : "memory");
	return count;
}

static void use_map(const char *s)
{
	begin_applications();
	put("map ");
	put(s);
	end();
}

/* Tells what a file of /proc says; run() mounts it once more. */
static void report(const char *path, void (*use)(const char *))
{
	if (syscall(SYS_mount, (word)"proc", (word)"/proc", (word)"proc", 0, 0, 0) < 0)
		return;
	each_line(path, use);
	syscall1(SYS_umount, "/proc");
}

/* The least of some tries is one that no interrupt fell into. */
static void report_thousand(void)
{
	word least = ~0ul;
	word try;

	for (try = 0; try < 16; try++) {
		word loops = 4999;
		word from = ticks();

		/* Two instructions a turn, and a last turn that ends the loop. */
		__asm__ volatile(
			".set	push\n\t"
			".set	noreorder\n"
			"1:	bnez	%0, 1b\n\t"
			"addiu	%0, %0, -1\n\t"
			".set	pop"
			: "+r"(loops));
		from = ticks() - from;
		if (from < least)
			least = from;
	}
	begin_applications();
	put("thousand ");
	put_number(least / 10, 10, 1);
	end();
}

static void use_cached(const char *s)
{
	char digit[2] = { 0, 0 };

	if (!starts_with(s, "Cached:"))
		return;
	begin_applications();
	put("cached ");
	for (; *s; s++)
		if (*s >= '0' && *s <= '9') {
			digit[0] = *s;
			put(digit);
		}
	end();
}

static void start_second(word number)
{
	static const char *const argv[] = { "/second", 0 };
	static const char *const envp[] = { 0 };
	word from = ticks();
	long pid = start_child();
	long status;

	if (!pid) {
		syscall3(SYS_execve, "/second", argv, envp);
		child_exit(1);
	}
	status = wait_for(pid);
	from = ticks() - from;
	begin_applications();
	put("start ");
	put_number(number, 10, 1);
	put(" ticks ");
	put_number(from, 10, 1);
	put(" status ");
	put_signed(status);
	end();
}

__attribute__((noreturn, used)) static void applications_from_stack(long *stack)
{
	if (stack[0] != 2) {
		open_console();
		report("/proc/self/maps", use_map);
		report_thousand();
		start_second(1);
		start_second(2);
		report("/proc/meminfo", use_cached);
	}
	main_from_stack(stack);
}

__asm__(
	"	.text\n"
	"	.globl	applications\n"
	"	.type	applications, @function\n"
	"applications:\n"
	"	move	$4, $29\n"
	"	li	$2, -8\n"
	"	and	$29, $29, $2\n"
	"	addiu	$29, $29, -16\n"
	"	move	$31, $0\n"
	"	la	$25, applications_from_stack\n"
	"	jr	$25\n");
