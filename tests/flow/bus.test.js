// tocsin bus: topics made on a Kafka, what is still to be read, what is there;
// and what was set aside, given back or dropped.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const skip = t.kafkaMissing ? t.kafkaMissing() : 'no Kafka in this tree';
const TOPICS = ['documents', 'health', 'reports', 'signals', 'proposals', 'decisions', 'alerts', 'receipts', 'events', 'rejected'];
// A server that is slow for a moment is not taken for lost: it could get no topic.
const CALM = { settings: { 'broker.session.timeout.ms': 20000 } };

test.afterEach(t.stopAll);

// A configuration whose bus is `url`; nothing of it runs.
function written(url, { partitions = 1, kafka, dir = t.tempDir() } = {}) {
	const redis = { address: 'unix:/nowhere/r.sock', admin: '/nowhere/admin' };
	const conf = t.makeConfig({ dir, redis, feed: { url: 'http://127.0.0.1:9/' }, parts: { bus: { url, partitions } } });
	let text = fs.readFileSync(t.writeConfig(dir, conf), 'utf8');
	if (kafka)
		text += `kafka {\n${Object.entries(kafka).map(([k, v]) => `\t'${k}' = "${v}"\n`).join('')}}\n`;
	fs.writeFileSync(path.join(dir, 'tocsin.conf'), text);
	return path.join(dir, 'tocsin.conf');
}

// All of Tocsin, its feed silent.
async function startWorld() {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const feed = await t.startFeed();
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, parts: { bus: { partitions: 2 } } }));
	const run = t.startRun({ config });
	const client = await t.connect(redis);
	await t.waitFor(async () => await client.call('EXISTS', 'tocsin.lease:rules:0', 'tocsin.lease:rules:1') === 2,
		{ what: 'the rules to own both partitions' });
	return { dir, redis, config, run, client };
}

// `bus init` finds nothing to do: a server may know a moment later than another.
function settled(config) {
	const want = TOPICS.map((topic) => `tocsin.${topic}: as it should be`).join();
	let last;
	return t.waitFor(async () => {
		last = await bus(['init'], config);
		return last.code === 0 && last.lines.join() === want;
	}, { what: 'bus init to leave all as it is', detail: () => last.out + last.err });
}

async function bus(words, config, env) {
	const { code, out, err } = await t.cli(['bus', ...words], { config, env });
	return { code, lines: out.split('\n').slice(0, -1), out, err };
}

test('on redis: there is nothing to make', async () => {
	const made = await bus(['init'], written('redis:'));
	assert.deepStrictEqual([made.code, made.lines.length], [0, 1], made.err);
	assert.match(made.out, /^nothing to make/);
});

test('words that are another action\'s are refused', async () => {
	const config = written('redis:');
	for (const words of [[], ['make'], ['lag', '--force'], ['init', '--since', '2 h'], ['scan'], ['lag', 'signals'],
		['scan', 'signals', '--dry-run']])
		assert.strictEqual((await bus(words, config)).code, 2, words.join(' '));
	const other = await bus(['init', '--partitions', '4'], config);
	assert.strictEqual(other.code, 1);
	assert.match(other.err, /tocsin\.conf: the bus has 1 partition here; write: bus \{ partitions = 4 \}/);
});

test('a Kafka that does not answer, and one that is configured wrongly, are said', async () => {
	const port = await t.freePort();
	const silent = await bus(['init'], written(`kafka://127.0.0.1:${port}`));
	assert.strictEqual(silent.code, 1);
	assert.match(silent.err, /no server of kafka:\/\/127\.0\.0\.1:\d+ answers: .*Connection refused/);
	const wrong = await bus(['init'], written(`kafka://127.0.0.1:${port}`, { kafka: { acks: '1' } }));
	assert.strictEqual(wrong.code, 1);
	assert.match(wrong.err, /tocsin\.conf:\d+: kafka: acks: Tocsin sets it itself/);
});

