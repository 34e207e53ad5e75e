/* For tests that memcheck cannot run: they say why, and tests/run shows it among the figures of their program. */
#ifndef SRV_TESTS_LEFT_OUT_H
#define SRV_TESTS_LEFT_OUT_H

#ifdef SRV_MEMCHECK
#define LEFT_OUT_OF_MEMCHECK(why)                                              \
	do {                                                                   \
		print_message("figures: %s is left out: %s\n", __func__, why); \
		return;                                                        \
	} while (0)
#else
#define LEFT_OUT_OF_MEMCHECK(why) ((void)0)
#endif

#endif
