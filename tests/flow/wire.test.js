// Every topic as docs/wire-format.md and config/schema/ say it is: records of
// the real daemons, and the examples of the page itself.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { after, before, test } = require('node:test');
const t = require('./lib/tocsin.js');
const wire = require('./lib/wire.js');

const SAID = ['--authority', 'M. Paul Imaginaire, sous-préfet de permanence', '--how', 'écrit', '--reason', 'essai'];
const WRITTEN = ['documents', 'health', 'reports', 'signals', 'proposals', 'decisions', 'alerts', 'receipts', 'rejected',
	'events'];
const all = Object.fromEntries(wire.topics.map((topic) => [topic, []])); // what the daemons said
const parse = (topic) => all[topic].map((record) => JSON.parse(record.v));

async function collect(client, realm, partitions, planted = []) {
	for (const topic of wire.topics) {
		for (let p = 0; p < partitions; p++) {
			const records = await client.stream(`${realm}${topic}.${p}`);
			all[topic].push(...records.filter(({ position }) => !planted.includes(`${topic}.${p}/${position}`)));
		}
	}
}

// The shipped episode: a whole flood, with its decisions and a silent source.
async function playEpisode() {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const replay = new t.Program(path.join(t.bin, 'tocsin'), ['replay', 'flood', '--keep', '--store', redis.address,
		'--admin', redis.admin, '--secrets', path.join(dir, 'secrets'), '--state', path.join(dir, 'state')]);
	assert.equal((await replay.waitEnd({ timeout: 300000 })).code, 0, replay.text());
	await collect(await t.connect(redis), 'x-flood.', 1);
}

// A rule for an audience that no contact has.
const NOBODY = `<rule id="personne" title="Pour personne" owner="SIDPC" basis="essai" review="2099-01-01">
<when><source is="vigicrues"/><level at-least="rouge"/></when>
<raise nature="information" audience="coz" expires="source"><headline>Crue {level} : {zone}</headline></raise>
<example match="yes"><signal source="vigicrues" zone="AP5" level="rouge" previous="orange"/></example>
</rule>`;

// What goes wrong: a first state, a target that is away, an alert for nobody,
// documents and records that cannot be read, decisions that hold for nothing.
// Two partitions, so that a resume has two keys.
async function breakThings() {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const client = await t.connect(redis);
	const feed = await t.startFeed();
	const sink = await t.startSink(dir);
	const rules = path.join(dir, 'rules.d');
	fs.cpSync(path.join(t.top, 'config', 'default', 'rules.d'), rules, { recursive: true });
	fs.writeFileSync(path.join(rules, 'personne.xml'), NOBODY);
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, sink, parts: {
		bus: { partitions: 2 },
		paths: { rules },
		feed: { terrain: { driver: 'report' } },
		contact: { loin: { function: 'loin', audiences: ['sidpc'], departements: ['62'], webhook: 'http://127.0.0.1:9/' } },
	} }));
	const stream = async (topic) => (await Promise.all([0, 1].map((p) => client.stream(`tocsin.${topic}.${p}`)))).flat();
	const until = (topic, is) => t.waitFor(async () => (await stream(topic)).map((r) => JSON.parse(r.v)).some(is),
		{ timeout: 30000, what: `a record in ${topic}: ${is}`, detail: () => run.text().slice(-3000) });
	const issue = (ago, levels) => feed.serve(t.vigicrues(t.issued(ago), levels), 200,
		{ ETag: `"${ago}"`, 'Last-Modified': 'Mon, 23 Nov 2026 16:00:00 GMT' });

	issue(60, { AP6: 'orange' });
	const run = t.startRun({ config });
	await until('receipts', (r) => r.state === 'HELD');
	assert.equal((await t.cli(['resume', 'vigicrues'], { config })).code, 0);
	assert.equal((await t.cli(['decide', 'ZZZ-123456', 'approve', ...SAID], { config })).code, 3);
	issue(50, { AP6: 'orange', AP5: 'rouge' });
	await until('receipts', (r) => r.kind === 'alert');
	await until('receipts', (r) => r.state === 'WAITING');
	issue(55, { AP6: 'vert' });
	await until('documents', (r) => r.outcome === 'older');
	feed.serve(JSON.stringify(t.vigicrues(new Date().toISOString())).slice(0, -300));
	await until('documents', (r) => r.outcome === 'truncated');
	feed.serve('<html><body>Maintenance</body></html>', 200, { 'Content-Type': 'text/html' });
	await until('documents', (r) => r.outcome === 'error' || r.outcome === 'reshaped');
	await until('health', (r) => r.state !== 'fresh');

	await speak(dir, config, until);
	const plant = async (topic, key, value) => {
		const script = `return redis.call('XADD', 'tocsin.${topic}.0', '*', 'k', '${key}', 'v', ${value})`;
		return `${topic}.0/${await client.call('EVAL', script, 0)}`;
	};
	const planted = [await plant('proposals', '62', "'no CAP'"), await plant('decisions', 'FR', "'{\"v\":1,\"kind\":\"sing\"}'"),
		await plant('signals', '62', "'\\255\\254'"), await plant('proposals', '?', `'${' '.repeat(600000)}'`)];
	await t.waitFor(async () => (await stream('rejected')).length >= planted.length, { what: 'all of them in rejected' });
	assert.equal((await t.cli(['rejected', 'drop', planted[0], '--reason', 'essai'], { config })).code, 0);
	assert.equal((await t.cli(['rejected', 'retry', planted[1]], { config })).code, 0);
	await until('events', (e) => e.kind === 'rejected-retry');
	// It is planted once more, and set aside again.
	const again = (await client.stream('tocsin.decisions.0')).filter((r) => r.v.includes('"sing"')).map((r) => `decisions.0/${r.position}`);
	planted.push(...again.filter((id) => !planted.includes(id)));
	await t.waitFor(async () => (await stream('rejected')).length >= planted.length, { what: 'it to be set aside again' });
	await run.stop();
	await collect(client, 'tocsin.', 2, planted);
}

