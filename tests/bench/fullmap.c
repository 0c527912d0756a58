#include "tests/bench/fullmap.h"

#include <stdio.h>

#include "core/clock.h"

enum { FULLMAP_POINTS = 164 };

/* Some river, point by point, with as many digits as the source gives. */
static void
fullmap_line(struct tcs_buf *buf, unsigned zone)
{
	uint32_t seed = zone * 2654435761U + 1;
	double lon = -4 + zone % 19 * 0.6, lat = 42.5 + zone % 23 * 0.35;

	for (unsigned i = 0; i < FULLMAP_POINTS; i++) {
		seed = seed * 1664525U + 1013904223U;
		lon += (seed >> 8) * 1e-10;
		lat += (seed >> 16) * 1e-8;
		tcs_buf_printf(
		    buf, "%s[%.15f,%.14f]", i == 0 ? "" : ",", lon, lat);
	}
}

static void
fullmap_feature(struct tcs_buf *buf, unsigned zone, unsigned level)
{
	static const char prefixes[][3] = {"AP", "SA", "MO", "GA", "LO", "CO",
	    "NO", "SM", "ML", "TL", "VT", "RS", "AL"};
	char code[16];

	/* AP1 to AP26, then SA1 … */
	(void)snprintf(
	    code, sizeof(code), "%s%u", prefixes[zone / 26], zone % 26 + 1);
	tcs_buf_printf(buf,
	    "%s{\"type\":\"Feature\",\"properties\":{\"CdTCC\":\"TCC%u\","
	    "\"id\":\"%u\",\"CdEntCru\":\"%s\",\"typentcru\":\"8\","
	    "\"lbentcru\":\"Rivière n° %u\",\"acroentcru\":\"%s\","
	    "\"cddient_1\":\"EU31\",\"dhcentcru\":\"2006\\/07\\/11 "
	    "12:00:00.000\",\"dhmentcru\":\"2024\\/03\\/18 15:00:00.000\","
	    "\"stentcru\":\"Validé\",\"cdensup_1\":\"29\",\"typensup_1\":"
	    "\"5\",\"cdint\":\"1512\",\"NivInfViCr\":%u},\"geometry\":{"
	    "\"type\":\"MultiLineString\",\"coordinates\":[[",
	    zone == 0 ? "" : ",", zone % 22 + 1, 500 + zone, code, zone, code,
	    level);
	fullmap_line(buf, zone);
	tcs_buf_printf(buf, "]]},\"id\":\"%u\"}\n", 500 + zone);
}

void
fullmap_write(
    struct tcs_buf *buf, int64_t issued_ms, unsigned zone, unsigned level)
{
	char issued[TCS_TIME_TEXT];

	tcs_buf_str(buf,
	    "{\"type\":\"FeatureCollection\",\"name\":\"template-vigicrues-"
	    "v1.1-WGS84.geojson\",\"bbox\":[-4.1486,42.4018,8.2333,50.8871],\n"
	    "\"features\":[\n");
	for (unsigned i = 0; i < FULLMAP_ZONES; i++)
		fullmap_feature(buf, i, i == zone ? level : 1);
	tcs_buf_printf(buf, "],\"DtHrInfoVigiCru\":\"%s\"}",
	    tcs_time_iso(issued_ms, issued));
}
