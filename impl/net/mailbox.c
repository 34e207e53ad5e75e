/* Why: an exchange may become ready on any thread, at a moment when no memory is to be had, for a
 * connection that is gone, or when the whole loop is. So a ready call allocates nothing: each connection has a slot
 * here that is its own queue node, and an id names a slot and a serial number, which a slot's next exchange
 * changes. A mailbox is freed with its loop only when every abandoned exchange has had its say; else it
 * stays, closed, because the last of them may still call mailbox_ready with it.
 * The lock is held for a few instructions; the descriptor is written to once for any number of letters. */
#include "mailbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SLOT_BITS 24
#define NO_SLOT UINT32_MAX

struct slot {
	void *owner; /* NULL: free */
	uint64_t id; /* of the exchange under way; 0 if there is none */
	uint32_t next;
	bool ready; /* in the list of ready ones */
};

struct mailbox {
	pthread_mutex_t lock; /* of what follows, up to fd */
	struct slot *slots;
	uint32_t slot_count;
	uint32_t first_free;              /* linked by next */
	uint32_t first_ready, last_ready; /* linked by next */
	uint64_t serial;
	size_t abandoned; /* exchanges whose ready call may still come */
	struct mailbox_given *first_given, **last_given;
	bool woken;  /* fd was written to and not yet read */
	bool closed; /* the loop is gone */
	int fd;
	struct mailbox *next_kept; /* under kept_lock */
};

/* Closed mailboxes that may still be written to. */
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mailbox *kept;

enum srv_err
mailbox_new(struct mailbox **out)
{
	struct mailbox *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return SRV_ENOMEM;
	m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->fd < 0) {
		free(m);
		return SRV_EIO;
	}
	if (pthread_mutex_init(&m->lock, NULL) != 0) {
		close(m->fd);
		free(m);
		return SRV_ENOMEM;
	}
	m->first_free = m->first_ready = m->last_ready = NO_SLOT;
	m->last_given = &m->first_given;
	*out = m;
	return SRV_OK;
}

