// The Kafka of the tests: what a test relies on when it kills a broker.
'use strict';

const assert = require('node:assert');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const skip = t.kafkaMissing();
const BYTES = 'été\n\u0001"é"\\';

test.afterEach(t.stopAll);
test.after(t.stopKept);

let started;
function shared() {
	return started ??= t.startSecureKafka({ keep: true });
}

function plain({ partition, offset, k, v, headers }) {
	return { partition, offset, k, v, headers };
}

test('a record outlives a broker that is killed', { skip }, async () => {
	const kafka = await shared();
	await kafka.createTopics(['signals', 'alerts'], 3, { 'retention.ms': 3600000 });
	await kafka.produce('signals', { k: 'Liane amont', v: BYTES, headers: { id: '1', 'h.é': BYTES } });
	await kafka.produce('signals', { k: 'Liane amont', v: null });
	await kafka.produce('signals', { k: 'Liane amont', v: Buffer.from([0, 255, 10]) });
	const before = await kafka.read('signals');
	const { partition } = before[0];
	assert.deepStrictEqual(before.map(plain), [
		{ partition, offset: 0, k: 'Liane amont', v: BYTES, headers: { id: '1', 'h.é': BYTES } },
		{ partition, offset: 1, k: 'Liane amont', v: null, headers: {} },
		{ partition, offset: 2, k: 'Liane amont', v: '\0\ufffd\n', headers: {} },
	]);
	assert.deepStrictEqual(before[2].bytes, Buffer.from([0, 255, 10]));

	assert.deepStrictEqual(await kafka.kill(), { code: null, signal: 'SIGKILL' });
	await kafka.start();
	assert.deepStrictEqual(await kafka.read('signals'), before);
	assert.deepStrictEqual(await kafka.read('alerts'), []);
});

test('a topic that exists is not made again', { skip }, async () => {
	const kafka = await shared();
	await kafka.createTopics(['once']);
	await assert.rejects(kafka.createTopics(['once']), /topic once: error 36/);
	await assert.rejects(kafka.read('absent'));
});

test('the secure port wants TLS, and the right password', { skip }, async () => {
	const kafka = await shared();
	const ask = (properties) => kafka.kcat(['-L', '-J', '-m', '1'], { address: kafka.secureAddress, properties });
	const right = await ask(kafka.secureProperties());
	assert.strictEqual(right.code, 0, right.err);
	assert.deepStrictEqual(JSON.parse(right.out).brokers, [{ id: 1, name: kafka.secureAddress }]);
	const wrong = await ask(kafka.secureProperties({ password: 'sesame' }));
	assert.notStrictEqual(wrong.code, 0);
	assert.match(wrong.err, /Authentication failed/);
	const { 'ssl.ca.location': _, ...untrusted } = kafka.secureProperties();
	const stranger = await ask(untrusted);
	assert.notStrictEqual(stranger.code, 0);
	assert.match(stranger.err, /certificate verify failed/);
});

test('of three brokers one may be killed', { skip }, async () => {
	const kafka = await t.startKafkaCluster();
	await kafka.createTopics(['signals']);
	await kafka.produce('signals', { k: 'k', v: 'first' });
	const { topics } = await kafka.metadata();
	const leader = topics.find((topic) => topic.topic === 'signals').partitions[0].leader;
	await kafka.nodes[leader - 1].kill();
	await kafka.produce('signals', { k: 'k', v: 'second' });
	assert.deepStrictEqual((await kafka.read('signals')).map((r) => r.v), ['first', 'second']);
	await kafka.nodes[leader - 1].start();
	await kafka.produce('signals', { k: 'k', v: 'third' });
	assert.deepStrictEqual((await kafka.read('signals')).map((r) => r.v), ['first', 'second', 'third']);
});
