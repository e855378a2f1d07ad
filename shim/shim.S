/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot shim: what runs between reset and an XIP kernel on MIPS Malta. It does
 * for the kernel what the board's monitor, YAMON, does: set up the GT-64120 system
 * controller and the caches and hand over an environment.
 *
 * CC is a gcc or clang for MIPS, ENDIAN is -EL or -EB:
 *
 *   $CC $ENDIAN -mips32r2 -mabi=32 -fno-pic -mno-abicalls -c -o shim.o shim.S
 *   $LD $ENDIAN -T shim.lds -o shim.elf shim.o
 *   $OBJCOPY -O binary shim.elf shim.bin
 *
 * (clang: add --target=mipsel-linux-gnu or --target=mips-linux-gnu.) shim.bin is
 * written to the first 4 KiB of the flash. README.md has the protocol.
 */

#define zero	$0
#define v0	$2
#define v1	$3
#define a0	$4
#define a1	$5
#define a2	$6
#define a3	$7
#define t0	$8
#define t1	$9
#define t2	$10
#define t3	$11
#define t4	$12
#define t5	$13
#define t6	$14
#define s0	$16
#define s1	$17
#define s2	$18
#define s3	$19
#define s4	$20
#define s5	$21
#define k0	$26
#define k1	$27
#define sp	$29
#define ra	$31

#define CP0_BADVADDR	$8
#define CP0_COUNT	$9
#define CP0_COMPARE	$11
#define CP0_STATUS	$12
#define CP0_CAUSE	$13
#define CP0_EPC		$14
#define CP0_CONFIG	$16
#define CP0_TAGLO	$28
#define CP0_TAGHI	$29
#define CP0_ERROREPC	$30

#define ST0_BEV		0x00400000
#define ST0_ERL		0x00000004

/* Config.K0: cacheable, write back, no coherency */
#define CONF_K0_CACHED	3

#define INDEX_STORE_TAG_I	0x08
#define INDEX_STORE_TAG_D	0x09

#define KSEG0		0x80000000

/* The GT-64120's registers: where it has them at reset, and where Linux looks */
#define GT_RESET	0xb4000000
#define GT_BASE		0xbbe00000

/* They are little endian whatever the processor is; only low bytes are written. */
#ifdef __MIPSEB__
#define GT32(x)		((x) << 24)
#else
#define GT32(x)		(x)
#endif

/* ttyS0 of the super I/O chip, through the PCI I/O window set up below */
#define UART		0xb80003f8
#define UART_THR	0
#define UART_DLM	1
#define UART_FCR	2
#define UART_LCR	3
#define UART_LSR	5
#define UART_LSR_THRE	0x20

/*
 * Argument and environment blocks. YAMON owns the first megabyte of RAM, and the
 * device tree of the board reserves it; the vectors at its start are Linux's.
 */
#define ARGV		(KSEG0 + 0x2000)
#define ENVP		(KSEG0 + 0x2010)
#define MEMSIZE_END	(KSEG0 + 0x2080)

#define DEFAULT_RAM	0x10000000

	/* sw of a constant to a GT-64120 register; the base is in t0 */
	.macro	gt reg, value
	li	t1, GT32(\value)
	sw	t1, \reg(t0)
	.endm

	/* One name of the environment and its value; the block's end is in t0 */
	.macro	env name, value
	la	t1, \name
	la	t2, \value
	sw	t1, 0(t0)
	sw	t2, 4(t0)
	addiu	t0, t0, 8
	.endm

	/* An exception vector of the boot ROM. \offset is from the shim's start. */
	.macro	vector offset
	.org	\offset
	b	exception
	li	k1, \offset		/* in the delay slot */
	.endm

	.text
	.set	noreorder
	.set	noat
	.globl	reset
	.ent	reset
reset:
	b	start
	nop

	/* QEMU stores the board's revision here, real boards decode it here */
	.org	0x10
	.word	0

	/* Parameters, in the target's byte order: whoever builds the image fills in */
	.org	0x14
kernel_entry:
	.word	0
	.org	0x18
ram_size:
	.word	0

	/*
	 * Vectors while Status.BEV is set, that is until the kernel has its own.
	 * Nothing can be resumed: say what happened, and stay here.
	 */
	vector	0x200			/* TLB refill */
	vector	0x280			/* TLB refill, 64 bit */
	vector	0x300			/* cache error */
	vector	0x380			/* everything else */
	vector	0x400			/* interrupt, with Cause.IV */
	vector	0x480			/* EJTAG debug */

	.org	0x500
