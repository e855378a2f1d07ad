// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module of the boot test: shows that code which is loaded to RAM and the kernel
 * in flash call each other, that the kernel's generated code can be called from it,
 * and that the kernel finds the exception table of a module. `init.c` loads it, as
 * /test.ko, and removes it again. Commands to build it: series/checks/module.sh.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#define WORDS	(PAGE_SIZE / sizeof(unsigned long))

static int worked;

static void work(struct work_struct *unused)
{
	worked++;
}

static DECLARE_WORK(item, work);

/* copy_page() and clear_page() are trampolines in flash to code in RAM. */
static int check_pages(void)
{
	unsigned long *from = (unsigned long *)__get_free_page(GFP_KERNEL);
	unsigned long *to = (unsigned long *)__get_free_page(GFP_KERNEL);
	int i, error = 0;

	if (!from || !to)
		error = -ENOMEM;
	for (i = 0; !error && i < WORDS; i++) {
		from[i] = i * 0x9e3779b1ul + 1;
		to[i] = 0;
	}
	if (!error)
		copy_page(to, from);
	if (!error && memcmp(to, from, PAGE_SIZE))
		error = -EIO;
	if (!error)
		clear_page(to);
	if (!error && memchr_inv(to, 0, PAGE_SIZE))
		error = -EIO;
	free_page((unsigned long)from);
	free_page((unsigned long)to);
	return error;
}

/* The address is nobody's: the load faults in the module's text, and is fixed up. */
static int check_fixup(void)
{
	u32 value;

	return get_user(value, (u32 __user *)8) == -EFAULT ? 0 : -EFAULT;
}

static int __init test_init(void)
{
	int error = check_pages();

	pr_info("xip-test: init at %px, printk at %px, clear_page at %px\n",
		test_init, _printk, clear_page);
	if (!error)
		error = check_fixup();
	/* Kernel text calls module text. */
	schedule_work(&item);
	flush_work(&item);
	if (!error && worked != 1)
		error = -EIO;
	pr_info("xip-test: %s %d\n", error ? "FAIL" : "pass", error);
	return error;
}

static void __exit test_exit(void)
{
	pr_info("xip-test: removed\n");
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("Shows that modules work with an XIP kernel");
MODULE_LICENSE("GPL");
