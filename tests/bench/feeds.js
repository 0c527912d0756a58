// feeds.js - documents as large as the sources' own, with one change each, for
// bench_feeds: document -> signals beside the bare parse.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const t = require('../flow/lib/tocsin.js');

const rounds = 100;
const dir = t.tempDir();
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const hour = 3600000;
const now = Math.floor(Date.now() / hour) * hour;

const departements = Array.from({ length: 95 }, (_, i) => String(i + 1).padStart(2, '0')).filter((d) => d !== '20').concat('2A', '2B');
const coasts = ['06', '11', '13', '14', '17', '22', '29', '2A', '2B', '30', '33', '34', '35', '40', '44', '50', '56', '59', '62', '64', '66', '76', '80', '83', '85'];

// A map of Météo-France as on a day in winter with something going on: six or
// seven phenomena a domain, floods without hours, one colour for the whole
// period where it is green, three where it is not.
function carte(level) {
	const hours = (colours, begin, end) => colours.map((colour, i) => ({
		begin_time: iso(begin + i * (end - begin) / colours.length), end_time: iso(begin + (i + 1) * (end - begin) / colours.length), color_id: colour,
	}));
	const item = (phenomenon, colour, begin, end) => ({
		phenomenon_id: phenomenon, phenomenon_max_color_id: colour,
		timelaps_items: phenomenon === '4' ? [] : hours(colour === 1 ? [1] : [1, colour, 1], begin, end),
	});
	const colour = (id, i, p) => (id === '62' && p === '1' ? level : id !== '62' && (i + Number(p)) % 15 === 0 ? 2 : 1);
	const domain = (id, i, phenomena, begin, end) => ({
		domain_id: id, max_color_id: Math.max(...phenomena.map((p) => colour(id, i, p))),
		phenomenon_items: phenomena.map((p) => item(p, colour(id, i, p), begin, end)),
	});
	const winter = (i) => ['2', '3', '1', '5', '7', '4', ...i % 5 === 0 ? ['8'] : []];
	const period = (echeance, begin, end) => ({
		echeance, begin_validity_time: iso(begin), end_validity_time: iso(end),
		text_items: echeance === 'J' ? { title: 'Commentaire carte', text: ['Un épisode de vent fort concerne le nord du pays.'] } : { title: '', text: [] },
		timelaps: {
			domain_ids: [domain('FRA', 0, ['2', '3', '1', '5', '7', '4', '8', '9'], begin, end),
				...departements.map((d, i) => domain(d, i, winter(i), begin, end)),
				...coasts.map((d, i) => domain(`${d}10`, i, ['9'], begin, end))],
		},
		max_count_items: [2, 3, 4].map((id) => ({ color_id: id, color_name: 'Jaune', count: 5, text_count: '5 départements en Jaune' })),
		per_phenomenon_items: ['1', '2', '3'].map((p) => ({
			phenomenon_id: p, any_color_count: 5,
			phenomenon_counts: [2, 3, 4].map((id) => ({ color_id: id, color_name: 'Jaune', count: 5, text_count: '5 départements en Jaune' })),
		})),
	});
	return {
		meta: { snapshot_id: 'deadbeef', product_datetime: iso(now - hour), generation_timestamp: iso(now - hour) },
		product: {
			warning_type: 'vigilance', type_cdp: 'cdp_carte_externe', version_vigilance: 'V6', version_cdp: '1.0.0',
			update_time: iso(now - hour + level * 1000), domain_id: 'FRA', global_max_color_id: String(level),
			periods: [period('J', now - hour, now + 12 * hour), period('J1', now + 12 * hour, now + 36 * hour)],
		},
	};
}

// Hub'Eau: 40 stations, 36 rows of each.
function rows(height) {
	const data = [];
	for (let station = 0; station < 40; station++) {
		for (let i = 0; i < 36; i++) {
			data.push({
				code_site: `E35${station + 1000}`, code_station: `E35${station + 1000}001`, grandeur_hydro: 'H',
				date_debut_serie: iso(now - 3 * hour), date_fin_serie: iso(now), statut_serie: 4, code_statut: 4, libelle_statut: 'Donnée brute',
				date_obs: iso(now - i * 300000), resultat_obs: station === 7 && i === 0 ? height : 1200 + station,
				code_methode_obs: 0, libelle_methode_obs: 'Mesure', code_qualification_obs: 16, libelle_qualification_obs: 'Non qualifiée',
				continuite_obs_hydro: true, longitude: 2.25, latitude: 50.66,
			});
		}
	}
	return { count: data.length, first: 'https://hubeau.example/x', prev: null, next: null, api_version: '2.0.1', data };
}

