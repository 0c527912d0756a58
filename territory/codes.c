#include "territory/codes.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "territory/list.h"
#include "territory/names.h"

enum { CODES_KEY_MAX = 256 };

/* A region: its code, its name, and the zone de défense that it is in. */
#define CODES_AURA "84", "Auvergne-Rhône-Alpes", "SUD_EST"
#define CODES_BFC "27", "Bourgogne-Franche-Comté", "EST"
#define CODES_BRETAGNE "53", "Bretagne", "OUEST"
#define CODES_CENTRE "24", "Centre-Val de Loire", "OUEST"
#define CODES_CORSE "94", "Corse", "SUD"
#define CODES_GRAND_EST "44", "Grand Est", "EST"
#define CODES_HDF "32", "Hauts-de-France", "NORD"
#define CODES_IDF "11", "Île-de-France", "PARIS"
#define CODES_NORMANDIE "28", "Normandie", "OUEST"
#define CODES_AQUITAINE "75", "Nouvelle-Aquitaine", "SUD_OUEST"
#define CODES_OCCITANIE "76", "Occitanie", "SUD"
#define CODES_PDL "52", "Pays de la Loire", "OUEST"
#define CODES_PACA "93", "Provence-Alpes-Côte d'Azur", "SUD"
#define CODES_GUADELOUPE "01", "Guadeloupe", "ANTILLES"
#define CODES_MARTINIQUE "02", "Martinique", "ANTILLES"
#define CODES_GUYANE "03", "Guyane", "GUYANE"
#define CODES_REUNION "04", "La Réunion", "OCEAN_INDIEN"
#define CODES_MAYOTTE "06", "Mayotte", "OCEAN_INDIEN"

