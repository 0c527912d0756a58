// oracle.js - what the sink received against what was put in.
'use strict';

const RANK = { jaune: 2, orange: 3, rouge: 4 };

function value(body, name) {
	const match = new RegExp(`<valueName>${name}</valueName>\\s*<value>([^<]*)</value>`).exec(body);
	return match ? match[1] : '';
}

// {zone, level, nature, key, at, expires} of each message, in order of arrival.
function received(w) {
	return w.sink.messages().filter((m) => m.channel === 'webhook').map((m) => ({
		to: m.path, key: m.key, at: m.at_ms,
		zone: value(m.body, 'tocsin:zone'), level: value(m.body, 'tocsin:level').replace(/^.*:/, ''),
		expires: Date.parse(/<expires>([^<]*)<\/expires>/.exec(m.body)?.[1] ?? ''),
	}));
}

// Per zone the highest level published must have arrived, at least once, never
// followed by a lower one; a repeated message has the key of the first.
async function judge(w) {
	const got = received(w);
	const faults = [];
	const keys = new Map();
	const last = new Map();
	for (const m of got) {
		const same = keys.get(m.key);
		if (same && (same.zone !== m.zone || same.level !== m.level || same.to !== m.to))
			faults.push(`key ${m.key} on two different messages`);
		keys.set(m.key, m);
		const place = `${m.to} ${m.zone}`;
		if (RANK[m.level] < (last.get(place) ?? 0))
			faults.push(`${m.level} at ${place} after something newer`);
		last.set(place, Math.max(RANK[m.level], last.get(place) ?? 0));
		// CAP carries whole seconds.
		if (m.at > m.expires + 1000)
			faults.push(`${m.zone} ${m.level} arrived ${m.at - m.expires} ms after its expiry`);
		if (!m.key)
			faults.push(`a message for ${m.zone} without key`);
	}
	const want = new Map();
	for (const p of w.published) {
		const known = want.get(p.zone);
		if (!known || RANK[p.level] > RANK[known.level])
			want.set(p.zone, p);
	}
	if (w.expectLife)
		want.set('AP5', { zone: 'AP5', level: 'rouge', expires: Infinity });
	let lost = 0;
	let expired = 0;
	for (const p of want.values()) {
		const isThere = got.some((m) => m.zone === p.zone && m.level === p.level);
		if (isThere)
			continue;
		if (p.expires < Date.now()) {
			expired++;
			continue;
		}
		lost++;
		faults.push(`${p.zone} ${p.level} never arrived`);
	}
	const distinct = new Set(got.map((m) => m.key)).size;
	return {
		expected: want.size, received: distinct, lost, expired, duplicates: got.length - distinct,
		superseded: w.published.length - want.size - (distinct - (want.size - lost - expired)), faults,
	};
}

module.exports = { judge };