// A préfecture's feed: 100 items with HTML in them.
function rss(title) {
	const text = (i) => `<p>La préfecture informe : <strong>arrêté n° ${i}</strong>.</p><ul><li>Circulation</li><li>Travaux &amp; voirie</li></ul>`
		+ '<p>Plus de détails dans le communiqué joint, publié par les services de l’État.</p>'.repeat(8);
	const items = Array.from({ length: 100 }, (_, i) => `<item><title>${i === 3 ? title : `Arrêté ${i}`}</title>`
		+ `<link>https://www.pas-de-calais.example/actualites/${i}</link><description><![CDATA[${text(i)}]]></description>`
		+ `<pubDate>${new Date(now - i * 60000).toUTCString()}</pubDate><guid isPermaLink="false">${i}</guid></item>`);
	return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Préfecture</title>${items.join('\n')}</channel></rss>`;
}

// 35 bulletins, of which one changes: each with paragraphs for the texts that
// are read, and with the weather and the snow of the days around, which are not.
function bulletins(risk) {
	const like = fs.readFileSync(path.join(t.top, 'tests', 'data', 'feeds', 'avalanche', '02-marked.xml'), 'utf8');
	const words = (n) => 'Neige ventée en altitude, plaques possibles au passage des crêtes. '.repeat(n);
	const days = (each) => Array.from({ length: 7 }, (_, i) => each(`2027-01-${String(12 - i).padStart(2, '0')}T00:00:00`, i)).join('\n');
	const snow = `<QUALITE><TEXTE><![CDATA[${words(8)}]]></TEXTE></QUALITE>`
		+ `<ENNEIGEMENT DATE="2027-01-11T00:00:00" LimiteSud="1400" LimiteNord="1000">${[1000, 1500, 2000, 2500, 3000].map((alti) => `<NIVEAU ALTI="${alti}" N="${alti / 20}" S="${alti / 40}"/>`).join('')}</ENNEIGEMENT>`
		+ `<NEIGEFRAICHE ALTITUDESS="1800" SECTEURSS1="Massif" SECTEURSS2="">${days((day, i) => `<NEIGE24H DATE="${day}" SS241="${i}" SS242="${i + 5}" SS24Min1="0" SS24Max1="10"/>`)}</NEIGEFRAICHE>`;
	const weather = `<METEO ALTITUDEVENT1="2000" ALTITUDEVENT2="3000"><COMMENTAIRE><![CDATA[${words(6)}]]></COMMENTAIRE>`
		+ `${days((day, i) => `<ECHEANCE DATE="${day}" TEMPSSENSIBLE="${i}" MERNUAGE="-1" PLUIENEIGE="1200" ISO0="1800" ISO-10="3200" DD1="NW" FF1="40" DD2="W" FF2="60"/>`)}</METEO>`;
	const past = `<METEO>${days((day) => `<ECHEANCE DATE="${day}" TEMPSSENSIBLEJ="3" PLUIENEIGE="1200" ISO0="1800" ISO-10="3200" DD1="NW" FF1="40" DD2="W" FF2="60"/>`)}</METEO>`
		+ `<ENNEIGEMENTS>${days((day) => `<ENNEIGEMENT DATE="${day}" LimiteSud="1400" LimiteNord="1000" Sud1="10" Nord1="30" Sud2="60" Nord2="90"/>`)}</ENNEIGEMENTS>`
		+ `<RISQUES>${days((day) => `<RISQUE DATE="${day}" RISQUEMAXI="3"/>`)}</RISQUES>`;
	return Array.from({ length: 35 }, (_, i) => {
		const text = like.replace(/ID="\d+"/, `ID="${i + 1}"`)
			.replace('<QUALITE><TEXTE/></QUALITE>', snow + weather)
			.replace(/<RISQUES>.*<\/RISQUES>/, past)
			.replace('Nombreuses', `${words(8)}Nombreuses`);
		return i === 4 ? text.replace(/RISQUEMAXI="\d"/, `RISQUEMAXI="${risk}"`) : text;
	});
}

// Two months of one station, a value each five minutes.
function series(last) {
	return {
		Serie: {
			CdStationHydro: 'E351122001', LbStationHydro: 'Delettes', GrdSerie: 'H',
			ObssHydro: Array.from({ length: 17280 }, (_, i) => ({
				DtObsHydro: iso(now - (17279 - i) * 300000), ResObsHydro: i === 17279 ? last : 0.8 + (i % 100) / 1000,
			})),
		},
	};
}

// Vigicrues' national bulletin in JSON-LD: 22 territories of 15 tronçons.
function bulletin(level) {
	const entity = (code, type, name) => ({ '@id': `http://id.eaufrance.example/${code}`, 'vic:CdEntVigiCru': code, 'vic:TypEntVigiCru': type, 'vic:LbEntVigiCru': name });
	const part = (i, k) => ({
		'vic:RefInfoVigiCru': '', 'vic:TypInfoVigiCru': '1', 'vic:NivInfoVigiCru': String(i === 3 && k === 4 ? level : 1),
		'vic:EstNivCalInfoVigiCru': false, 'vic:StInfoVigiCru': '4', 'vic:porteSurLEntite': entity(`AP${100 * i + k + 1}`, '8', `Tronçon ${k} du territoire ${i}`),
	});
	const words = 'La hausse se poursuit sur l’ensemble des cours d’eau jusqu’à mardi matin. '.repeat(10);
	return {
		'@context': { vic: 'http://id.eaufrance.example/ddd/vic/1.1/' },
		'mat:Scenario': { 'mat:CodeScenario': 'VICGeo', DateHeureCreationFichier: iso(now - hour) },
		'vic:InfoVigiCru': {
			'vic:RefInfoVigiCru': 'national', 'vic:TypInfoVigiCru': '1', 'vic:DtHrInfoVigiCru': iso(now - hour + level * 1000), 'vic:DtHrSuivInfoVigiCru': iso(now + 6 * hour),
			'vic:NivInfoVigiCru': String(level), 'vic:EstNivCalInfoVigiCru': true, 'vic:StInfoVigiCru': '4',
			'vic:SituActuInfoVigiCru': words, 'vic:EvolInfoVigiCru': words, 'vic:ConsInfoVigiCru': words, 'vic:ConseqInfoVigiCru': words,
			'vic:porteSurLEntite': entity('29', '5', 'Artois-Picardie'),
			'vic:estLaSyntheseDe': Array.from({ length: 330 }, (_, i) => part(Math.floor(i / 15), i % 15)),
		},
	};
}

