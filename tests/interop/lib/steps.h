/* The steps, for the clients in C and C++: what they have in common but the toolkit. A client fills one struct
 * steps_form for each form that it speaks; a step is right when it was with each. Owns: each function returns the
 * result element as XML, or NULL if the call failed; strings are malloc'd and the caller's. catch_fault makes the
 * service answer a fault, has the toolkit tell it as one, and returns "code: text". */
#ifndef INTEROP_STEPS_H
#define INTEROP_STEPS_H

#ifdef __cplusplus
extern "C" {
#endif

struct steps_form {
	const char *form;
	void *toolkit; /* given to each function */
	char *(*authenticate_user)(void *, const char *uid, const char *pwd);
	char *(*flush_application_cache)(void *, const char *ticket);
	char *(*server_info)(void *);
	char *(*get_maintenance_jobs_status)(void *, const char *ticket);
	char *(*get_warehouse_status)(void *, const char *ticket);
	char *(*log_out)(void *, const char *ticket);
	char *(*catch_fault)(void *);
};

/* Takes the steps and prints them. Returns the exit status. */
int steps_run(const char *version, const struct steps_form *forms, int count);

#ifdef __cplusplus
}
#endif
#endif
