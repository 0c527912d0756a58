/* fuzz_episode - an episode's file: any bytes are read or refused. */
#include <stddef.h>
#include <stdint.h>

#include "cli/episode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcs_episode *episode = NULL;
	struct tcs_diag diag = {0};

	if (tcs_episode_parse(tcs_slice(data, size), "episode.json", &episode,
	        &diag) == TCS_OK) {
		for (size_t i = 1; i < episode->events_n; i++)
			tcs_assert(episode->events[i - 1].at_ms <=
			           episode->events[i].at_ms);
	}
	tcs_episode_free(&episode);
	tcs_diag_fini(&diag);
	return 0;
}