// The field: with all that can be said, without any of it; corrected and ended.
async function speak(dir, config, until) {
	const photo = path.join(dir, 'photo.png');
	fs.writeFileSync(photo, '\x89PNG\r\n\x1a\n and more', 'latin1');
	const said = [];
	for (const words of [
		['--where', 'D 210', '--commune', '62040', '--from', 'gendarmerie', '--phenomenon', 'route-coupee', '--level', 'jaune',
			'--certainty', 'likely', '--at', new Date(Date.now() - 600000).toISOString(), '--contact', '06 39 98 00 02', '--photo', photo],
		['--where', 'digue du canal', '--departement', '62', '--from', 'mairie'], ['--where', '62040', '--from', 'SDIS', '--phenomenon', 'route-coupee'],
	]) {
		const { code, out, err } = await t.cli(['report', ...words, '--what', 'essai'], { config });
		assert.equal(code, 0, err);
		said.push(/^report +(\S+)$/m.exec(out)[1]);
		await until('receipts', (r) => r.state === 'ACCEPTED');
	}
	for (const words of [['--correct', said[0], '--what', 'essai corrigé'], ['--end', said[1]]]) {
		const { code, err } = await t.waitFor(async () => {
			const answer = await t.cli(['report', ...words], { config });
			return answer.code === 0 && answer;
		}, { what: `report ${words}` });
		assert.equal(code, 0, err);
	}
}

before(async () => {
	await playEpisode();
	await breakThings();
});
after(t.stopAll);

test('the page and the schemas have the same topics, CAP ones its schema', () => {
	assert.deepEqual(Object.keys(wire.about).sort(), [...wire.topics].sort());
	for (const topic of wire.topics)
		assert.ok(Object.values(wire.headers).every((cells) => /^(always|known|–)$/.test(cells[topic])), `headers of ${topic}`);
	for (const cells of Object.values(wire.parameters))
		assert.ok(wire.CAP.every((topic) => /^(always|known|–)$/.test(cells[topic])), JSON.stringify(cells));
});

test('each topic has an example, each kind of it, and how to read it', () => {
	for (const topic of wire.topics) {
		const found = wire.examples(topic);
		assert.ok(found.length > 0, topic);
		assert.deepEqual(wire.faults(topic, found), []);
		const kinds = (wire.schemas[topic]?.oneOf ?? []).map(({ $ref }) => $ref?.split('/').pop()).filter(Boolean);
		if (kinds.length > 0)
			assert.deepEqual(found.map(({ v }) => JSON.parse(v).kind).sort(), kinds.sort(), topic);
		for (const command of [`kcat -b HOST:9092 -C -t tocsin.${topic} `, `XRANGE tocsin.${topic}.0 - +`, `tocsin bus scan ${topic}`])
			assert.ok(wire.about[topic].includes(command), `${topic}: ${command}`);
	}
});

test('the page names every member of every schema', () => {
	for (const [topic, schema] of Object.entries(wire.schemas)) {
		const words = new Set([...wire.about[topic].replace(/```[^]*?```/g, '').matchAll(/`([a-z_ ]+)`/g)].flatMap((m) => m[1].split(' ')));
		for (const name of wire.members(schema))
			assert.ok(name === 'v' || words.has(name), `${topic}: ${name}`);
	}
});