const local = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00');
const advice = 'Limitez vos déplacements et tenez-vous informés de l’évolution de la situation. '.repeat(6);

// MeteoAlarm: 300 warnings as one JSON, of which one is raised.
function warnings(level) {
	const words = ['', '1; green; Minor', '2; yellow; Moderate', '3; orange; Severe', '4; red; Extreme'];
	return {
		warnings: Array.from({ length: 300 }, (_, i) => ({
			uuid: `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`,
			alert: {
				identifier: `2.49.0.0.250.0.FR.${i}.${i === 7 ? level : 0}`, sender: 'vigilance@meteo.example', sent: local(now - hour), status: 'Actual', msgType: 'Alert', scope: 'Public',
				info: ['fr-FR', 'en-GB'].map((language) => ({
					language, category: ['Met'], event: 'Vigilance jaune orages', headline: 'Vigilance jaune orages', description: advice, instruction: advice,
					urgency: 'Immediate', severity: 'Moderate', certainty: 'Likely', responseType: ['Monitor'], senderName: 'Météo-France', web: 'https://vigilance.example/fr',
					onset: local(now - hour), expires: local(now + 12 * hour),
					area: [{ areaDesc: 'Pas de Calais', geocode: [{ value: `FR${301 + i % 2}`, valueName: 'NUTS3' }] }],
					parameter: [{ valueName: 'awareness_level', value: words[i === 7 ? level : 2] }, { valueName: 'awareness_type', value: '3; Thunderstorm' }],
				})),
			},
		})),
	};
}