start:
	/* Reset leaves ERL set, under which KUSEG is odd and EPC is not written */
	li	t0, ST0_BEV
	mtc0	t0, CP0_STATUS
	mtc0	zero, CP0_CAUSE
	mtc0	zero, CP0_COUNT
	mtc0	zero, CP0_COMPARE
	ehb

	/* Move the controller's registers; the store that moves them is the last
	 * one to the old place. */
	li	t0, GT_RESET
	gt	0x068, 0xdf		/* registers at 0x1be00000 */
	li	t0, GT_BASE
	gt	0x048, 0xc0		/* PCI I/O: 0x18000000 ... */
	gt	0x050, 0x40		/*      ... 0x181fffff */
	gt	0x0f0, 0x00		/* is PCI I/O address 0 */
	gt	0x058, 0x80		/* PCI memory 0: 0x10000000 ... */
	gt	0x060, 0x3f		/*           ... 0x17ffffff */
	gt	0x080, 0xc1		/* PCI memory 1: 0x18200000 ... */
	gt	0x088, 0x5e		/*           ... 0x1bdfffff */

	/* 38400 baud, 8 bits, no parity, FIFO on */
	li	t0, UART
	li	t1, 0x83
	sb	t1, UART_LCR(t0)
	li	t1, 3
	sb	t1, UART_THR(t0)
	sb	zero, UART_DLM(t0)
	sb	t1, UART_LCR(t0)
	li	t1, 0x07
	sb	t1, UART_FCR(t0)

	/*
	 * Caches come out of reset with random tags. Invalidate every line, then
	 * make KSEG0 cached: this code runs in KSEG1 and does not notice. Without
	 * it the kernel would copy its data and boot from uncached flash.
	 *
	 * Config1 gives line size, sets per way and ways of both caches; field 0
	 * of the line size says that there is no such cache.
	 */
	mtc0	zero, CP0_TAGLO
	mtc0	zero, CP0_TAGHI
	mtc0	zero, CP0_TAGLO, 2
	mtc0	zero, CP0_TAGHI, 2
	ehb
	mfc0	s0, CP0_CONFIG, 1

	srl	a0, s0, 16		/* IA, IL, IS at bits 16, 19, 22 */
	jal	cache_geometry
	nop
	beqz	v0, 2f
	nop
1:	cache	INDEX_STORE_TAG_I, 0(v1)
	addu	v1, v1, v0
	bne	v1, a1, 1b
	nop
2:
	srl	a0, s0, 7		/* DA, DL, DS at bits 7, 10, 13 */
	jal	cache_geometry
	nop
	beqz	v0, 2f
	nop
1:	cache	INDEX_STORE_TAG_D, 0(v1)
	addu	v1, v1, v0
	bne	v1, a1, 1b
	nop
2:
	mfc0	t0, CP0_CONFIG
	li	t1, ~7
	and	t0, t0, t1
	ori	t0, t0, CONF_K0_CACHED
	mtc0	t0, CP0_CONFIG
	ehb

	/* RAM size, in decimal for the environment */
	la	t0, ram_size
	lw	s1, 0(t0)
	bnez	s1, 1f
	nop
	li	s1, DEFAULT_RAM
1:	li	t0, MEMSIZE_END - 1
	sb	zero, 0(t0)
	move	t1, s1
	li	t2, 10
1:	divu	zero, t1, t2
	mfhi	t3
	mflo	t1
	addiu	t3, t3, '0'
	addiu	t0, t0, -1
	bnez	t1, 1b
	sb	t3, 0(t0)
	move	s2, t0

	/* argv: a program name and nothing else, the kernel has a command line */
	li	a1, ARGV
	la	t0, program
	sw	t0, 0(a1)
	sw	zero, 4(a1)

	/* envp: YAMON keeps pairs of name and value, the last one null */
	li	a2, ENVP
	move	t0, a2
	la	t1, name_memsize
	sw	t1, 0(t0)
	sw	s2, 4(t0)
	addiu	t0, t0, 8
	env	name_modetty0, value_modetty0
	env	name_ethaddr, value_ethaddr
	sw	zero, 0(t0)
	sw	zero, 4(t0)

	la	t0, kernel_entry
	lw	t0, 0(t0)
	beqz	t0, no_kernel
	nop
	li	a0, 1
	move	a3, s1
	move	ra, zero
	jr	t0
	nop

	/*
	 * a0: a cache's fields of Config1, ways in bits 0-2, line size in 3-5, sets
	 * in 6-8. Returns the line size in v0 (0: no cache), the first index in v1
	 * and the one after the last in a1.
	 */
