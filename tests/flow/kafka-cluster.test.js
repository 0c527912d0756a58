// Three brokers, three partitions and the real daemons: one broker is killed
// while signals flow, then the leader of a partition. Nothing is lost, each key
// keeps its order, and what is there twice is the same.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const skip = t.kafkaMissing();
const KEYS = ['59', '62', '02']; // murmur2: partitions 0, 1 and 2 of three
const RULE = `<?xml version="1.0" encoding="UTF-8"?>
<rule id="essai" title="Essai" owner="SIDPC" basis="essai" review="2099-01-01">
  <when><source is="vigicrues"/><level at-least="jaune"/></when>
  <raise nature="information" audience="sidpc" expires="source">
    <headline>Vigilance crues {level} : {zone}</headline><territory list="crues/{zone}"/>
  </raise>
  <example match="yes"><signal source="vigicrues" zone="X" level="orange" previous="jaune"/></example>
  <example match="no"><signal source="vigicrues" zone="X" level="vert" previous="orange"/></example>
</rule>
`;
const s = {};

test.before(async () => {
	if (skip)
		return;
	const dir = t.tempDir();
	const [redis, kafka, feed, sink] = await Promise.all([t.startRedis(), t.startKafkaCluster(), t.startFeed(), t.startSink(dir)]);
	const rules = path.join(dir, 'rules.d');
	fs.mkdirSync(rules);
	fs.writeFileSync(path.join(rules, 'essai.xml'), RULE);
	const conf = t.makeConfig({ dir, redis, feed, sink, parts: {
		bus: { url: kafka.url, partitions: 3 }, paths: { rules },
		observatory: { departements: KEYS }, channel: {},
	} });
	conf.contact.astreinte = { function: 'essai', audiences: ['sidpc'], departements: KEYS, webhook: `${sink.url}astreinte` };
	Object.assign(s, { dir, kafka, feed, sink, config: t.writeConfig(dir, conf), signals: [], wave: 0 });
});
test.after(t.stopAll);

const param = (cap, name) => (new RegExp(`<valueName>tocsin:${name}</valueName>\\s*<value>([^<]*)</value>`).exec(cap) ?? [])[1];

// For each key one more level of its river, and a river that nobody knew.
async function wave() {
	const n = ++s.wave;
	const at = Date.now();
	await Promise.all(KEYS.map(async (key) => {
		const level = ['orange', 'rouge'][n % 2];
		for (const [zone, previous] of [[`${key}-A`, n === 1 ? 'vert' : ['orange', 'rouge'][(n + 1) % 2]], [`${key}-${n}`, 'vert']]) {
			const sig = t.signal({ id: `sidpc62.essai.${zone}.${n}`, zone, name: `rivière ${zone} vague ${n}`, key, level, previous, at, status: 'Test' });
			s.signals.push(sig);
			await s.kafka.produce('tocsin.signals', { k: key, v: sig.value, headers: { id: sig.id, trace: '0123456789abcdef' } });
		}
	}));
}

// The proposals, in the order of each partition.
const proposals = () => s.kafka.read('tocsin.proposals');
const aboutZone = (list, zone) => list.filter((r) => param(r.v, 'zone') === zone);

function whenProposed() {
	return t.waitFor(async () => {
		const said = new Set((await proposals()).map((r) => param(r.v, 'signal')));
		return s.signals.every((sig) => said.has(sig.id));
	}, { timeout: 30000, every: 200, what: `proposals about ${s.signals.length} signals`, detail: () => s.run.err.slice(-4000) });
}

async function leaderOf(topic, partition) {
	const { topics } = await s.kafka.metadata();
	return topics.find((one) => one.topic === topic).partitions.find((p) => p.partition === partition).leader;
}

test('the topics have three copies, of which two must have a record', { skip }, async () => {
	const made = await t.cli(['bus', 'init'], { config: s.config });
	assert.strictEqual(made.code, 0, made.err);
	assert.match(made.out, /^tocsin\.signals: made: 3 partitions, 3 copies of which 2 in step/m);
	s.run = t.startRun({ config: s.config });
	await s.run.waitText(/unit\.ready group=rules/, { timeout: 30000 });
	await wave();
	await whenProposed();
});