// An index and 60 CAP documents of 5 kB, one of them raised.
function messages(severity) {
	const info = (language, grave) => `<info><language>${language}</language><category>Met</category><event>Crue</event><responseType>Monitor</responseType>`
		+ `<urgency>Expected</urgency><severity>${grave}</severity><certainty>Likely</certainty><onset>${local(now - hour)}</onset><expires>${local(now + 12 * hour)}</expires>`
		+ `<senderName>Service de prévision</senderName><headline>Crue de l’Aa</headline><description>${advice}</description><instruction>${advice}</instruction><web>https://source.example/</web>`
		+ '<parameter><valueName>niveau</valueName><value>2</value></parameter>'.repeat(6)
		+ ['302', '301'].map((code) => `<area><areaDesc>Secteur ${code}</areaDesc><geocode><valueName>NUTS3</valueName><value>FR${code}</value></geocode></area>`).join('') + '</info>';
	const all = Array.from({ length: 60 }, (_, i) => `<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">`
		+ `<identifier>A-${i}${i === 7 ? severity : ''}</identifier><sender>alerte@source.example</sender><sent>${local(now - hour)}</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>`
		+ `${['fr-FR', 'en-GB'].map((language) => info(language, i === 7 ? severity : 'Moderate')).join('')}</alert>`);
	const entries = all.map((_, i) => `<entry><id>urn:a:${i}</id><title>Crue</title><updated>${local(now - hour)}</updated><link rel="alternate" type="application/cap+xml" href="https://source.example/${i}.xml"/></entry>`);
	return [`<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><id>urn:a</id><title>Messages</title><updated>${local(now - hour)}</updated>${entries.join('')}</feed>`, ...all];
}

// RéNaSS: 200 earthquakes, one of them revised.
function quakes(magnitude) {
	const like = JSON.parse(fs.readFileSync(path.join(t.top, 'tests', 'data', 'feeds', 'renass', '01-event.json'), 'utf8'));
	return {
		...like,
		features: Array.from({ length: 200 }, (_, i) => ({
			...like.features[0], id: `fr2027${String(i).padStart(6, '0')}`,
			properties: { ...like.features[0].properties, time: iso(now - i * hour / 4), mag: i === 7 ? magnitude : 2 + i % 10 / 10 },
		})),
	};
}

// 50 mails with text, HTML and an attachment of 30 kB; the first is another.
function mails(name) {
	const html = `<html><body>${`<p>${advice}</p>`.repeat(6)}</body></html>`;
	const lines = (text) => text.match(/.{1,76}/g).join('\r\n');
	const base64 = (bytes) => lines(Buffer.from(bytes).toString('base64'));
	return Array.from({ length: 50 }, (_, i) => [`Received: from mx.source.example by mail.prefecture.example; ${new Date(now).toUTCString()}`,
		'From: Bulletin <bulletin@source.example>', 'To: sidpc@prefecture.example', 'Subject: =?utf-8?Q?Point_de_situation_n=C2=B0?=', `Date: ${new Date(now - i * 60000).toUTCString()}`,
		`Message-ID: <${i === 0 ? name : i}@source.example>`, 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=mm', '', '--mm',
		'Content-Type: multipart/alternative; boundary=aa', '', '--aa', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', base64(advice.repeat(6)),
		'--aa', 'Content-Type: text/html; charset=utf-8', 'Content-Transfer-Encoding: base64', '', base64(html), '--aa--',
		'--mm', 'Content-Type: application/pdf; name="point.pdf"', 'Content-Disposition: attachment', 'Content-Transfer-Encoding: base64', '', base64(Buffer.alloc(30000, i)), '--mm--', ''].join('\r\n'));
}

function measure(driver, library, options, before, after) {
	const files = (when, bodies) => bodies.map((body, i) => {
		const file = path.join(dir, `${driver}-${library}-${when}-${i}`);
		fs.writeFileSync(file, typeof body === 'string' ? body : JSON.stringify(body));
		return file;
	});
	process.stdout.write(execFileSync(path.join(t.bin, '..', 'bench', 'bench_feeds'),
		[driver, library, String(rounds), ...options, ...files('before', before), '--', ...files('now', after)], { encoding: 'utf8' }));
}

try {
	measure('meteofrance', 'json', [], [carte(2)], [carte(3)]);
	measure('vigicrues', 'json', ['watch=observations', 'stations=E351122001'], [series(0.9)], [series(1.4)]);
	measure('hubeau', 'json', [], [rows(1200)], [rows(2400)]);
	measure('avalanche', 'xml', [], bulletins('2'), bulletins('4'));
	measure('vigicrues', 'json', [], [bulletin(2)], [bulletin(3)]);
	measure('cap', 'json', [], [warnings(2)], [warnings(3)]);
	measure('cap', 'xml', [], messages('Moderate'), messages('Severe'));
	measure('renass', 'json', [], [quakes(3.4)], [quakes(4.4)]);
	measure('mailbox', 'mail', [`recognisers=${path.join(t.top, 'config', 'default', 'recognisers.xml')}`], mails('one'), mails('two'));
	measure('rss', 'html', [], [rss('Arrêté 3')], [rss('[MàJ] Arrêté 3')]);
} finally {
	fs.rmSync(dir, { recursive: true, force: true });
}
