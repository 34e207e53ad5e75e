/* What people get to see of the results that are lists. main.c includes this. */
#ifndef SRV_SRVCTL_REPORT_H
#define SRV_SRVCTL_REPORT_H

#include "../base/buf.h"
#include "../client/srvclient.h"
#include <stdbool.h>

/* Append to out, whose err says whether that went well. colour: what is amiss is red, besides being said in words. */
void report_jobs(struct buf *out, const struct srvclient_maintenance_jobs *, bool colour);
void report_warehouse(struct buf *out, const struct srvclient_warehouse *, bool colour);

#endif
