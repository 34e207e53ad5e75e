/* What serving never does, done from within: as whoever found a hole would. Thread: any. */
#ifndef SRV_FAULTS_TRESPASS_H
#define SRV_FAULTS_TRESPASS_H

/* Makes the call of this name: 0 if it worked, else errno; it may well not return. */
int trespass(const char *name);

#endif
