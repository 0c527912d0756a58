/* kit.h - rules and signals for tests, in few words. */
#ifndef TOCSIN_TESTS_RULES_KIT_H
#define TOCSIN_TESTS_RULES_KIT_H

#include "core/err.h"
#include "core/signal.h"
#include "rules/rule.h"

struct tcs_xml_schema;

/* 2026-11-23T17:00:00+01:00. */
#define KIT_NOW INT64_C(1795449600000)

/* The shipped schema; freed by kit_done(). */
const struct tcs_xml_schema *kit_schema(void);
void kit_done(void);

/* A rule "r" whose <when> holds `when`, with an information raise, an alerte
 * raise and two examples that fit nothing in particular. */
#define KIT_HEAD                                                               \
	"<rule id=\"r\" title=\"t\" owner=\"o\" basis=\"b\" "                  \
	"review=\"2027-06-01\">\n"
#define KIT_RAISES                                                             \
	"\n<raise nature=\"information\" audience=\"sidpc communes\" "         \
	"expires=\"source\"><headline>Vigilance crues {level} : "              \
	"{zone}</headline><territory list=\"crues/{zone}\"/></raise>"          \
	"<raise nature=\"alerte\" audience=\"communes\" "                      \
	"decision=\"authority\" expires=\"source\">"                           \
	"<headline>Vigilance crues {level} : {zone}</headline>"                \
	"<action for=\"communes\">Répondre {code}.</action>"                  \
	"<territory list=\"crues/{zone}\"/></raise>"

/* Compile a whole document; its examples are run. */
enum tcs_err kit_load(
    const char *text, struct tcs_rule **ret_rule, struct tcs_diag *diag);
/* Compile KIT_HEAD <when>`when`</when> KIT_RAISES; must be right. */
struct tcs_rule *kit_rule(const char *when);

/* A signal of vigicrues about AP5 in 62; issued, sent at KIT_NOW, expires 18 h
 * later. `previous` may be NULL. */
struct tcs_signal kit_signal(
    const char *identifier, const char *level, const char *previous);

#endif
