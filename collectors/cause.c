#include "collectors/cause.h"

#include <stdio.h>

const char *
tcs_cause_fault(enum tcs_http_fault fault)
{
	static const char *const words[] = {
	    [TCS_HTTP_FAULT_NONE] = "",
	    [TCS_HTTP_FAULT_NAME] = "le nom du serveur n'est pas trouvé",
	    [TCS_HTTP_FAULT_CONNECT] = "le serveur ne prend pas la connexion",
	    [TCS_HTTP_FAULT_TIMEOUT] = "le serveur ne répond pas à temps",
	    [TCS_HTTP_FAULT_TLS] =
	        "la connexion sécurisée (TLS) n'est pas sûre ou pas possible",
	    [TCS_HTTP_FAULT_CUT] = "la connexion est coupée avant la fin",
	    [TCS_HTTP_FAULT_SIZE] = "la réponse est plus grande que permis",
	    [TCS_HTTP_FAULT_REDIRECT] =
	        "la source renvoie vers une adresse qui n'est pas suivie",
	    [TCS_HTTP_FAULT_OTHER] = "l'échange avec le serveur échoue",
	};

	return words[fault];
}

void
tcs_cause_status(long status, char cause[TCS_CAUSE_MAX])
{
	const char *words = "réponse inattendue";

	if (status == 429)
		words = "trop de demandes, la source nous fait attendre";
	else if (status == 401 || status == 403)
		words = "accès refusé, clé ou droits à vérifier";
	else if (status == 404 || status == 410)
		words = "rien n'est plus à cette adresse";
	else if (status >= 500)
		words = "erreur du serveur de la source";
	else if (status >= 300 && status < 400)
		words = tcs_cause_fault(TCS_HTTP_FAULT_REDIRECT);
	(void)snprintf(cause, TCS_CAUSE_MAX, "%s (HTTP %ld)", words, status);
}

const char *
tcs_cause_refusal(enum tcs_refusal refusal)
{
	static const char *const words[] = {
	    [TCS_REFUSAL_NONE] = "",
	    [TCS_REFUSAL_TRUNCATED] = "le document reçu est incomplet",
	    [TCS_REFUSAL_ERROR] =
	        "une page ou un message d'erreur vient à la place du document",
	    [TCS_REFUSAL_RESHAPED] =
	        "le document n'a plus la forme connue : rien n'en est lu",
	    [TCS_REFUSAL_STALE] =
	        "la source ne donne que ce qui n'est plus valable",
	};

	return words[refusal];
}
