// proposal.js - proposals as the rules put them on the bus, for tests of the
// dispatcher alone. Everything in them is fictitious.
'use strict';

const crypto = require('node:crypto');

const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00');
const parameter = ([name, value]) => `<parameter><valueName>tocsin:${name}</valueName><value>${value}</value></parameter>`;

// {id, cap, headers} of proposal p<number> about a zone.
function proposal({ zone = 'AP5', number = 1, nature = 'information', level = 'orange', audience = 'sidpc', expires = 3600,
	status = 'Test', action = 'raise' } = {}) {
	const now = Math.floor(Date.now() / 1000) * 1000;
	const thread = `sidpc62.vigicrues.${zone}.crues.20261123T150000Z.orange-0a1b2c/crues`;
	const hash = crypto.createHash('sha256').update(thread).digest('hex').slice(0, 8);
	const content = crypto.createHash('sha256').update(`${zone} ${number} ${level} ${now}`).digest('hex').slice(0, 6);
	const id = `sidpc62.${hash}.${nature}.p${number}-${content}`;
	const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
	const code = [0, 2, 4].map((i) => alphabet[parseInt(hash.slice(i, i + 2), 16) % alphabet.length]).join('');
	const signal = thread.split('/')[0];
	const parameters = {
		source: 'vigicrues', 'source-name': 'Vigicrues', feed: 'vigicrues', zone, phenomenon: 'crues', level: `vigicrues:${level}`,
		issued: iso(now), fetched: iso(now), nature, action, thread, code, rule: 'crues', raise: nature, number,
		'decision-mode': nature === 'alerte' ? 'authority' : 'none', audience, signal,
		'signal-reference': `sidpc62@prefecture.example,${signal},${iso(now)}`, observatory: 'sidpc62', 'intended-status': status,
	};
	const cap = `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>${id}</identifier><sender>sidpc62@prefecture.example</sender>
<sent>${iso(now)}</sent><status>Draft</status><msgType>Alert</msgType><scope>Restricted</scope><restriction>essai</restriction>
<info><language>fr-FR</language><category>Met</category><event>Vigilance crues</event><responseType>Monitor</responseType>
<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>${iso(now + expires * 1000)}</expires>
<senderName>Vigicrues</senderName><headline>Vigilance crues ${level} : ${zone}</headline><description>Essai.</description>
${nature === 'alerte' ? '<instruction>Vérifier les points bas.</instruction>' : ''}
${Object.entries(parameters).map(parameter).join('\n')}
<area><areaDesc>Département 62</areaDesc><geocode><valueName>INSEE:DEP</valueName><value>62</value></geocode></area></info></alert>
`;
	return { id, code, cap, fields: ['k', '62', 'v', cap, 'h.id', id, 'h.proposed', String(now)] };
}

module.exports = { proposal };
