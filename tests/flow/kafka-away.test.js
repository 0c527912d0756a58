// A Kafka that is away, at the start and later: what is committed waits in the
// store, `tocsin status` says so, and all of it goes on when it is back.
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const skip = t.kafkaMissing();
const BACK_MS = 60000; // a broker that starts, its group, a busy machine

test.afterEach(t.stopAll);

// Issue times before now, so that nothing is from the future nor expired.
const issue = (n) => t.issued(60 - n);

// All of Tocsin is configured, its topics are there; nothing of it runs yet.
async function world() {
	const dir = t.tempDir();
	const [redis, kafka, feed, sink] = await Promise.all([t.startRedis(), t.startKafka(), t.startFeed(), t.startSink(dir)]);
	const parts = {
		bus: { url: kafka.url },
		feed: { vigicrues: { driver: 'vigicrues', url: feed.url, every: '1 s', interval: '0 s' } },
	};
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, sink, parts }));
	const made = await t.cli(['bus', 'init'], { config });
	assert.equal(made.code, 0, made.err);
	const client = await t.connect(redis);
	const s = { dir, redis, kafka, feed, sink, config, client };
	s.outbox = (unit) => client.call('HLEN', `tocsin.outbox:${unit}`);
	s.level = async (zone) => JSON.parse(await client.call('HGET', 'tocsin.src:zones', `vigicrues|${zone}|crues`) ?? '{}').level;
	s.serve = async (minute, levels) => {
		feed.serve(t.vigicrues(issue(minute), levels));
		for (const [zone, level] of Object.entries(levels))
			await t.waitFor(async () => (await s.level(zone)) === level,
				{ timeout: BACK_MS, what: `${zone} to be ${level} in the store`, detail: () => s.run.text().slice(-4000) });
	};
	s.said = (word) => t.waitFor(() => s.sink.messages().find((m) => word.test(m.subject ?? m.body)),
		{ timeout: BACK_MS, what: `${word} at the sink`, detail: async () => (await s.status()).out + s.run.text().slice(-6000) });
	s.status = async () => {
		const start = Date.now();
		return { ...await t.cli(['status'], { config }), ms: Date.now() - start };
	};
	s.atRest = () => t.waitFor(async () => {
		const { code, out } = await s.status();
		return code === 0 && !/not on the bus yet/.test(out) && !/ [1-9]\d*$/m.test(out.split('still to be read')[1]);
	}, { timeout: BACK_MS, every: 500, what: 'everything to be read', detail: async () => (await s.status()).out + s.run.text().slice(-4000) });
	return s;
}

test('a broker that is away at the start pauses everything, and status says so', { skip }, async () => {
	const s = await world();
	await s.kafka.kill();
	s.feed.serve(t.vigicrues(issue(0)));
	s.run = t.startRun({ config: s.config });
	await t.waitFor(async () => await s.outbox('collector:vigicrues') > 0,
		{ timeout: BACK_MS, what: 'something in the outbox', detail: () => s.run.text() });
	const away = await s.status();
	assert.equal(away.code, 1);
	assert.ok(away.ms < 6000, `${away.ms} ms`);
	assert.match(away.out, /^sources\n {2}vigicrues: fresh · /m);
	assert.match(away.out, /^committed, not on the bus yet \(steps\)\n {2}collector \d+$/m);
	assert.match(away.out, new RegExp(`^bus\\n {2}does not answer: ${s.kafka.url}: .*Connection refused`, 'm'));
	assert.doesNotMatch(away.out, /still to be read/);
	assert.match(s.run.err, /warning bus\.down reason="no server of kafka:/);
	assert.deepEqual(s.sink.messages(), []);
	await s.kafka.start();
	await s.atRest();
	assert.equal(await s.outbox('collector:vigicrues'), 0);
	const documents = (await s.kafka.read('tocsin.documents')).map((r) => JSON.parse(r.v).outcome);
	assert.equal(documents[0], 'read', 'what was committed while it was away');
	await s.serve(1, { AP5: 'orange' });
	await s.said(/orange : Aa/);
});

test('while it is killed signals are taken, and none is lost, overtaken or another', { skip }, async () => {
	const s = await world();
	s.run = t.startRun({ config: s.config });
	await s.serve(0, { AP5: 'vert' });
	await s.atRest();
	await s.kafka.kill();
	const levels = ['orange', 'rouge', 'orange', 'jaune'];
	for (const [i, level] of levels.entries())
		await s.serve(i + 1, { AP5: level });
	assert.ok(await s.outbox('collector:vigicrues') >= levels.length);
	await s.kafka.start();
	await s.said(/jaune : Aa/);
	await s.atRest();
	const records = (await s.kafka.read('tocsin.signals')).filter((r) => />AP5</.test(r.v));
	const byId = new Map();
	for (const r of records) {
		assert.equal(byId.get(r.headers.id)?.v ?? r.v, r.v, 'what comes twice is the same');
		byId.set(r.headers.id, byId.get(r.headers.id) ?? r);
	}
	const seen = [...byId.values()].map((r) => /<value>vigicrues:([a-z]*)<\/value>/.exec(r.v)[1]);
	assert.deepEqual(seen, levels);
	const keys = s.sink.messages().map((m) => `${m.channel} ${m.key}`);
	assert.equal(new Set(keys).size, keys.length, 'no message twice');
	assert.equal(s.run.exit, null);
});

test('run without its topics says what to do', { skip }, async () => {
	const dir = t.tempDir();
	const [redis, kafka, feed] = await Promise.all([t.startRedis(), t.startKafka(), t.startFeed()]);
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, parts: { bus: { url: kafka.url } } }));
	const run = await t.cli(['run'], { config });
	assert.equal(run.code, 1);
	assert.match(run.err, /has not the topics tocsin\.documents .*; write: tocsin bus init/);
});

test('an empty store beside a bus that is not starts only when it is told so', { skip }, async () => {
	const s = await world();
	s.feed.serve(t.vigicrues(issue(0)));
	s.run = t.startRun({ config: s.config });
	await t.waitFor(async () => (await s.kafka.read('tocsin.documents')).length > 0,
		{ timeout: BACK_MS, what: 'a record on the bus', detail: () => s.run.text() });
	await s.run.stop();
	await s.client.call('FLUSHALL');
	s.run = t.startRun({ config: s.config });
	assert.equal((await s.run.waitEnd()).code, 1);
	assert.match(s.run.err, /the store is empty, and the bus holds \d+ records of documents.*--first-time/);
	assert.deepEqual(await s.client.call('KEYS', 'tocsin.lease:*'), [], 'no daemon was started');
	s.run = t.startRun({ config: s.config, args: ['--first-time'] });
	await t.waitFor(async () => (await s.client.call('KEYS', 'tocsin.lease:*')).length >= 4,
		{ timeout: BACK_MS, what: 'the daemons to own their units', detail: () => s.run.text() });
	await s.run.stop();
	s.run = t.startRun({ config: s.config });
	await s.run.waitText(/unit\.ready group=rules/, { timeout: BACK_MS });
});
