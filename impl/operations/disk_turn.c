/* Disks are asked by one call at a time. One that does not answer, as a network drive whose server is gone, then keeps
 * one thread of the pool, for good perhaps, and not one after the other until none is left for anybody. Others wait for
 * a while, and, as long as nobody gets his turn, for a moment only. */
#include "disk_turn.h"
#include "../base/thread.h"

#define WAIT_MS 3000
#define SILENT_WAIT_MS 100

static struct {
	pthread_once_t once;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool taken;
	bool silent; /* the one whose turn it is was waited for in vain */
} turn = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

static void
init(void)
{
	thread_cond_init(&turn.over);
}

bool
disk_turn_begin(void)
{
	struct timespec until;
	bool mine;
	int rc = 0;

	pthread_once(&turn.once, init);
	pthread_mutex_lock(&turn.lock);
	until = thread_time_in(turn.silent ? SILENT_WAIT_MS : WAIT_MS);
	while (turn.taken && rc == 0)
		rc = pthread_cond_timedwait(&turn.over, &turn.lock, &until);
	mine = !turn.taken;
	turn.taken = true;
	turn.silent = !mine;
	pthread_mutex_unlock(&turn.lock);
	return mine;
}

void
disk_turn_end(void)
{
	pthread_mutex_lock(&turn.lock);
	turn.taken = turn.silent = false;
	pthread_cond_signal(&turn.over);
	pthread_mutex_unlock(&turn.lock);
}
