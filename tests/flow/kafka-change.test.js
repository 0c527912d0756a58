// An observatory changes its bus from redis: to kafka://, and back: threads,
// proposals and ledger go on, nothing is sent twice, nothing is lost.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const skip = t.kafkaMissing();
const SAID = ['--authority', 'Mme Exemple, préfète de permanence', '--how', 'verbal par téléphone', '--reason', 'montée confirmée'];
const s = {};

test.before(async () => {
	if (skip)
		return;
	const dir = t.tempDir();
	const [redis, kafka, feed, sink] = await Promise.all([t.startRedis(), t.startKafka(), t.startFeed(), t.startSink(dir)]);
	Object.assign(s, { dir, redis, kafka, feed, sink, admin: await t.connect(redis) });
});
test.after(t.stopAll);

function use(url) {
	s.config = t.writeConfig(s.dir, t.makeConfig({ ...s, parts: { bus: { url } } }));
}

async function start() {
	s.run = t.startRun({ config: s.config });
	await s.run.waitText(/vigicrues: fresh/, { timeout: 30000 });
}

function issue(ago, levels) {
	s.feed.serve(t.vigicrues(t.issued(ago), levels));
}

const mail = (text) => (m) => m.channel === 'email' && m.subject.includes(text);
const waitMail = (text) => s.sink.wait(mail(text), { timeout: 30000, what: text });

async function rows(hash) {
	return Object.values(await s.admin.hash(`tocsin.${hash}`)).map((text) => JSON.parse(text));
}

async function waiting(level) {
	return t.waitFor(async () => (await rows('ledger:proposals')).find((row) => row.state === 'waiting' && row.level === level),
		{ what: `a text about ${level} that waits`, timeout: 30000, detail: () => s.run.err.slice(-3000) });
}

// As the guide says: everyone has read everything, nothing waits to leave.
async function atRest() {
	await t.waitFor(async () => {
		const lag = await t.cli(['bus', 'lag'], { config: s.config });
		return lag.code === 0 && lag.out.trim().split('\n').every((line) => / 0$/.test(line));
	}, { timeout: 30000, every: 200, what: 'no lag' });
	await s.run.stop();
	const lag = await t.cli(['bus', 'lag'], { config: s.config });
	assert.ok(lag.out.trim().split('\n').every((line) => / 0$/.test(line)), lag.out);
	for (const key of await s.admin.call('KEYS', 'tocsin.outbox:*'))
		assert.strictEqual(await s.admin.call('HLEN', key), 0, key);
}

const keysOf = () => s.sink.messages().map((m) => `${m.channel} ${m.key}`);

test('on redis: a thread opens, an order waits, an information has left', { skip }, async () => {
	use('redis:');
	issue(60, {});
	await start();
	issue(50, { AP5: 'orange' });
	await waitMail('INFORMATION – Vigilance crues orange : Aa');
	s.order = await waiting('orange');
	// A record of a topic that Kafka will have nothing of.
	await s.admin.call('XADD', 'tocsin.rejected.0', '*', 'k', '62', 'v', '{"v":1}', 'h.id', 'essai');
	await atRest();
	s.threads = await s.admin.hash('tocsin.rule:threads');
	s.sent = keysOf();
	assert.strictEqual(Object.keys(s.threads).length, 1);
});

