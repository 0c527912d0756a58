#include "collectors/driver.h"

#include <stdlib.h>

enum tcs_err
tcs_driver_open(const struct tcs_feed_ops *ops,
    const struct tcs_option_text *texts, size_t n, void **ret_st,
    struct tcs_diag *diag)
{
	const struct tcs_option_source source = {
	    .file = ops->name, .section = "feed", .texts = texts, .n = n};
	void *st = calloc(1, ops->state_size == 0 ? 1 : ops->state_size);
	enum tcs_err err = TCS_OK;

	if (st == NULL)
		return TCS_ENOMEM;
	if (ops->options != NULL)
		err = tcs_option_fill(ops->options, &source, st, diag);
	if (err == TCS_OK && ops->init != NULL)
		err = ops->init(st, diag);
	if (err != TCS_OK)
		tcs_driver_close(ops, &st);
	else
		*ret_st = st;
	return err;
}

void
tcs_driver_close(const struct tcs_feed_ops *ops, void **st)
{
	if (*st == NULL)
		return;
	if (ops->fini != NULL)
		ops->fini(*st);
	if (ops->options != NULL)
		tcs_option_clear(ops->options, *st);
	free(*st);
	*st = NULL;
}
