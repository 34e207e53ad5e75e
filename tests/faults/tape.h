/* What a process does to its files, written down while it does it, so that a power cut can be played afterwards
 * (power.py). Nothing is written unless $FAULT_TAPE names the tape, which any number of processes may share. Thread:
 * any. */
#ifndef SRV_FAULTS_TAPE_H
#define SRV_FAULTS_TAPE_H

#include <stddef.h>
#include <sys/types.h>

enum tape_kind {
	TAPE_WRITE = 'W',
	TAPE_TRUNCATE = 'T',
	TAPE_UNLINK = 'U',
	TAPE_SYNC_BEGIN = 'B',
	TAPE_SYNC_END = 'E',
	TAPE_SYNC_FAILED = 'F', /* and what was to be synced may be lost for good */
};

void tape_open(void); /* before any of the others */
/* errno survives. What is done counts as done only once it is on the tape: so TAPE_WRITE, _TRUNCATE, _UNLINK and
 * _SYNC_BEGIN go in front of the call, the other two behind it. */
void tape_put(enum tape_kind, int fd, off_t at, const void *bytes, size_t len);
void tape_unlink(const char *path);

#endif
