// vigicrues.js - documents in the true format of InfoVigiCru.geojson.
'use strict';

const NAMES = { AP5: 'Aa', AP6: 'Liane', AP12: 'Hem', AP13: 'Lys amont - Laquette', AP16: 'Canche' };
const LEVELS = { vert: 1, jaune: 2, orange: 3, rouge: 4 };

// When an issue was, in units of 20 s before the test began: never half an hour
// ago, so that none of the nominal issues (10:00, 16:00) is overdue, whatever
// time it is.
const START = Date.now();

function issued(ago) {
	return new Date(START - ago * 20000).toISOString().replace(/\.\d+Z$/, '+00:00');
}

// `levels`: {AP5: 'orange'}; the others of NAMES are green. A level that is a
// number is written as it is.
function vigicrues(issued, levels = {}) {
	const features = Object.keys({ ...NAMES, ...levels }).map((code, i) => {
		const level = levels[code] ?? 'vert';
		return {
			type: 'Feature',
			properties: {
				CdTCC: 'TCC29', id: String(i + 1), CdEntCru: code, typentcru: '8',
				lbentcru: NAMES[code] ?? code, acroentcru: code, cddient_1: 'EU31',
				dhcentcru: '2020/09/15 09:00:00.000', dhmentcru: '2020/09/15 09:00:00.000',
				stentcru: 'Validé', cdensup_1: '29', typensup_1: '5', cdint: '1522',
				NivInfViCr: LEVELS[level] ?? level,
			},
			geometry: { type: 'MultiLineString', coordinates: [[[2.1 + i / 10, 50.6], [2.2 + i / 10, 50.7]]] },
			id: String(i + 1),
		};
	});
	return {
		type: 'FeatureCollection', name: 'template-vigicrues-v1.1-WGS84.geojson',
		bbox: [1.5, 50, 3.2, 51], features, RefInfoVigiCru: '23112026_16', DtHrInfoVigiCru: issued,
	};
}

module.exports = { issued, vigicrues };