for (const topic of wire.topics) {
	test(`every record of ${topic} is as the page and the schema say`, () => {
		assert.deepEqual(wire.faults(topic, all[topic]), []);
		assert.ok(all[topic].length > 0 || !WRITTEN.includes(topic), `no record of ${topic}`);
	});
}

test('the records are of many sorts: what is held against the page is not the easy half', () => {
	const sorts = (topic, of) => [...new Set(parse(topic).map(of))];
	const has = (list, wanted) => assert.deepEqual(wanted.filter((one) => !list.includes(one)), []);
	has(sorts('documents', (r) => r.outcome), ['read', 'older', 'truncated']);
	has(sorts('documents', (r) => 'etag' in r && 'last_modified' in r), [true, false]);
	has(sorts('health', (r) => r.state), ['fresh', 'silent']);
	has(sorts('decisions', (r) => r.verdict ?? r.kind), ['approve', 'reject', 'wait', 'resume']);
	has(all.decisions.map((r) => r.k), ['62', 'FR', 'FR1']);
	has(sorts('receipts', (r) => `${r.kind} ${r.state ?? r.outcome ?? ''}`), ['delivery HELD', 'delivery SENDING', 'delivery WAITING',
		'delivery ACCEPTED', 'alert ', 'decision accepted', 'decision parked', 'proposal waiting', 'proposal wait', 'proposal approved',
		'proposal rejected', 'proposal superseded', 'proposal withdrawn']);
	has(sorts('reports', (r) => `${r.kind}${'commune' in r ? ' commune' : ''}${'place' in r ? ' place' : ''}${'photo' in r ? ' photo' : ''}`),
		['report commune place photo', 'report place', 'report commune', 'correct', 'end']);
	has(sorts('rejected', (r) => `${r.by} ${'value' in r ? 'value' : 'size'}`), ['dispatcher value', 'rules size', 'dispatcher size']);
	for (const [topic, wanted] of [['signals', /<status>System</], ['signals', /<incidents>[^]*tocsin:report</], ['signals', /TERRAIN</],
		['signals', /<resourceDesc>photo</], ['proposals', /Signalement du terrain/], ['proposals', /<value>lift</], ['alerts', /tocsin:decision/]])
		assert.ok(all[topic].some(({ v }) => wanted.test(v)), `${topic}: ${wanted}`);
});

test('a record that is not so is found: the check is no rubber stamp', () => {
	const first = (topic) => wire.examples(topic)[0];
	const json = (topic, change) => {
		const record = first(topic);
		return { ...record, v: JSON.stringify({ ...JSON.parse(record.v), ...change }) };
	};
	const found = (topic, record, fault) => assert.match(wire.faults(topic, [record]).join('\n'), fault);
	for (const topic of Object.keys(wire.schemas)) {
		found(topic, json(topic, { v: 2 }), /v/);
		found(topic, json(topic, { v: undefined }), /v/);
		found(topic, json(topic, { surplus: 1 }), /additional/);
		found(topic, { ...first(topic), v: '{' }, /no JSON/);
		found(topic, { ...first(topic), headers: {} }, /header id: missing/);
		found(topic, { ...first(topic), headers: { ...first(topic).headers, colour: 'red' } }, /colour: not documented/);
	}
	found('documents', json('documents', { fetched: '2027-01-12T12:18:24Z' }), /fetched/);
	found('documents', json('documents', { hash: 'abc' }), /hash/);
	found('health', json('health', { state: 'well' }), /state/);
	found('health', { ...first('health'), k: '00' }, /key 00/);
	found('decisions', json('decisions', { verdict: 'perhaps' }), /verdict/);
	found('receipts', json('receipts', { state: 'SENT' }), /state/);
	found('rejected', json('rejected', { value_size: 3 }), /oneOf|exactly one/);
	found('events', json('events', { kind: 'sing' }), /kind/);
	for (const topic of wire.CAP) {
		const record = first(topic);
		const without = (what) => ({ ...record, v: record.v.replace(what, '') });
		found(topic, without(/<severity>.*<\/severity>/), /severity|certainty/);
		found(topic, without(/<parameter><valueName>tocsin:level<[^]*?<\/parameter>/), /parameter level: missing/);
		found(topic, without(/<geocode><valueName>INSEE:DEP<[^]*?<\/geocode>/), /INSEE:DEP/);
		found(topic, { ...record, v: record.v.replace(/\+01:00<\/sent>/, 'Z</sent>') }, /sent/);
		found(topic, { ...record, v: record.v.replace('tocsin:feed', 'tocsin:colour') }, /colour: not documented/);
		found(topic, { ...record, headers: { ...record.headers, id: 'other' } }, /identifier/);
	}
});
