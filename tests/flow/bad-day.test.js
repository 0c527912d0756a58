// A bad day of the sources, played by `tocsin replay`: what each of them does
// wrong is known within two periods, nothing is called green or lifted that is
// not, and every message is one that was expected.
'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { buses, open, param } = require('./lib/episode.js');
const t = require('./lib/tocsin.js');

const MINUTE = 60000;
const PERIOD = 10.5 * MINUTE; // with its jitter
const day = (n, time) => Date.parse(`2027-02-0${n}T${time}:00+01:00`);
// Until when a poll that failed twice is not repeated.
const BACKED_OFF = 4 * PERIOD;
let s;

// What happens to a source, what it must be known as, and until when.
const causes = [
	['vigicrues', '09:40', 'limited', '10:05'], // 429
	['vigicrues', '10:40', 'limited', '11:00'], // 401
	['vigicrues', '11:20', 'silent', '11:45'], // no TLS
	['meteofrance', '11:22', 'silent', '11:50'], // neither the API nor the archive
	['vigicrues', '12:25', 'silent', '12:50'], // cut, then hanging
	['meteofrance', '13:40', 'reshaped', '14:10'], // a page with 200
	['vigicrues', '13:55', 'silent', '14:20'], // truncated
	['vigicrues', '15:00', 'reshaped', '15:30'], // renamed fields
	['vigicrues', '15:40', 'reshaped', '16:05'], // a page with 200
].map(([feed, from, state, until]) => ({ feed, from: day(2, from), state, until: day(2, until) }));

// Times in which a source was known not to be fresh.
function badTimes(feed) {
	const times = [];
	for (const record of s.health.filter((r) => r.feed === feed && r.previous !== 'starting')) {
		const last = times.at(-1);
		if (record.state === 'fresh')
			last.until = Date.parse(record.at);
		else if (last === undefined || last.until !== Infinity)
			times.push({ from: Date.parse(record.at), until: Infinity, states: [record.state] });
		else
			last.states.push(record.state);
	}
	return times;
}

const between = (records, from, until) => records.filter((r) => r.at >= from && r.at < until);
const shape = (r) => ({ source: param(r.v, 'tocsin:source'), zone: param(r.v, 'tocsin:zone'), level: param(r.v, 'tocsin:level'),
	phenomenon: param(r.v, 'tocsin:phenomenon'), isFirst: param(r.v, 'tocsin:first-sight') === 'yes',
	isEnd: /<responseType>AllClear/.test(r.v), at: Number(r.headers.signalled), id: r.headers.id, v: r.v });

for (const [name, bus] of Object.entries(buses)) {
	describe(`on ${name}`, { skip: bus.skip }, () => {
		before(async () => {
			s = await open('bad-day', bus);
			s.first = await s.play('--keep');
			s.sent = s.messages();
			s.health = (await s.read('health')).map((r) => JSON.parse(r.v));
			s.signals = (await s.read('signals')).map(shape);
		});
		after(t.stopAll);
		define();
	});
}