static const struct tcs_departement codes_departements[] = {
    {"01", "Ain", CODES_AURA, "FR711"},
    {"02", "Aisne", CODES_HDF, "FR221"},
    {"03", "Allier", CODES_AURA, "FR721"},
    {"04", "Alpes-de-Haute-Provence", CODES_PACA, "FR821"},
    {"05", "Hautes-Alpes", CODES_PACA, "FR822"},
    {"06", "Alpes-Maritimes", CODES_PACA, "FR823"},
    {"07", "Ardèche", CODES_AURA, "FR712"},
    {"08", "Ardennes", CODES_GRAND_EST, "FR211"},
    {"09", "Ariège", CODES_OCCITANIE, "FR621"},
    {"10", "Aube", CODES_GRAND_EST, "FR212"},
    {"11", "Aude", CODES_OCCITANIE, "FR811"},
    {"12", "Aveyron", CODES_OCCITANIE, "FR622"},
    {"13", "Bouches-du-Rhône", CODES_PACA, "FR824"},
    {"14", "Calvados", CODES_NORMANDIE, "FR251"},
    {"15", "Cantal", CODES_AURA, "FR722"},
    {"16", "Charente", CODES_AQUITAINE, "FR531"},
    {"17", "Charente-Maritime", CODES_AQUITAINE, "FR532"},
    {"18", "Cher", CODES_CENTRE, "FR241"},
    {"19", "Corrèze", CODES_AQUITAINE, "FR631"},
    {"21", "Côte-d'Or", CODES_BFC, "FR261"},
    {"22", "Côtes-d'Armor", CODES_BRETAGNE, "FR521"},
    {"23", "Creuse", CODES_AQUITAINE, "FR632"},
    {"24", "Dordogne", CODES_AQUITAINE, "FR611"},
    {"25", "Doubs", CODES_BFC, "FR431"},
    {"26", "Drôme", CODES_AURA, "FR713"},
    {"27", "Eure", CODES_NORMANDIE, "FR231"},
    {"28", "Eure-et-Loir", CODES_CENTRE, "FR242"},
    {"29", "Finistère", CODES_BRETAGNE, "FR522"},
    {"2A", "Corse-du-Sud", CODES_CORSE, "FR831"},
    {"2B", "Haute-Corse", CODES_CORSE, "FR832"},
    {"30", "Gard", CODES_OCCITANIE, "FR812"},
    {"31", "Haute-Garonne", CODES_OCCITANIE, "FR623"},
    {"32", "Gers", CODES_OCCITANIE, "FR624"},
    {"33", "Gironde", CODES_AQUITAINE, "FR612"},
    {"34", "Hérault", CODES_OCCITANIE, "FR813"},
    {"35", "Ille-et-Vilaine", CODES_BRETAGNE, "FR523"},
    {"36", "Indre", CODES_CENTRE, "FR243"},
    {"37", "Indre-et-Loire", CODES_CENTRE, "FR244"},
    {"38", "Isère", CODES_AURA, "FR714"},
    {"39", "Jura", CODES_BFC, "FR432"},
    {"40", "Landes", CODES_AQUITAINE, "FR613"},
    {"41", "Loir-et-Cher", CODES_CENTRE, "FR245"},
    {"42", "Loire", CODES_AURA, "FR715"},
    {"43", "Haute-Loire", CODES_AURA, "FR723"},
    {"44", "Loire-Atlantique", CODES_PDL, "FR511"},
    {"45", "Loiret", CODES_CENTRE, "FR246"},
    {"46", "Lot", CODES_OCCITANIE, "FR625"},
    {"47", "Lot-et-Garonne", CODES_AQUITAINE, "FR614"},
    {"48", "Lozère", CODES_OCCITANIE, "FR814"},
    {"49", "Maine-et-Loire", CODES_PDL, "FR512"},
    {"50", "Manche", CODES_NORMANDIE, "FR252"},
    {"51", "Marne", CODES_GRAND_EST, "FR213"},
    {"52", "Haute-Marne", CODES_GRAND_EST, "FR214"},
    {"53", "Mayenne", CODES_PDL, "FR513"},
    {"54", "Meurthe-et-Moselle", CODES_GRAND_EST, "FR411"},
    {"55", "Meuse", CODES_GRAND_EST, "FR412"},
    {"56", "Morbihan", CODES_BRETAGNE, "FR524"},
    {"57", "Moselle", CODES_GRAND_EST, "FR413"},
    {"58", "Nièvre", CODES_BFC, "FR262"},
    {"59", "Nord", CODES_HDF, "FR301"},
    {"60", "Oise", CODES_HDF, "FR222"},
    {"61", "Orne", CODES_NORMANDIE, "FR253"},
    {"62", "Pas-de-Calais", CODES_HDF, "FR302"},
    {"63", "Puy-de-Dôme", CODES_AURA, "FR724"},
    {"64", "Pyrénées-Atlantiques", CODES_AQUITAINE, "FR615"},
    {"65", "Hautes-Pyrénées", CODES_OCCITANIE, "FR626"},
    {"66", "Pyrénées-Orientales", CODES_OCCITANIE, "FR815"},
    {"67", "Bas-Rhin", CODES_GRAND_EST, "FR421"},
    {"68", "Haut-Rhin", CODES_GRAND_EST, "FR422"},
    {"69", "Rhône", CODES_AURA, "FR716"},
    {"70", "Haute-Saône", CODES_BFC, "FR433"},
    {"71", "Saône-et-Loire", CODES_BFC, "FR263"},
    {"72", "Sarthe", CODES_PDL, "FR514"},
    {"73", "Savoie", CODES_AURA, "FR717"},
    {"74", "Haute-Savoie", CODES_AURA, "FR718"},
    {"75", "Paris", CODES_IDF, "FR101"},
    {"76", "Seine-Maritime", CODES_NORMANDIE, "FR232"},
    {"77", "Seine-et-Marne", CODES_IDF, "FR102"},
    {"78", "Yvelines", CODES_IDF, "FR103"},
    {"79", "Deux-Sèvres", CODES_AQUITAINE, "FR533"},
    {"80", "Somme", CODES_HDF, "FR223"},
    {"81", "Tarn", CODES_OCCITANIE, "FR627"},
    {"82", "Tarn-et-Garonne", CODES_OCCITANIE, "FR628"},
    {"83", "Var", CODES_PACA, "FR825"},
    {"84", "Vaucluse", CODES_PACA, "FR826"},
    {"85", "Vendée", CODES_PDL, "FR515"},
    {"86", "Vienne", CODES_AQUITAINE, "FR534"},
    {"87", "Haute-Vienne", CODES_AQUITAINE, "FR633"},
    {"88", "Vosges", CODES_GRAND_EST, "FR414"},
    {"89", "Yonne", CODES_BFC, "FR264"},
    {"90", "Territoire de Belfort", CODES_BFC, "FR434"},
    {"91", "Essonne", CODES_IDF, "FR104"},
    {"92", "Hauts-de-Seine", CODES_IDF, "FR105"},
    {"93", "Seine-Saint-Denis", CODES_IDF, "FR106"},
    {"94", "Val-de-Marne", CODES_IDF, "FR107"},
    {"95", "Val-d'Oise", CODES_IDF, "FR108"},
    {"971", "Guadeloupe", CODES_GUADELOUPE, "FRA10"},
    {"972", "Martinique", CODES_MARTINIQUE, "FRA20"},
    {"973", "Guyane", CODES_GUYANE, "FRA30"},
    {"974", "La Réunion", CODES_REUNION, "FRA40"},
    {"976", "Mayotte", CODES_MAYOTTE, "FRA50"},
};