test('one broker is killed while signals flow', { skip }, async () => {
	s.first = s.kafka.nodes[(await leaderOf('tocsin.proposals', 1)) % 3]; // another one than that leader
	await Promise.all([wave(), s.first.kill()]);
	await wave();
	await whenProposed();
	await s.first.start();
});

test('then the leader of a partition', { skip }, async () => {
	let leader;
	await t.waitFor(async () => {
		leader = await leaderOf('tocsin.proposals', 1);
		return leader > 0 && s.kafka.nodes[leader - 1] !== s.first;
	}, { what: 'a leader that was not the first to be killed' });
	await Promise.all([wave(), s.kafka.nodes[leader - 1].kill()]);
	await wave();
	await whenProposed();
	assert.notStrictEqual(await leaderOf('tocsin.proposals', 1), leader);
});

test('nothing was lost, each key is in order, twice is the same', { skip }, async () => {
	const all = await proposals();
	const bytes = new Map();
	for (const r of all) {
		assert.ok(!bytes.has(r.headers.id) || bytes.get(r.headers.id) === r.v, `${r.headers.id} with other bytes`);
		bytes.set(r.headers.id, r.v);
	}
	const signals = await s.kafka.read('tocsin.signals');
	for (const key of KEYS) {
		const partition = KEYS.indexOf(key);
		assert.ok(signals.filter((r) => r.k === key).every((r) => r.partition === partition));
		const river = aboutZone(all, `${key}-A`);
		assert.ok(river.every((r) => r.partition === partition && r.k === key));
		const numbers = [...new Set(river.map((r) => Number(param(r.v, 'number'))))];
		assert.deepStrictEqual(numbers, Array.from({ length: s.wave }, (_, i) => i + 1), `${key}: ${river.map((r) => r.headers.id)}`);
	}
	// Of each river's last text a message came, and none under two keys.
	const of = new Map();
	for (const key of KEYS) {
		for (let n = 1; n <= s.wave; n++) {
			const name = `rivière ${key}-${n} vague ${n}`;
			await s.sink.wait((m) => m.body.includes(name), { timeout: 30000, what: `the message about ${name}` });
			of.set(name, new Set(s.sink.messages().filter((m) => m.body.includes(name)).map((m) => m.key)));
		}
		await s.sink.wait((m) => m.body.includes(`rivière ${key}-A vague ${s.wave}`), { what: `the last about ${key}-A` });
	}
	for (const [name, keys] of of)
		assert.strictEqual(keys.size, 1, name);
	assert.deepStrictEqual(await s.kafka.read('tocsin.rejected'), []);
});

test('everyone has read everything, and the journal has each record', { skip }, async () => {
	await t.waitFor(async () => {
		const lag = await t.cli(['bus', 'lag'], { config: s.config });
		return lag.code === 0 && lag.out.trim().split('\n').every((line) => / 0$/.test(line));
	}, { timeout: 30000, every: 300, what: 'no lag' });
	const exit = await s.run.stop();
	assert.deepStrictEqual(exit, { code: 0, signal: null });
	assert.doesNotMatch(s.run.err, /daemon\.killed|daemon\.ended .* signal=/);
	const verified = await t.cli(['journal', 'verify'], { config: s.config });
	assert.strictEqual(verified.code, 0, verified.out + verified.err);
	const folder = path.join(s.dir, 'journal');
	const lines = fs.readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
		.flatMap((name) => fs.readFileSync(path.join(folder, name), 'utf8').split('\n').slice(0, -1)).map((line) => JSON.parse(line));
	for (const topic of ['signals', 'proposals', 'alerts', 'receipts']) {
		const want = (await s.kafka.read(`tocsin.${topic}`)).map((r) => `${topic} ${r.partition} ${r.offset}`);
		const written = lines.filter((line) => line.topic === topic).map((line) => `${topic} ${line.partition} ${line.position}`);
		assert.deepStrictEqual(written.sort(), want.sort());
	}
});
