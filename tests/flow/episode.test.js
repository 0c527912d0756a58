// The shipped episode, played by `tocsin replay` with the real daemons, on each
// bus: exactly what it says must come, twice the same, and nothing of the real
// realm touched.
'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { buses, open, param } = require('./lib/episode.js');
const t = require('./lib/tocsin.js');

const TOPICS = ['signals', 'proposals', 'decisions', 'alerts', 'receipts', 'documents', 'health', 'reports', 'rejected', 'events'];
const at = (text) => Date.parse(text);
let s; // what all tests of a bus look at: one play is a long one

async function playFirst(bus) {
	s = await open('flood', bus);
	// A real realm that has something of everything.
	await s.client.call('SET', 'tocsin.schema', '1');
	await s.client.call('SET', 'tocsin.pos:rules:signals.0', '1-0');
	await s.client.call('SADD', 'tocsin.groups', 'rules signals', 'dispatcher proposals');
	await s.client.call('XADD', 'tocsin.signals.0', '1-0', 'k', '62', 'v', '<alert/>', 'h.id', 'sidpc62.planted');
	await s.client.call('HSET', 'tocsin.src:feeds', 'vigicrues|state', '{"state":"fresh"}');
	await s.client.call('HSET', 'tocsin.ledger:rows', '62|0123456789abcdef', '{"state":"WAITING"}');
	await s.client.call('ZADD', 'tocsin.src:due', '1700000000000', 'vigicrues|poll');
	s.planted = [await s.client.dump('tocsin.'), await s.bus.real()];
	s.first = await s.play('--keep');
	s.sent = s.messages();
	s.signals = await s.read('signals');
}

for (const [name, bus] of Object.entries(buses)) {
	describe(`on ${name}`, { skip: bus.skip }, () => {
		before(() => playFirst(bus));
		after(t.stopAll);
		define();
	});
}

function define() {
	test('the episode gives exactly its signals, proposals, alerts and deliveries, within a minute', () => {
		assert.equal(s.first.code, 0, s.first.text);
		for (const list of ['states', 'signals', 'proposals', 'alerts', 'deliveries', 'unsent'])
			assert.match(s.first.text, new RegExp(`^${list} +([0-9]+) expected, \\1 seen$`, 'm'));
		assert.match(s.first.text, /episode flood: as expected/);
		assert.ok(s.first.took_ms < 60000, `${s.first.took_ms} ms`);
	});

	test('every message is an exercise, first and last, and goes to the episode\'s contacts', () => {
		assert.ok(s.sent.length > 20);
		for (const message of s.sent) {
			const text = (message.text ?? message.body).trim();
			assert.match(message.subject ?? text, /^EXERCICE|^<\?xml|^\{/);
			if (message.channel === 'email')
				assert.match(text, /^EXERCICE[^]*EXERCICE$/);
			else
				assert.equal(message.signature, 'ok');
			assert.match(message.to ?? message.path, /\.example$|^\//);
		}
	});

	test('while the source is away nothing turns green and nothing ends', () => {
		const away = s.signals.filter((r) => r.headers.signalled >= at('2027-01-12T21:32:00+01:00') &&
			r.headers.signalled < at('2027-01-12T23:02:00+01:00'));
		assert.ok(away.some((r) => /<status>System<\/status>/.test(r.v)), 'the silence is a System signal');
		for (const record of away) {
			assert.match(record.v, /<status>System<\/status>/);
			assert.doesNotMatch(record.v, /AllClear|<value>[a-z]*:vert</);
			assert.match(record.v, /ce n'est pas un retour au vert/);
		}
	});

	test('an older document and one that was cut change nothing', async () => {
		const between = (from, to) => s.signals.filter((r) => r.headers.signalled >= at(from) && r.headers.signalled < at(to))
			.map((r) => r.headers.id);
		assert.deepEqual(between('2027-01-12T20:04:00+01:00', '2027-01-12T21:32:00+01:00'), []);
		assert.deepEqual(between('2027-01-13T01:55:00+01:00', '2027-01-13T02:05:00+01:00'), []);
		const outcomes = (await s.read('documents')).map((r) => JSON.parse(r.v).outcome);
		assert.ok(outcomes.includes('older'), outcomes.join(' '));
		assert.ok(outcomes.includes('truncated'), outcomes.join(' '));
	});

	test('no alerte leaves without its decision, none of them twice', () => {
		const alertes = s.sent.filter((m) => /ALERTE/.test(m.subject ?? m.body));
		assert.ok(alertes.length > 0);
		assert.equal(new Set(s.sent.map((m) => m.key)).size, s.sent.length);
	});

	test('levels follow the documents, each change once', () => {
		const levels = s.signals.filter((r) => param(r.v, 'tocsin:zone') === 'AP5')
			.map((r) => param(r.v, 'tocsin:level')).filter((level, i, all) => level !== all[i - 1]);
		assert.deepEqual(levels.map((level) => level.replace('vigicrues:', '')), ['jaune', 'orange', 'rouge', 'orange', 'jaune', 'vert']);
	});

	test('the journal has all of it, in a chain that is proven to its end', async () => {
		const { code, out } = await t.cli(['journal', 'verify', ...s.journal], { config: `${s.folder}/tocsin.conf`, realm: s.realm });
		assert.equal(code, 0, out);
		assert.match(out, /end proven/);
		let records = 0;
		for (const topic of TOPICS)
			records += await s.count(topic);
		assert.match(out, new RegExp(`: ${records} lines`));
	});

	test('played once more over the same state it gives nothing new', async () => {
		const counts = () => Promise.all(['signals', 'proposals', 'alerts'].map((topic) => s.count(topic)));
		const earlier = await counts();
		const read = await s.count('documents');
		const again = await s.play('--again');
		assert.equal(again.code, 0, again.text);
		const outcomes = (await s.read('documents')).slice(read).map((r) => JSON.parse(r.v).outcome);
		assert.ok(outcomes.filter((outcome) => outcome === 'older').length >= 8, `the documents came again: ${outcomes}`);
		assert.deepEqual(await counts(), earlier);
		assert.deepEqual(s.messages(), []);
	});

	test('played anew it gives the same, under the same identifiers', async () => {
		const ids = (records) => records.map((r) => r.headers.id).sort();
		const keys = (list) => list.map((m) => m.key).sort();
		const anew = await s.play('--keep');
		assert.equal(anew.code, 0, anew.text);
		assert.deepEqual(ids(await s.read('signals')), ids(s.signals));
		assert.deepEqual(keys(s.messages()), keys(s.sent));
	});

	test('without --keep nothing of the realm stays, and the real realm is what it was', async () => {
		const real = async () => [await s.client.dump('tocsin.'), await s.bus.real()];
		assert.deepEqual(await real(), s.planted);
		const last = await s.play();
		assert.equal(last.code, 0, last.text);
		assert.deepEqual(await s.client.dump(s.realm), {});
		assert.deepEqual((await s.bus.topics()).filter((topic) => topic.startsWith(s.realm)), []);
		assert.deepEqual(await real(), s.planted);
	});
}