struct codes_zone {
	const char *code, *name;
	const char *const *departements; /* NULL-ended */
};

static const char *const codes_paris[] = {
    "75", "77", "78", "91", "92", "93", "94", "95", NULL};
static const char *const codes_nord[] = {"02", "59", "60", "62", "80", NULL};
static const char *const codes_est[] = {"08", "10", "21", "25", "39", "51",
    "52", "54", "55", "57", "58", "67", "68", "70", "71", "88", "89", "90",
    NULL};
static const char *const codes_ouest[] = {"14", "18", "22", "27", "28", "29",
    "35", "36", "37", "41", "44", "45", "49", "50", "53", "56", "61", "72",
    "76", "85", NULL};
static const char *const codes_sud[] = {"04", "05", "06", "09", "11", "12",
    "13", "2A", "2B", "30", "31", "32", "34", "46", "48", "65", "66", "81",
    "82", "83", "84", NULL};
static const char *const codes_sud_est[] = {"01", "03", "07", "15", "26", "38",
    "42", "43", "63", "69", "73", "74", NULL};
static const char *const codes_sud_ouest[] = {"16", "17", "19", "23", "24",
    "33", "40", "47", "64", "79", "86", "87", NULL};
static const char *const codes_antilles[] = {"971", "972", NULL};
static const char *const codes_guyane[] = {"973", NULL};
static const char *const codes_ocean_indien[] = {"974", "976", NULL};

static const struct codes_zone codes_zones[] = {
    {"PARIS", "Zone de défense Paris", codes_paris},
    {"NORD", "Zone de défense Nord", codes_nord},
    {"EST", "Zone de défense Est", codes_est},
    {"OUEST", "Zone de défense Ouest", codes_ouest},
    {"SUD", "Zone de défense Sud", codes_sud},
    {"SUD_EST", "Zone de défense Sud-Est", codes_sud_est},
    {"SUD_OUEST", "Zone de défense Sud-Ouest", codes_sud_ouest},
    {"ANTILLES", "Zone de défense Antilles", codes_antilles},
    {"GUYANE", "Zone de défense Guyane", codes_guyane},
    {"OCEAN_INDIEN", "Zone de défense Sud de l'océan Indien",
        codes_ocean_indien},
};

/* Météo-France's coasts; 6710 is none. */
static const char *const codes_coasts[][2] = {
    {"0610", "Alpes-Maritimes (littoral)"},
    {"1110", "Aude (littoral)"},
    {"1310", "Bouches-du-Rhône (littoral)"},
    {"1410", "Calvados (littoral)"},
    {"1710", "Charente-Maritime (littoral)"},
    {"2210", "Côtes-d'Armor (littoral)"},
    {"2910", "Finistère (littoral)"},
    {"2A10", "Corse-du-Sud (littoral)"},
    {"2B10", "Haute-Corse (littoral)"},
    {"3010", "Gard (littoral)"},
    {"3310", "Gironde (littoral)"},
    {"3410", "Hérault (littoral)"},
    {"3510", "Ille-et-Vilaine (littoral)"},
    {"4010", "Landes (littoral)"},
    {"4410", "Loire-Atlantique (littoral)"},
    {"5010", "Manche (littoral)"},
    {"5610", "Morbihan (littoral)"},
    {"5910", "Nord (littoral)"},
    {"6210", "Pas-de-Calais (littoral)"},
    {"6410", "Pyrénées-Atlantiques (littoral)"},
    {"6610", "Pyrénées-Orientales (littoral)"},
    {"7610", "Seine-Maritime (littoral)"},
    {"8010", "Somme (littoral)"},
    {"8310", "Var (littoral)"},
    {"8510", "Vendée (littoral)"},
};