test('lag says what each group has still to read', async () => {
	const { config, run, client } = await startWorld();
	await run.stop();
	for (const k of ['62', '62', '59'])
		await client.call('XADD', `tocsin.decisions.${k === '62' ? 0 : 1}`, '*', 'k', k, 'v', '{}');
	const lag = await bus(['lag'], config);
	assert.strictEqual(lag.code, 0, lag.err);
	const rows = Object.fromEntries(lag.lines.map((line) => line.split(/  +/)).map(([g, topic, n]) => [`${g} ${topic}`, Number(n)]));
	assert.strictEqual(rows['dispatcher decisions'], 3);
	assert.deepStrictEqual(Object.keys(rows).filter((row) => row.startsWith('journal ')), TOPICS.map((topic) => `journal ${topic}`));
});

test('scan shows some records of a topic, fit for a terminal', async () => {
	const { config, run, client } = await startWorld();
	await run.stop();
	const add = (p, id, k, v, ...more) => client.call('XADD', `tocsin.decisions.${p}`, id, 'k', k, 'v', v, ...more);
	await add(0, `${Date.now() - 7200000}-0`, '62', '<alert>old\x1b[31m</alert>', 'h.id', 'a.b.c');
	await add(0, '*', '62', '<alert>new</alert>', 'h.id', 'a.b.d', 'h.trace', '0123456789abcdef');
	await add(1, '*', '59', '<alert>north</alert>');

	const all = await bus(['scan', 'decisions'], config);
	assert.deepStrictEqual([all.code, all.lines.length], [0, 3], all.err);
	assert.match(all.lines[0], /^\d{4}-\d\d-\d\dT[\d:.]{12}\+\d\d:\d\d  0\/\d+-0  62  a\.b\.c  23 B  <alert>old\?\[31m<\/alert>$/);
	assert.match(all.lines[2], /  1\/\d+-0  59  -  20 B  /);

	const values = async (...words) => (await bus(['scan', 'decisions', '--format', 'value', ...words], config)).lines;
	assert.deepStrictEqual(await values('--since', '1 h'), ['<alert>new</alert>', '<alert>north</alert>']);
	assert.deepStrictEqual(await values('--key', '62', '--since', '1h'), ['<alert>new</alert>']);
	assert.deepStrictEqual(await values('--since', new Date(Date.now() + 60000).toISOString()), []);

	const few = await bus(['scan', 'decisions', '--limit', '2', '--format', 'json'], config);
	assert.match(few.err, /there are more than 2; write: --limit/);
	const records = few.lines.map((line) => JSON.parse(line));
	assert.strictEqual(records[0].value, '<alert>old\x1b[31m</alert>');
	assert.deepStrictEqual(records[1].headers, { id: 'a.b.d', trace: '0123456789abcdef' });
	assert.deepStrictEqual([records[1].topic, records[1].partition, records[1].key], ['decisions', 0, '62']);

	for (const [words, reason] of [[['scan', 'signal'], /there is no topic signal; write: one of documents /],
		[['scan', 'decisions', '--since', 'soon'], /--since: neither an age nor a time/],
		[['scan', 'decisions', '--limit', '0'], /--limit: not a number from 1 to 100000/],
		[['scan', 'decisions', '--format', 'xml'], /--format: no such form/]]) {
		const refused = await bus(words, config);
		assert.strictEqual(refused.code, 1);
		assert.match(refused.err, reason);
	}
});

test('what was set aside is given back as it was, or dropped, once', async () => {
	const { config, client } = await startWorld();
	const rejected = (...words) => t.cli(['rejected', ...words], { config });
	const listed = (n) => t.waitFor(async () => {
		const { out } = await rejected('list');
		const ids = out.match(/^\w+\.\d\/\d+-\d+/gm) ?? [];
		return ids.length === n && ids;
	}, { what: `${n} records set aside` });
	await client.call('XADD', 'tocsin.proposals.0', '*', 'k', '62', 'v', 'no CAP é', 'h.id', 'x.y', 'h.trace', '0123456789abcdef');
	const [first] = await listed(1);

	const retried = await rejected('retry', first, '--reason', 'repaired');
	assert.deepStrictEqual([retried.code, retried.out], [0, `${first}: given back to proposals\n`], retried.err);
	// It is no better: it is set aside again, under another number.
	const [second] = await t.waitFor(async () => {
		const ids = await listed(1);
		return ids[0] !== first && ids;
	}, { what: 'the dispatcher to refuse it again' });
	const proposals = (await client.stream('tocsin.proposals.0')).filter(({ headers }) => headers.id === 'x.y');
	assert.strictEqual(proposals.length, 2);
	assert.deepStrictEqual({ ...proposals[1], position: 0 }, { ...proposals[0], position: 0 });
	assert.deepStrictEqual(proposals[1].headers, { id: 'x.y', trace: '0123456789abcdef' });

	const dropped = await rejected('drop', second);
	assert.deepStrictEqual([dropped.code, dropped.out], [0, `${second}: dropped\n`], dropped.err);
	assert.match((await rejected('list')).out, /^nothing was set aside$/m);
	assert.ok(!(await t.cli(['status'], { config })).out.includes('set aside'));
	for (const verb of ['retry', 'drop']) {
		const again = await rejected(verb, second);
		assert.strictEqual(again.code, 1);
		assert.match(again.err, /was dropped by /);
	}
	assert.match((await rejected('show', first)).out, /^retried by \S+, \d{4}-/m);

	const events = (await client.stream('tocsin.events.0')).map(({ k, v, headers }) => ({ k, ...JSON.parse(v), head: headers.id }));
	assert.deepStrictEqual(events.map(({ k, kind, id, reason }) => [k, kind, id, reason]),
		[['62', 'rejected-retry', first, 'repaired'], ['62', 'rejected-drop', second, undefined]]);
	assert.ok(events.every(({ by, at, head }) => by && /^\d{4}-/.test(at) && /^sidpc62\.event\./.test(head)));
	await t.waitFor(async () => /^journal +events +0$/m.test((await bus(['lag'], config)).out), { what: 'the journal to have both' });
});

test('what only the journal reads, or has bytes that are no text, is not given back', async () => {
	const { config, client } = await startWorld();
	const aside = (id, value) => client.call('XADD', 'tocsin.rejected.0', '*', 'k', '62', 'v', JSON.stringify(value), 'h.id', id);
	const base = { v: 1, by: 'journal', partition: 0, position: '1-0', key: '62', reason: 'r', headers: {} };
	await aside('alerts.0/1-0', { ...base, topic: 'alerts', value: 'x' });
	await aside('signals.0/1-0', { ...base, topic: 'signals', value_size: 600000 });
	for (const [id, reason] of [['alerts.0/1-0', /nothing is given back to the topic alerts/],
		['signals.0/1-0', /its bytes are not in the record/], ['signals.0/9-9', /nothing was set aside as signals\.0\/9-9/]]) {
		const answer = await t.cli(['rejected', 'retry', id], { config });
		assert.strictEqual(answer.code, 1);
		assert.match(answer.err, reason);
	}
	assert.deepStrictEqual(await client.stream('tocsin.events.0'), []);
});

test('topics are made once, compared, and corrected', { skip }, async () => {
	const kafka = await t.startKafka(CALM);
	const dir = t.tempDir();
	const config = written(kafka.url, { dir, partitions: 2 });
	const describe = async (topic) => (await kafka.metadata()).topics.find((one) => one.topic === topic)?.partitions.length;

	const dry = await bus(['init', '--dry-run'], config);
	assert.strictEqual(dry.code, 0, dry.err);
	assert.deepStrictEqual(dry.lines.map((line) => /^tocsin\.(\w+): would be made: 2 partitions, 1 copy /.exec(line)?.[1]), TOPICS, dry.out);
	assert.strictEqual(await describe('tocsin.signals'), undefined);

	const made = await bus(['init'], config);
	assert.strictEqual(made.code, 0, made.err);
	assert.match(made.out, /^tocsin\.documents: made: 2 partitions, 1 copy of which 1 in step, kept 7 d$/m);
	assert.match(made.out, /^tocsin\.signals: made: .*, kept 35 d$/m);
	await settled(config);

	// Another realm's are its own.
	const realm = await t.cli(['bus', 'init', '--dry-run'], { config, realm: 'x-a.' });
	assert.match(realm.out, /^x-a\.signals: would be made/m);

	// More partitions: not by accident, and not for one topic alone.
	written(kafka.url, { dir, partitions: 4 });
	const refused = await bus(['init'], config);
	assert.strictEqual(refused.code, 1);
	assert.match(refused.out, /^tocsin\.signals: refused: has 2 partitions, wanted are 4: .*--force$/m);
	assert.match(refused.err, /nothing was changed/);
	assert.strictEqual(await describe('tocsin.signals'), 2);
	const grown = await bus(['init', '--force'], config);
	assert.deepStrictEqual([grown.code, grown.lines[TOPICS.indexOf('signals')]], [0, 'tocsin.signals: changed: partitions 2 -> 4'], grown.err);
	await settled(config);
	assert.strictEqual(await describe('tocsin.signals'), 4);
	written(kafka.url, { dir, partitions: 2 });
	const fewer = await bus(['init', '--force'], config);
	assert.strictEqual(fewer.code, 1);
	assert.match(fewer.out, /never gets fewer; write: bus \{ partitions = 4 \}/);

	const copies = await bus(['init', '--replication', '3'], written(kafka.url, { partitions: 4 }));
	assert.match(copies.out, /^tocsin\.signals: as it should be: has 1 copy, not 3: .*kafka-reassign-partitions/m);
	const never = await t.cli(['bus', 'init', '--replication', '3'], { config, realm: 'x-b.' });
	assert.strictEqual(never.code, 1);
	assert.match(never.out, /^x-b\.signals: refused: 3 copies need as many servers, there are 1; write: --replication 1$/m);
});

test('what a topic has besides stays when it is corrected', { skip }, async () => {
	const kafka = await t.startKafka(CALM);
	await kafka.createTopics(['tocsin.signals'], 1, { 'retention.ms': 3600000, 'segment.bytes': 16777216 });
	await kafka.createTopics(['tocsin.alerts'], 1, { 'retention.ms': -1, 'cleanup.policy': 'compact' });
	const config = written(kafka.url);
	const first = await bus(['init'], config);
	assert.strictEqual(first.code, 0, first.err);
	assert.match(first.out, /^tocsin\.signals: changed: cleanup\.policy \(the servers'\) -> delete, retention\.ms 3600000 -> 3024000000, /m);
	assert.match(first.out, /^tocsin\.alerts: changed: cleanup\.policy compact -> delete, min\.insync/m);
	await settled(config);
});

test('topics are made through TLS and a password in a file', { skip }, async () => {
	const kafka = await t.startSecureKafka(CALM);
	const { 'sasl.password': _, ...open } = kafka.secureProperties();
	const config = written(kafka.secureUrl, { kafka: { ...open, 'sasl.password_file': kafka.passwordFile } });
	const made = await bus(['init'], config);
	assert.deepStrictEqual([made.code, made.lines.length], [0, TOPICS.length], made.err);
	assert.ok(!made.err.includes(kafka.password));
	const dir = t.tempDir();
	fs.writeFileSync(path.join(dir, 'wrong'), 'sesame-ouvre-toi\n');
	const wrong = await bus(['init'], written(kafka.secureUrl, { dir, kafka: { ...open, 'sasl.password_file': 'wrong' } }));
	assert.strictEqual(wrong.code, 1);
	assert.match(wrong.err, /Authentication failed/);
	assert.ok(!wrong.err.includes('sesame'));
});
