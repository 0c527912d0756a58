#include "collectors/feeds/hubeau/text.h"

#include <math.h>
#include <string.h>

#include "core/clock.h"

/* "12,4": a decimal comma. No "-0". */
static void
text_decimal(struct tcs_buf *buf, double value, int decimals)
{
	size_t from = buf->n;
	double unit = pow(10, -decimals);

	if (fabs(value) < unit / 2)
		value = 0;
	tcs_buf_printf(buf, "%.*f", decimals, value);
	for (size_t i = from; i < buf->n; i++) {
		if (buf->p[i] == '.')
			buf->p[i] = ',';
	}
}

/* A discharge is known to three digits at best. */
static int
text_decimals(const struct hubeau_row *row, double value)
{
	if (row->grandeur == 'H')
		return 2;
	return fabs(value) < 10 ? 2 : fabs(value) < 100 ? 1 : 0;
}

void
tcs_hubeau_text_value(struct tcs_buf *buf, const struct hubeau_value *value)
{
	const struct hubeau_row *row = value->row;

	tcs_buf_str(buf, row->grandeur == 'H' ? "hauteur " : "débit ");
	text_decimal(buf, row->value, text_decimals(row, row->value));
	tcs_buf_str(buf, row->grandeur == 'H' ? " m" : " m³/s");
}

void
tcs_hubeau_text_rate(struct tcs_buf *buf, const struct hubeau_value *value)
{
	bool is_height = value->row->grandeur == 'H';
	double shown = is_height ? value->per_hour * 100 : value->per_hour;
	int decimals = is_height ? 0 : text_decimals(value->row, shown);

	if (!value->has_rate)
		return;
	if (fabs(shown) < pow(10, -decimals) / 2) {
		tcs_buf_str(buf, " (stable)");
		return;
	}
	tcs_buf_str(buf, shown > 0 ? " (+" : " (");
	text_decimal(buf, shown, decimals);
	tcs_buf_str(buf, is_height ? " cm/h)" : " m³/s par heure)");
}

/* " à 14 h 05", with the zone's name in the hour that comes twice. */
static void
text_hour(struct tcs_buf *buf, int64_t at_ms)
{
	char text[TCS_TIME_TEXT];

	(void)tcs_time_french(at_ms, text);
	if (strlen(text) < 16)
		return;
	tcs_buf_printf(
	    buf, " à %.2s h %.2s%s", text + 11, text + 14, text + 16);
}

static void
text_quality(struct tcs_buf *buf, const struct hubeau_row *row)
{
	const char *statut = tcs_hubeau_statut_word(row->statut);
	const char *quality = tcs_hubeau_qualification_word(row->qualification);

	if (statut == NULL && quality == NULL)
		return;
	tcs_buf_printf(buf, ", donnée %s%s%s", statut == NULL ? "" : statut,
	    statut != NULL && quality != NULL ? ", " : "",
	    quality == NULL ? "" : quality);
}

void
tcs_hubeau_text(struct tcs_buf *buf, const struct hubeau_value *value)
{
	size_t from = buf->n;

	tcs_hubeau_text_value(buf, value);
	if (buf->err == TCS_OK) /* both words begin with an ASCII letter */
		buf->p[from] = value->row->grandeur == 'H' ? 'H' : 'D';
	text_hour(buf, value->row->at_ms);
	tcs_hubeau_text_rate(buf, value);
	text_quality(buf, value->row);
	tcs_buf_str(buf, ".");
	if (value->row->value < 0)
		tcs_buf_str(buf,
		    " Valeur négative, donnée telle que la source la "
		    "publie.");
}

void
tcs_hubeau_text_number(struct tcs_buf *buf, double value)
{
	tcs_buf_printf(buf, "%.3f", fabs(value) < 0.0005 ? 0 : value);
}
