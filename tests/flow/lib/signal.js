// signal.js - a signal as the collector writes it, for tests that have none.
// Everything in it is fictitious.
'use strict';

const HOUR = 3600e3;

const iso = (ms) => new Date(ms + HOUR).toISOString().replace(/\.\d+Z$/, '+01:00');
const values = (tag, all) => Object.entries(all)
	.map(([name, value]) => `<${tag}><valueName>${name}</valueName><value>${value}</value></${tag}>`).join('');

// {key, id, value}: `zone` of département `key` went from `previous` to `level`.
function signal({ id, level, previous, zone = 'AP5', name = 'Aa', key = '62', source = 'vigicrues', status = 'Exercise',
	at = Date.now(), end = false }) {
	const parameters = {
		'tocsin:source': source, 'tocsin:feed': 'vigicrues', 'tocsin:zone': zone, 'tocsin:zone-name': name,
		'tocsin:phenomenon': 'crues', 'tocsin:level': `${source}:${level}`, 'tocsin:issued': iso(at), 'tocsin:fetched': iso(at),
		'tocsin:observatory': 'sidpc62', ...(previous ? { 'tocsin:previous-level': `${source}:${previous}` } : {}),
	};
	return {
		key, id,
		value: '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
			+ `<identifier>${id}</identifier><sender>sidpc62@prefecture.example</sender><sent>${iso(at)}</sent>`
			+ `<status>${status}</status><msgType>Alert</msgType><scope>Public</scope><info><language>fr-FR</language>`
			+ `<category>Met</category><event>Vigilance crues</event><responseType>${end ? 'AllClear' : 'Monitor'}</responseType>`
			+ '<urgency>Future</urgency><severity>Severe</severity><certainty>Likely</certainty>'
			+ `<expires>${iso(at + 18 * HOUR)}</expires><senderName>Vigicrues</senderName>`
			+ `<headline>Vigilance crues ${level} : ${name}</headline><description>Texte fictif.</description>${values('parameter', parameters)}`
			+ `<area><areaDesc>${name}</areaDesc>${values('geocode', { VIGICRUES: zone, 'INSEE:DEP': key })}</area></info></alert>`,
	};
}

module.exports = { signal };
