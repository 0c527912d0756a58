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

// A map of Météo-France: each domain with its phenomena, each with six intervals.
function carte(level) {
	const item = (phenomenon, colour, begin, end) => ({
		phenomenon_id: phenomenon, phenomenon_max_color_id: colour,
		timelaps_items: Array.from({ length: 6 }, (_, i) => ({
			begin_time: iso(begin + i * (end - begin) / 6), end_time: iso(begin + (i + 1) * (end - begin) / 6), color_id: colour,
		})),
	});
	const domain = (id, phenomena, begin, end) => ({
		domain_id: id, max_color_id: id === '62' ? level : 1,
		phenomenon_items: phenomena.map((p) => item(p, id === '62' && p === '1' ? level : 1, begin, end)),
	});
	const period = (echeance, begin, end) => ({
		echeance, begin_validity_time: iso(begin), end_validity_time: iso(end), text_items: { title: '', text: [] },
		timelaps: {
			domain_ids: [...departements.map((d) => domain(d, ['1', '2', '3', '4', '5', '6', '7'], begin, end)),
				...coasts.map((d) => domain(`${d}10`, ['9'], begin, end))],
		},
		max_count_items: [], per_phenomenon_items: [],
	});
	return {
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

// 35 bulletins, of which one changes.
function bulletins(risk) {
	const like = fs.readFileSync(path.join(t.top, 'tests', 'data', 'feeds', 'avalanche', '02-marked.xml'), 'utf8');
	return Array.from({ length: 35 }, (_, i) => {
		const id = like.replace(/ID="\d+"/, `ID="${i + 1}"`);
		const more = id.replace(/(<TEXTE>)/g, `$1${'Neige ventée en altitude, plaques possibles au passage des crêtes. '.repeat(20)}`);
		return i === 4 ? more.replace(/RISQUEMAXI="\d"/, `RISQUEMAXI="${risk}"`) : more;
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

function measure(driver, library, options, before, after) {
	const files = (when, bodies) => bodies.map((body, i) => {
		const file = path.join(dir, `${driver}-${when}-${i}`);
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
	measure('rss', 'html', [], [rss('Arrêté 3')], [rss('[MàJ] Arrêté 3')]);
} finally {
	fs.rmSync(dir, { recursive: true, force: true });
}
