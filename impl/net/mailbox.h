/* How other threads reach a loop: exchanges that became ready, connections handed over, the order to stop. Nothing
 * but ids and descriptors passes through; it outlives its loop if somebody may still write to it.
 * Thread: as said at each. */
#ifndef SRV_NET_MAILBOX_H
#define SRV_NET_MAILBOX_H

#include "../base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct mailbox;

/* A connection that another loop accepted. */
struct mailbox_given {
	struct mailbox_given *next;
	int fd;
	unsigned flags; /* its listener's */
	struct sockaddr_storage address;
};

/* Errors: SRV_ENOMEM, SRV_EIO. */
enum srv_err mailbox_new(struct mailbox **out);
/* The loop is gone: connections still given are closed, later mail is dropped. */
void mailbox_free(struct mailbox **);
/* Readable when there is mail; mailbox_awake empties it. Thread: the loop. */
int mailbox_fd(const struct mailbox *);
void mailbox_awake(struct mailbox *);
/* Thread: any. */
void mailbox_wake(struct mailbox *);

/* A place for one who has at most one exchange at a time. Thread: the loop. Errors: SRV_ENOMEM. */
enum srv_err mailbox_attach(struct mailbox *, void *owner, uint32_t *slot);
void mailbox_detach(struct mailbox *, uint32_t slot);
/* A new id for the exchange that begins now. */
uint64_t mailbox_begin(struct mailbox *, uint32_t slot);
/* It was answered in place, or its answer was taken, or it was abandoned. */
void mailbox_end(struct mailbox *, uint32_t slot, bool abandoned);
/* Says that the exchange can be answered: an exchange_ready whose loop_arg is the mailbox. Thread: any. */
void mailbox_ready(void *mailbox, uint64_t id);
/* The owner of the next exchange that is ready; NULL if there is none. Thread: the loop. */
void *mailbox_next_ready(struct mailbox *);

/* Hands a connection over, which is the mailbox's from then on, and wakes the loop. Thread: any. */
void mailbox_give(struct mailbox *, struct mailbox_given *);
/* All that were given, in order, now the caller's. Thread: the loop. */
struct mailbox_given *mailbox_take(struct mailbox *);

#endif
