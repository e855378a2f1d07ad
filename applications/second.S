/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second program: 256 KiB of code, every instruction of which is executed once, and
 * a status that shows it. It stands for the libraries and programs of a small system,
 * whose text is what execution in place keeps out of RAM.
 *
 * It is assembled as ../userspace/init.c is compiled, and linked with applications.lds.
 */
	.set	noreorder
	.text
	.globl	applications
	.type	applications, @function
applications:
	li	$4, 0x58495002
	.set	turn, 0
	/* Sixteen instructions a turn, 64 bytes; no two turns are alike. */
	.rept	4096
	addiu	$8, $4, turn & 0x7fff
	sll	$9, $8, 5
	srl	$10, $8, 27
	or	$9, $9, $10
	xor	$4, $4, $9
	addiu	$11, $4, (turn * 7) & 0x7fff
	sll	$12, $11, 13
	srl	$13, $11, 19
	or	$12, $12, $13
	addu	$4, $4, $12
	xori	$14, $4, turn
	sll	$15, $14, 3
	subu	$4, $15, $4
	ori	$24, $0, turn
	xor	$4, $4, $24
	addiu	$4, $4, 1
	.set	turn, turn + 1
	.endr
	/* The status has eight bits: fold the sum. */
	srl	$8, $4, 16
	xor	$4, $4, $8
	srl	$8, $4, 8
	xor	$4, $4, $8
	andi	$4, $4, 0xff
	li	$2, 4001
	syscall
1:	b	1b
	nop

	/* A program has data, and this much of it is in RAM. */
	.bss
	.space	16
