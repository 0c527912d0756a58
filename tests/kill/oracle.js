// oracle.js - what the sink received against what was put in.
'use strict';

const RANK = { none: 0, jaune: 2, orange: 3, rouge: 4 };

function value(body, name) {
	const match = new RegExp(`<valueName>${name}</valueName>\\s*<value>([^<]*)</value>`).exec(body);
	return match ? match[1] : '';
}

// {to, zone, level, key, at, expires} of each message, in order of arrival. A
// mail carries no CAP: its subject tells level and zone.
function received(w) {
	return w.sink.messages().map((m) => {
		const mail = m.channel === 'email' && (/crues (\w+) : (\w+)/.exec(m.subject) ?? [null, 'none', 'Terrain']);
		return {
			to: m.path ?? m.to, key: m.key, at: m.at_ms,
			zone: mail ? { Aa: 'AP5', Terrain: '62040' }[mail[2]] : value(m.body, 'tocsin:zone'),
			level: mail ? mail[1] : value(m.body, 'tocsin:level').replace(/^.*:/, ''),
			expires: Date.parse(/<expires>([^<]*)<\/expires>/.exec(m.body)?.[1] ?? '2999-01-01'),
		};
	});
}

// The messages of one life: each at its contact, by its channel; a report from
// the field and its end are two.
const OFFICER = ['/astreinte', 'astreinte@prefecture.example'];
const LIFE = [...OFFICER, '/pcs'].flatMap((to) => ['orange', 'rouge'].map((level) => ({ to, level, zone: 'AP5', count: 1 })))
	.concat(OFFICER.map((to) => ({ to, level: 'none', zone: '62040', count: 2 })));

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
	let lost = 0;
	for (const { to, level, zone, count } of w.hasLife ? LIFE : []) {
		const there = new Set(got.filter((m) => m.to === to && m.level === level && m.zone === zone).map((m) => m.key));
		if (there.size >= count)
			continue;
		lost++;
		faults.push(`${zone} ${level} arrived ${there.size} times at ${to}, not ${count}`);
	}
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
	const expected = want.size + (w.hasLife ? LIFE.reduce((n, one) => n + one.count, 0) : 0);
	return { expected, received: distinct, lost, expired, duplicates: got.length - distinct, faults };
}

module.exports = { judge };