void
mailbox_free(struct mailbox **mp)
{
	struct mailbox *m = *mp;
	struct mailbox_given *given;
	bool keep;

	*mp = NULL;
	if (m == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	given = m->first_given;
	m->first_given = NULL;
	m->closed = true;
	keep = m->abandoned > 0;
	free(m->slots);
	m->slots = NULL;
	m->slot_count = 0;
	close(m->fd);
	pthread_mutex_unlock(&m->lock);
	while (given != NULL) {
		struct mailbox_given *next = given->next;

		close(given->fd);
		free(given);
		given = next;
	}
	if (!keep) {
		pthread_mutex_destroy(&m->lock);
		free(m);
		return;
	}
	pthread_mutex_lock(&kept_lock);
	m->next_kept = kept;
	kept = m;
	pthread_mutex_unlock(&kept_lock);
}

int
mailbox_fd(const struct mailbox *m)
{
	return m->fd;
}

static void
wake_locked(struct mailbox *m)
{
	uint64_t one = 1;
	int saved = errno;

	if (m->woken || m->closed)
		return;
	m->woken = true;
	/* Eight bytes to an eventfd are written whole, and its counter cannot be full: woken sees to that. */
	while (write(m->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	errno = saved;
}

void
mailbox_wake(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	wake_locked(m);
	pthread_mutex_unlock(&m->lock);
}

void
mailbox_awake(struct mailbox *m)
{
	uint64_t count;

	pthread_mutex_lock(&m->lock);
	while (read(m->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	m->woken = false;
	pthread_mutex_unlock(&m->lock);
}

static enum srv_err
grow_locked(struct mailbox *m)
{
	uint32_t count = m->slot_count > 0 ? m->slot_count * 2 : 64;
	struct slot *slots;

	if (count > UINT32_C(1) << SLOT_BITS)
		return SRV_ENOMEM;
	slots = realloc(m->slots, count * sizeof(*slots));
	if (slots == NULL)
		return SRV_ENOMEM;
	for (uint32_t i = m->slot_count; i < count; i++)
		slots[i] = (struct slot){.next = i + 1 < count ? i + 1 : NO_SLOT};
	m->first_free = m->slot_count;
	m->slots = slots;
	m->slot_count = count;
	return SRV_OK;
}

enum srv_err
mailbox_attach(struct mailbox *m, void *owner, uint32_t *slot)
{
	enum srv_err err = SRV_OK;

	pthread_mutex_lock(&m->lock);
	if (m->first_free == NO_SLOT)
		err = grow_locked(m);
	if (err == SRV_OK) {
		*slot = m->first_free;
		m->first_free = m->slots[*slot].next;
		m->slots[*slot] = (struct slot){.owner = owner, .next = NO_SLOT};
	}
	pthread_mutex_unlock(&m->lock);
	return err;
}

void
mailbox_detach(struct mailbox *m, uint32_t slot)
{
	pthread_mutex_lock(&m->lock);
	assert(m->slots[slot].id == 0);
	m->slots[slot] = (struct slot){.next = m->first_free};
	m->first_free = slot;
	pthread_mutex_unlock(&m->lock);
}

uint64_t
mailbox_begin(struct mailbox *m, uint32_t slot)
{
	uint64_t id;

	pthread_mutex_lock(&m->lock);
	assert(m->slots[slot].id == 0);
	id = ++m->serial << SLOT_BITS | slot;
	m->slots[slot].id = id;
	pthread_mutex_unlock(&m->lock);
	return id;
}

static void
unlist_locked(struct mailbox *m, uint32_t slot)
{
	uint32_t before = NO_SLOT;

	for (uint32_t at = m->first_ready; at != slot; at = m->slots[at].next)
		before = at;
	if (before == NO_SLOT)
		m->first_ready = m->slots[slot].next;
	else
		m->slots[before].next = m->slots[slot].next;
	if (m->last_ready == slot)
		m->last_ready = before;
	m->slots[slot].next = NO_SLOT;
	m->slots[slot].ready = false;
}

void
mailbox_end(struct mailbox *m, uint32_t slot, bool abandoned)
{
	struct slot *s;

	pthread_mutex_lock(&m->lock);
	s = &m->slots[slot];
	if (s->ready)
		unlist_locked(m, slot);
	else if (abandoned && s->id != 0)
		m->abandoned++;
	s->id = 0;
	pthread_mutex_unlock(&m->lock);
}

void
mailbox_ready(void *mailbox, uint64_t id)
{
	struct mailbox *m = mailbox;
	uint32_t slot = (uint32_t)(id & ((UINT64_C(1) << SLOT_BITS) - 1));

	pthread_mutex_lock(&m->lock);
	if (slot >= m->slot_count || m->slots[slot].id != id) {
		if (m->abandoned > 0)
			m->abandoned--;
	} else if (!m->slots[slot].ready) {
		m->slots[slot].ready = true;
		m->slots[slot].next = NO_SLOT;
		if (m->last_ready == NO_SLOT)
			m->first_ready = slot;
		else
			m->slots[m->last_ready].next = slot;
		m->last_ready = slot;
		wake_locked(m);
	}
	pthread_mutex_unlock(&m->lock);
}

/* The id stays until mailbox_end, but a second ready call for it would be the endpoint's mistake. */
void *
mailbox_next_ready(struct mailbox *m)
{
	void *owner = NULL;

	pthread_mutex_lock(&m->lock);
	if (m->first_ready != NO_SLOT) {
		uint32_t slot = m->first_ready;

		owner = m->slots[slot].owner;
		unlist_locked(m, slot);
	}
	pthread_mutex_unlock(&m->lock);
	return owner;
}

void
mailbox_give(struct mailbox *m, struct mailbox_given *given)
{
	given->next = NULL;
	pthread_mutex_lock(&m->lock);
	*m->last_given = given;
	m->last_given = &given->next;
	wake_locked(m);
	pthread_mutex_unlock(&m->lock);
}

struct mailbox_given *
mailbox_take(struct mailbox *m)
{
	struct mailbox_given *first;

	pthread_mutex_lock(&m->lock);
	first = m->first_given;
	m->first_given = NULL;
	m->last_given = &m->first_given;
	pthread_mutex_unlock(&m->lock);
	return first;
}
