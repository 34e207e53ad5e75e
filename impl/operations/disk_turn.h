/* Whose turn it is to ask the disks. For GetWarehouseStatus.c. Thread: any. */
#ifndef SRV_OPERATIONS_DISK_TURN_H
#define SRV_OPERATIONS_DISK_TURN_H

#include <stdbool.h>

/* Waits for the turn, a few seconds at most. False: the disks do not answer somebody else. */
bool disk_turn_begin(void);
void disk_turn_end(void);

#endif
