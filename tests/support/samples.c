#include "tests/support/samples.h"

#include "core/clock.h"

struct tcs_signal
sample_signal(void)
{
	return (struct tcs_signal){
	    .identifier =
	        "sidpc62.vigicrues.AP5.crues.20261123T150000Z.orange-0a1b2c",
	    .sender = "sidpc62@prefecture.example",
	    .sent_ms = SAMPLE_ISSUED_MS + TCS_MINUTES(2),
	    .status = "Actual",
	    .msg_type = "Update",
	    .references = "sidpc62@prefecture.example,"
	                  "sidpc62.vigicrues.AP5.crues.20261122T150000Z."
	                  "jaune-ffeedd,2026-11-22T16:02:00+01:00",
	    .observatory = "sidpc62",
	    .source = "vigicrues",
	    .feed = "vigicrues",
	    .source_name = "Vigicrues",
	    .zone = "AP5",
	    .zone_name = "Aa",
	    .zone_scheme = "VIGICRUES",
	    .phenomenon = "crues",
	    .level = "orange",
	    .previous_level = "jaune",
	    .issued_ms = SAMPLE_ISSUED_MS,
	    .fetched_ms = SAMPLE_ISSUED_MS + TCS_MINUTES(2),
	    .expires_ms = SAMPLE_ISSUED_MS + TCS_HOURS(20),
	    .departement = "62",
	    .headline = "Vigilance crues orange : Aa",
	    .description = "Débordements importants possibles.",
	    .web = "https://vigicrues.example/niv3-bassin.php?CdEntVigiCru=1",
	};
}

struct tcs_proposal
sample_information(void)
{
	static const char *const insee[] = {"62765", "62905"};

	return (struct tcs_proposal){
	    .identifier = "sidpc62.5d41402a.information.p2-a1b2c3",
	    .sender = "sidpc62@prefecture.example",
	    .sent_ms = SAMPLE_ISSUED_MS + TCS_MINUTES(3),
	    .references = "sidpc62@prefecture.example,"
	                  "sidpc62.5d41402a.information.p1-c3b2a1,"
	                  "2026-11-22T16:02:01+01:00",
	    .intended_status = "Actual",
	    .observatory = "sidpc62",
	    .thread = "sidpc62.vigicrues.AP5.crues.20261122T150000Z."
	              "jaune-ffeedd/vigilance-crues",
	    .code = "7KQ",
	    .rule = "vigilance-crues",
	    .rule_title = "Vigilance crues orange ou rouge",
	    .raise = "information",
	    .nature = TCS_NATURE_INFORMATION,
	    .action = TCS_ACTION_RAISE,
	    .number = 2,
	    .decision_mode = "none",
	    .audience = "sidpc communes",
	    .signal =
	        "sidpc62.vigicrues.AP5.crues.20261123T150000Z.orange-0a1b2c",
	    .signal_reference =
	        "sidpc62@prefecture.example,"
	        "sidpc62.vigicrues.AP5.crues.20261123T150000Z.orange-0a1b2c,"
	        "2026-11-23T16:02:00+01:00",
	    .source = "vigicrues",
	    .source_name = "Vigicrues",
	    .feed = "vigicrues",
	    .zone = "AP5",
	    .zone_name = "Aa",
	    .zone_scheme = "VIGICRUES",
	    .phenomenon = "crues",
	    .level = "orange",
	    .previous_level = "jaune",
	    .issued_ms = SAMPLE_ISSUED_MS,
	    .fetched_ms = SAMPLE_ISSUED_MS + TCS_MINUTES(2),
	    .expires_ms = SAMPLE_ISSUED_MS + TCS_HOURS(20),
	    .departement = "62",
	    .list = "crues/AP5",
	    .insee = insee,
	    .insee_n = 2,
	    .headline = "Vigilance crues orange : Aa",
	    .description = "Débordements importants possibles.",
	    .web = "https://vigicrues.example/niv3-bassin.php?CdEntVigiCru=1",
	};
}

struct tcs_proposal
sample_alerte(void)
{
	struct tcs_proposal proposal = sample_information();

	proposal.identifier = "sidpc62.5d41402a.alerte.p2-a1b2c3";
	proposal.references = "sidpc62@prefecture.example,"
	                      "sidpc62.5d41402a.alerte.p1-c3b2a1,"
	                      "2026-11-22T16:02:01+01:00";
	proposal.raise = "alerte";
	proposal.nature = TCS_NATURE_ALERTE;
	proposal.decision_mode = "authority";
	proposal.audience = "communes";
	proposal.instruction = "Vérifier campings et points bas. Répondre 7KQ.";
	return proposal;
}

struct tcs_alert
sample_alert(void)
{
	struct tcs_alert alert = {
	    .base = sample_alerte(),
	    .status = "Actual",
	    .msg_type = "Alert",
	    .version = 1,
	    .decision =
	        "id=d-0123 authority=Sous-préfet de permanence "
	        "how=verbal, par téléphone at=2026-11-23T16:12:00+01:00",
	    .authority = "Sous-préfet de permanence",
	};

	alert.base.identifier = "sidpc62.5d41402a.alerte.v1-a1b2c3";
	alert.base.references = NULL;
	alert.base.sent_ms = SAMPLE_ISSUED_MS + TCS_MINUTES(13);
	return alert;
}