cache_geometry:
	srl	t0, a0, 3
	andi	t0, t0, 7
	beqz	t0, 1f
	move	v0, zero
	li	v0, 2
	sllv	v0, v0, t0		/* bytes in a line: 2 << IL */
	srl	t1, a0, 6
	andi	t1, t1, 7
	addiu	t1, t1, 1
	andi	t1, t1, 7		/* sets: 64 << IS, but 7 means 32 */
	li	t2, 32
	sllv	t2, t2, t1
	andi	t3, a0, 7
	addiu	t3, t3, 1		/* ways */
	mul	t2, t2, t3
	mul	t2, t2, v0
	li	v1, KSEG0
	addu	a1, v1, t2
1:	jr	ra
	nop

no_kernel:
	la	a0, message_no_kernel
	jal	puts
	nop
	b	stop
	nop

exception:
	move	s1, ra
	la	a0, message_vector
	jal	puts
	nop
	jal	puthex
	move	a0, k1
	la	a0, message_cause
	jal	puts
	nop
	jal	puthex
	mfc0	a0, CP0_CAUSE
	la	a0, message_epc
	jal	puts
	nop
	mfc0	t0, CP0_STATUS
	andi	t0, t0, ST0_ERL
	mfc0	a0, CP0_EPC
	beqz	t0, 1f
	nop
	mfc0	a0, CP0_ERROREPC
1:	jal	puthex
	nop
	la	a0, message_badvaddr
	jal	puts
	nop
	jal	puthex
	mfc0	a0, CP0_BADVADDR
	la	a0, message_status
	jal	puts
	nop
	jal	puthex
	mfc0	a0, CP0_STATUS
	la	a0, message_ra
	jal	puts
	nop
	jal	puthex
	move	a0, s1
	la	a0, message_end
	jal	puts
	nop
stop:
	wait
	b	stop
	nop

	/* a0: a string. The caller of these has no stack, so they keep to t, s4, s5. */
puts:
	move	s4, a0
	move	s5, ra
1:	lbu	a0, 0(s4)
	beqz	a0, 2f
	nop
	jal	putc
	addiu	s4, s4, 1
	b	1b
	nop
2:	jr	s5
	nop

	/* a0: a word, printed with eight digits */
puthex:
	move	s4, a0
	move	s5, ra
	li	s3, 28
1:	srlv	a0, s4, s3
	andi	a0, a0, 15
	sltiu	t0, a0, 10
	bnez	t0, 2f
	addiu	a0, a0, '0'
	addiu	a0, a0, 'a' - '0' - 10
2:	jal	putc
	nop
	bnez	s3, 1b
	addiu	s3, s3, -4
	jr	s5
	nop

	/* a0: a character. A dead UART must not hang what comes after. */
putc:
	li	t0, UART
	li	t1, 0x100000
1:	lbu	t2, UART_LSR(t0)
	andi	t2, t2, UART_LSR_THRE
	bnez	t2, 2f
	addiu	t1, t1, -1
	bnez	t1, 1b
	nop
2:	jr	ra
	sb	a0, UART_THR(t0)
	.end	reset

program:		.asciz	"shim"
name_memsize:		.asciz	"memsize"
name_modetty0:		.asciz	"modetty0"
value_modetty0:		.asciz	"38400,n,8,n"
name_ethaddr:		.asciz	"ethaddr"
value_ethaddr:		.asciz	"02:00:00:00:00:01"
message_no_kernel:	.asciz	"\r\nshim: no kernel entry in the parameter block\r\n"
message_vector:		.asciz	"\r\nshim: exception at boot vector 0x"
message_cause:		.asciz	": Cause 0x"
message_epc:		.asciz	" EPC 0x"
message_badvaddr:	.asciz	" BadVAddr 0x"
message_status:		.asciz	" Status 0x"
message_ra:		.asciz	" ra 0x"
message_end:		.asciz	"\r\n"
	.align	2
