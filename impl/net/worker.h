/* One event loop on one thread, with the connections that live on it. For net/ only.
 * Thread: worker_new, worker_start, worker_stop and worker_join belong to the main thread, the fields to
 * the loop, except where it is said. */
#ifndef SRV_NET_WORKER_H
#define SRV_NET_WORKER_H

#include "../base/clock.h"
#include "../base/conf_ref.h"
#include "../base/network.h"
#include "../endpoint/endpoint.h"
#include "acceptor.h"
#include "caps.h"
#include "connlog.h"
#include "deadline.h"
#include "http1.h"
#include "listener.h"
#include "mailbox.h"
#include "reply.h"
#include "tls.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#define WORKER_READ_MAX 32768 /* bytes of one read */

struct conn;
struct worker;
LIST_HEAD(conn_list, conn);

/* What a server's workers share. */
struct shared {
	struct conf_holder conf;
	struct worker **workers; /* constant, as everything up to caps */
	size_t worker_count;
	struct listener *listeners;
	size_t listener_count;
	struct tls *tls; /* NULL if no listener needs it */
	struct caps *caps;
	atomic_bool stopping;
	atomic_size_t accept_over; /* workers that accept no more, once stopping */
	_Atomic int64_t starved;   /* mono ms when the lack of descriptors was last logged */
};

struct worker {
	struct shared *shared;
	struct event_base *base;
	struct event *mail;
	struct event *log_timer;
	struct mailbox *mailbox;
	struct conf_view conf;      /* what was current when it was last looked */
	struct http1_limits limits; /* of conf, */
	struct networks proxies;    /* and its trusted_proxies */
	struct endpoint_worker *endpoint;
	struct acceptor acceptor;
	struct deadlines deadlines;
	struct conn_list conns;
	struct connlog log;
	struct reply_date date;
	struct buf head;           /* of the answer being written; kept between answers */
	struct http_field *fields; /* of the request being taken up; room for CONF_MAX_FIELDS */
	char *scratch;             /* WORKER_READ_MAX bytes: what was read last */
	struct event *drain_timer; /* cuts off what is left */
	mono_t now;                /* when the event being handled began */
	bool draining;
	int cut;                     /* connections cut off while their work was undone */
	_Atomic int64_t drain_until; /* set before stopping is */
	atomic_bool asked;           /* for a sign of life, by server_responds; the loop takes it back */
	atomic_size_t load;          /* connections, given ones included; read by every loop */
	size_t most;                 /* of them, since memory was given back */
	mono_t gave_back;            /* when that was */
	pthread_t thread;
	bool started;
};

/* Errors: SRV_ENOMEM, SRV_EIO. */
enum srv_err worker_new(struct shared *, struct endpoint *, struct worker **out);
/* Errors: SRV_ELIMIT (no thread to be had). */
enum srv_err worker_start(struct worker *);
/* Tells the loop to look: shared->stopping is set, there is another shared->conf, or it is asked for a sign of life.
 * Thread: any. */
void worker_wake(struct worker *);
/* Waits for the loop's end. */
void worker_join(struct worker *);
void worker_free(struct worker **);

/* Sees to it that conf, and what is made from it, is the one in force. Costs next to nothing if it is; out of memory,
 * it stays the one before, and the next call tries again. Thread: the loop. */
void worker_renew_conf(struct worker *);
/* A connection has been freed. Gives memory back to the system after many have. Thread: the loop. */
void worker_left(struct worker *);
/* Ends a draining loop that has nothing left to do. Thread: the loop. */
void worker_check_over(struct worker *);
/* Logs as connlog does, and sees to it that sums are written in time. Thread: the loop. */
void worker_log_error(struct worker *, const char *class, int status, const char *peer);
void worker_log_silent(struct worker *);

#endif