#define CODES_N(table) (sizeof(table) / sizeof((table)[0]))

const struct tcs_departement *
tcs_departements(size_t *ret_n)
{
	*ret_n = CODES_N(codes_departements);
	return codes_departements;
}

static int
codes_departement_order(const void *code, const void *departement)
{
	const struct tcs_departement *d = departement;

	return strcmp(code, d->code);
}

const struct tcs_departement *
tcs_departement_find(const char *code)
{
	return code == NULL ? NULL
	                    : bsearch(code, codes_departements,
	                          CODES_N(codes_departements),
	                          sizeof(codes_departements[0]),
	                          codes_departement_order);
}

const struct tcs_departement *
tcs_departement_of_nuts3(const char *nuts3)
{
	for (size_t i = 0; nuts3 != NULL && i < CODES_N(codes_departements);
	     i++)
		if (strcmp(codes_departements[i].nuts3, nuts3) == 0)
			return &codes_departements[i];
	return NULL;
}

static struct tcs_slice
codes_key(const char *name, struct tcs_buf *buf)
{
	tcs_buf_reset(buf);
	tcs_name_key(tcs_slice_str(name), buf);
	return tcs_buf_view(buf);
}

const struct tcs_departement *
tcs_departement_named(const char *name)
{
	const struct tcs_departement *found = NULL;
	struct tcs_buf want, have;

	tcs_buf_init(&want, CODES_KEY_MAX);
	tcs_buf_init(&have, CODES_KEY_MAX);
	struct tcs_slice key = codes_key(name, &want);
	for (size_t i = 0; found == NULL && want.err == TCS_OK &&
	                   i < CODES_N(codes_departements);
	     i++) {
		const struct tcs_departement *at = &codes_departements[i];
		if (tcs_slice_equal(codes_key(at->name, &have), key))
			found = at;
	}
	tcs_buf_fini(&want);
	tcs_buf_fini(&have);
	return found;
}

const struct tcs_departement *
tcs_departement_of_insee(const char *insee)
{
	char code[4];

	if (!tcs_insee_is_valid(insee))
		return NULL;
	tcs_insee_departement(insee, code);
	return tcs_departement_find(code);
}

static const struct codes_zone *
codes_zone_find(const char *zone)
{
	for (size_t i = 0; i < CODES_N(codes_zones); i++)
		if (strcmp(codes_zones[i].code, zone) == 0)
			return &codes_zones[i];
	return NULL;
}

static struct tcs_domain
codes_coast(const char *domain)
{
	for (size_t i = 0; i < CODES_N(codes_coasts); i++) {
		if (strcmp(codes_coasts[i][0], domain) != 0)
			continue;
		const char code[] = {domain[0], domain[1], '\0'};
		return (struct tcs_domain){TCS_DOMAIN_COAST,
		    tcs_departement_find(code), codes_coasts[i][1]};
	}
	return (struct tcs_domain){0};
}

struct tcs_domain
tcs_domain_find(const char *domain)
{
	const struct tcs_departement *of = tcs_departement_find(domain);
	const struct codes_zone *zone;

	if (domain == NULL)
		return (struct tcs_domain){0};
	if (of != NULL)
		return (struct tcs_domain){
		    TCS_DOMAIN_DEPARTEMENT, of, of->name};
	if (strcmp(domain, "FRA") == 0)
		return (struct tcs_domain){TCS_DOMAIN_NATIONAL, NULL, "France"};
	if (strcmp(domain, "99") == 0)
		return (struct tcs_domain){TCS_DOMAIN_ABROAD, NULL, "Andorre"};
	if (strncmp(domain, "ZDF_", 4) != 0)
		return codes_coast(domain);
	zone = codes_zone_find(domain + 4);
	if (zone == NULL)
		return (struct tcs_domain){0};
	return (struct tcs_domain){TCS_DOMAIN_ZONE, NULL, zone->name};
}

const char *const *
tcs_zone_departements(const char *zone)
{
	const struct codes_zone *found = NULL;

	if (zone != NULL)
		found = codes_zone_find(
		    strncmp(zone, "ZDF_", 4) == 0 ? zone + 4 : zone);
	return found == NULL ? NULL : found->departements;
}
