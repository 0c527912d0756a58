#include "collectors/path.h"

#include <string.h>
#include <strings.h>

#include "collectors/readings.h"

#define PATH_PARAM "tocsin:path"
#define PATH_BLANKS " \t\r\n,"

bool
tcs_path_is_closed(const char *path, const char *observatory)
{
	size_t n = 0, own = strlen(observatory);

	for (;;) {
		path += strspn(path, PATH_BLANKS);
		size_t length = strcspn(path, PATH_BLANKS);
		if (length == 0)
			return false;
		if (++n > TCS_PATH_MAX ||
		    (length == own && strncasecmp(path, observatory, own) == 0))
			return true;
		path += length;
	}
}

static bool
path_is_cut(const struct tcs_reading *reading, const char *observatory)
{
	for (size_t i = 0; i < reading->params_n; i++) {
		const struct tcs_pair *param = &reading->params[i];
		if (strcmp(param->name, PATH_PARAM) == 0 &&
		    tcs_path_is_closed(param->value, observatory))
			return true;
	}
	return false;
}

size_t
tcs_path_cut(struct tcs_readings *readings, const char *observatory)
{
	size_t n = 0;

	for (size_t i = 0; i < readings->n; i++) {
		if (!path_is_cut(&readings->items[i], observatory))
			readings->items[n++] = readings->items[i];
	}
	size_t cut = readings->n - n;
	readings->n = n;
	return cut;
}