function define() {
	test('it gives exactly its states, signals, proposals, alerts and deliveries', () => {
		assert.equal(s.first.code, 0, s.first.text);
		assert.match(s.first.text, /episode bad-day: as expected/);
		assert.ok(s.first.took_ms < 60000, `${s.first.took_ms} ms`);
	});

	test('what a source does is its state within two periods, and it is fresh again when that ends', () => {
		for (const cause of causes) {
			const changes = s.health.filter((r) => r.feed === cause.feed && Date.parse(r.at) >= cause.from);
			const text = JSON.stringify([cause, changes.slice(0, 2)]);
			assert.equal(changes[0].state, cause.state, text);
			assert.ok(Date.parse(changes[0].at) <= cause.from + 2 * PERIOD, text);
			assert.equal(changes[1].state, 'fresh', text);
			assert.ok(Date.parse(changes[1].at) > cause.until, text);
			assert.ok(Date.parse(changes[1].at) <= cause.until + BACKED_OFF, text);
		}
	});

	test('what was not published in time is late, then frozen or expired, at the instant', () => {
		const changes = (feed, from) => s.health.filter((r) => r.feed === feed && Date.parse(r.at) >= from).map((r) => `${r.at.slice(8, 16)} ${r.state}`);
		assert.deepEqual(changes('meteofrance', day(2, '15:00')).slice(0, 2), ['02T17:00 late', '03T06:00 frozen']);
		assert.deepEqual(changes('vigicrues', day(3, '00:00')).slice(0, 2), ['03T10:30 late', '03T12:00 expired']);
		assert.equal(s.health.filter((r) => r.state !== 'starting').at(-1).state, 'fresh');
	});

	test('while a source is not fresh nothing is said in its name, and nothing shown is green', () => {
		for (const feed of ['vigicrues', 'meteofrance']) {
			assert.ok(badTimes(feed).length >= 3);
			for (const { from, until } of badTimes(feed)) {
				const said = between(s.signals, from, until);
				assert.deepEqual(said.filter((x) => x.source === feed).map((x) => x.id), []);
				for (const one of said.filter((x) => x.zone === feed)) {
					assert.ok(!one.isEnd, one.id);
					assert.match(one.v, /ce n'est pas un retour au vert/);
				}
			}
		}
		const shown = s.first.text.split('\n').filter((line) => /^=== \S+ \S+ {2}(vigicrues|meteofrance): /.test(line));
		assert.ok(shown.length > 30, s.first.text);
		for (const line of shown)
			assert.ok(/: fresh/.test(line) || !/vert|rien en cours/.test(line), line);
	});

	test('nothing turned green or ended but what the sources published as green', () => {
		const ends = s.signals.filter((x) => x.source !== 'tocsin' && (x.isEnd || /vert$/.test(x.level)));
		assert.deepEqual(ends.map((x) => `${x.zone} ${new Date(x.at).toISOString().slice(8, 16)}`).sort(),
			['62 03T15:02', 'AP12 02T19:31', 'AP13 03T15:41', 'AP14 03T15:41', 'AP5 03T15:41', 'AP6 02T19:31'], JSON.stringify(ends, null, 1));
	});

	test('the orange zone raises the alarm once each time that its source is lost, and only then', () => {
		const alarms = s.signals.filter((x) => x.phenomenon === 'source-sous-vigilance');
		const lost = badTimes('vigicrues').map(({ states, from, until }) => ({ until, from: states[0] === 'late' ? day(3, '12:00') : from }));
		assert.deepEqual(alarms.map((x) => [Math.floor(x.at / MINUTE), x.isEnd]),
			lost.flatMap((x) => [[Math.floor(x.from / MINUTE), false], [Math.floor(x.until / MINUTE), true]]));
		for (const alarm of alarms.filter((x) => !x.isEnd))
			assert.match(alarm.v, /Aa \(AP5\) : vigilance crues orange/);
	});

	test('the alerte is lifted by nobody but the authority', async () => {
		const alertes = (await s.read('alerts')).filter((r) => param(r.v, 'tocsin:nature') === 'alerte' && param(r.v, 'tocsin:zone') === 'AP5');
		assert.deepEqual(alertes.map((r) => /<sent>([^<]*)/.exec(r.v)[1]), ['2027-02-02T09:24:00+01:00', '2027-02-03T17:10:00+01:00']);
	});

	test('a third of the zones at once waits one poll; what is not confirmed is nothing', () => {
		const waits = s.signals.filter((x) => x.phenomenon === 'changement-massif');
		assert.equal(waits.length, 2);
		const rises = between(s.signals, day(2, '17:05'), day(2, '18:30')).filter((x) => x.source === 'vigicrues');
		assert.deepEqual(rises.map((x) => x.zone).sort(), ['AP12', 'AP13', 'AP14', 'AP6']);
		for (const rise of rises)
			assert.ok(rise.at >= waits[0].at + 2 * MINUTE && rise.at <= waits[0].at + PERIOD, `${rise.at} ${waits[0].at}`);
		assert.deepEqual(between(s.signals, day(2, '18:30'), day(2, '19:30')), [waits[1]]);
		assert.ok(!s.signals.some((x) => /rouge/.test(x.level)));
	});

	test('an older copy after a newer one is counted and says nothing', async () => {
		const outcomes = (await s.read('documents')).map((r) => JSON.parse(r.v).outcome);
		assert.ok(outcomes.includes('older'), outcomes.join(' '));
		assert.deepEqual(between(s.signals, day(2, '16:30'), day(2, '17:00')), []);
	});

	test('with its state lost the feed begins anew: a recap, no message twice', async () => {
		const signals = between(s.signals, day(2, '19:30'), day(2, '20:30'));
		assert.deepEqual(signals.filter((x) => x.source === 'vigicrues').map((x) => [x.zone, x.isFirst]),
			[['AP12', true], ['AP13', true], ['AP14', true], ['AP5', true], ['AP6', true]]);
		assert.deepEqual(signals.filter((x) => x.source === 'tocsin').map((x) => x.phenomenon), ['recap']);
		const sent = (await s.read('alerts')).map((r) => [/<sent>([^<]*)/.exec(r.v)[1], param(r.v, 'tocsin:zone')])
			.filter(([at]) => Date.parse(at) >= day(2, '19:30') && Date.parse(at) < day(2, '20:30'));
		assert.deepEqual(sent, [['2027-02-02T19:30:00+01:00', 'vigicrues']]);
		assert.equal(new Set(s.sent.map((m) => m.key)).size, s.sent.length);
	});

	test('the other way to a source is named, and why', () => {
		const notes = s.signals.filter((x) => x.phenomenon === 'document-anormal');
		assert.equal(notes.length, 1);
		assert.match(notes[0].v, /Lue par la voie de repli : la voie ordinaire échoue \(accès refusé, clé ou droits à vérifier \(HTTP 401\)\)/);
	});

	test('a cause is in French and the same each time, without what the libraries say', () => {
		for (const one of s.signals)
			assert.doesNotMatch(one.v, /OpenSSL|127\.0\.0\.1|JSON|Empty reply|after \d+ ms/);
		assert.ok(s.signals.some((x) => /Cause : la connexion sécurisée \(TLS\)/.test(x.v)));
	});

	test('played once more over the same state it gives nothing new', async () => {
		const counts = () => Promise.all(['signals', 'proposals', 'alerts'].map((topic) => s.count(topic)));
		const earlier = await counts();
		const again = await s.play('--again');
		assert.equal(again.code, 0, again.text);
		assert.deepEqual(await counts(), earlier);
		assert.deepEqual(s.messages(), []);
	});

	test('played anew it gives the same, under the same identifiers', async () => {
		const told = (list) => list.map((m) => `${m.key} ${m.subject}`).sort();
		const anew = await s.play('--keep');
		assert.equal(anew.code, 0, anew.text);
		assert.deepEqual((await s.read('signals')).map((r) => r.headers.id).sort(), s.signals.map((x) => x.id).sort());
		assert.deepEqual(told(s.messages()), told(s.sent));
	});
}