test('on kafka:// it goes on with the same code, and sends nothing twice', { skip }, async () => {
	use(s.kafka.url);
	const made = await t.cli(['bus', 'init'], { config: s.config });
	assert.strictEqual(made.code, 0, made.err);
	await start();
	await t.waitFor(() => /unit\.ready group=rules/.test(s.run.err) && /unit\.ready group=dispatcher/.test(s.run.err) && /unit\.ready group=journal/.test(s.run.err),
		{ timeout: 30000, what: 'the units', detail: () => s.run.err.slice(-3000) });
	assert.deepStrictEqual(await s.admin.hash('tocsin.rule:threads'), s.threads);
	const shown = await t.cli(['proposals'], { config: s.config });
	assert.match(shown.out, new RegExp(`^${s.order.code}-${s.order.hash.slice(0, 6)}  alerte`, 'm'));
	const decided = await t.cli(['decide', `${s.order.code}-${s.order.hash.slice(0, 6)}`, 'approve', ...SAID], { config: s.config });
	assert.strictEqual(decided.code, 0, decided.out + decided.err);
	await waitMail('ALERTE – Vigilance crues orange : Aa');
	issue(40, { AP5: 'rouge' });
	await waitMail('INFORMATION – Vigilance crues rouge : Aa');
	s.next = await waiting('rouge');
	assert.strictEqual(s.next.code, s.order.code);
	assert.strictEqual(Object.keys(await s.admin.hash('tocsin.rule:threads')).length, 1);
	const keys = keysOf();
	assert.deepStrictEqual(keys.slice(0, s.sent.length), s.sent);
	assert.strictEqual(new Set(keys).size, keys.length);
	const numbers = (await s.kafka.read('tocsin.proposals')).map((r) => /tocsin:number<\/valueName>\s*<value>(\d+)/.exec(r.v)[1]);
	assert.deepStrictEqual(numbers, ['2', '2']);
	await atRest();
	// Topics that nothing was published to meanwhile have no position here yet.
	await start();
	await t.waitFor(() => ['rules', 'dispatcher', 'journal'].every((group) => new RegExp(`unit\\.ready group=${group}`).test(s.run.err)),
		{ timeout: 30000, what: 'the units again', detail: () => s.run.err.slice(-3000) });
	await atRest();
	const verified = await t.cli(['journal', 'verify'], { config: s.config });
	assert.strictEqual(verified.code, 0, verified.out + verified.err);
});

test('and back on redis: the same, nothing of before is read again', { skip }, async () => {
	const before = keysOf();
	const lines = () => fs.readdirSync(path.join(s.dir, 'journal')).filter((name) => name.endsWith('.jsonl'))
		.flatMap((name) => fs.readFileSync(path.join(s.dir, 'journal', name), 'utf8').split('\n').slice(0, -1))
		.map((line) => JSON.parse(line)).filter((line) => line.topic === 'proposals').map((line) => line.id ?? line.position);
	const journal = lines();
	use('redis:');
	await start();
	issue(30, { AP5: 'orange' });
	await t.waitFor(() => s.sink.messages().slice(before.length).find(mail('INFORMATION – Vigilance crues orange : Aa')),
		{ timeout: 30000, what: 'the next information', detail: () => s.run.err.slice(-3000) });
	await atRest();
	const keys = keysOf();
	assert.strictEqual(new Set(keys).size, keys.length);
	assert.deepStrictEqual(lines().slice(0, journal.length), journal);
	assert.strictEqual(lines().length, journal.length + 2, JSON.stringify(lines()));
});

test('with records on redis: that nobody has read it refuses to go on, and says what to do', { skip }, async () => {
	const sig = t.signal({ id: 'unread', zone: 'AP6', level: 'orange', previous: 'vert', status: 'Test' });
	await s.admin.call('XADD', 'tocsin.signals.0', '*', 'k', '62', 'v', sig.value, 'h.id', sig.id);
	use(s.kafka.url);
	await start();
	await s.run.waitText(/tocsin-rules: error bus\.unread group=rules topic=signals partition=0 .*tocsin bus lag/, { timeout: 30000 });
	assert.doesNotMatch(s.run.err, /rules\.ready/);
	await s.run.stop();
	use('redis:');
	await start();
	await waitMail('INFORMATION – Vigilance crues orange : Aa');
	await t.waitFor(async () => (await rows('rule:threads')).length === 2, { timeout: 30000, what: 'the thread of what was unread' });
	await atRest();
});
