// Two days of a winter storm over one département, played by `tocsin replay`:
// map and bulletins, rivers, a préfecture's site, a mailbox, the field.
'use strict';

const assert = require('node:assert');
const { after, before, describe, test } = require('node:test');
const { buses, open, param } = require('./lib/episode.js');
const t = require('./lib/tocsin.js');

const day = (n, time) => Date.parse(`2027-01-${n}T${time}:00+01:00`);
const one = (xml, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
const shape = (r) => ({ source: param(r.v, 'tocsin:source'), zone: param(r.v, 'tocsin:zone'), level: param(r.v, 'tocsin:level')?.replace(/.*:/, ''),
	phenomenon: param(r.v, 'tocsin:phenomenon'), headline: one(r.v, 'headline'), type: one(r.v, 'msgType'), incidents: one(r.v, 'incidents'),
	isEnd: /<responseType>AllClear/.test(r.v), at: Number(r.headers.signalled), id: r.headers.id, v: r.v });
let s;

for (const [name, bus] of Object.entries(buses)) {
	describe(`on ${name}`, { skip: bus.skip }, () => {
		before(async () => {
			s = await open('storm', bus);
			s.first = await s.play('--keep');
			s.sent = s.messages();
			s.signals = (await s.read('signals')).map(shape);
			s.alerts = (await s.read('alerts')).map(shape);
		});
		after(t.stopAll);
		define();
	});
}

const of = (source, phenomenon) => s.signals.filter((x) => x.source === source && (phenomenon === undefined || x.phenomenon === phenomenon));
const texts = () => s.sent.map((m) => `${m.subject ?? ''}\n${m.text ?? ''}\n${m.body}`);

function define() {
	test('it gives exactly its states, signals, proposals, alerts and deliveries', () => {
		assert.equal(s.first.code, 0, s.first.text);
		assert.match(s.first.text, /episode storm: as expected/);
		assert.ok(s.first.took_ms < 60000, `${s.first.took_ms} ms`);
	});

	test('the wind is one event from the day before to its end, whatever period it is in', () => {
		const wind = of('meteofrance', 'vent');
		assert.deepEqual(wind.map((x) => x.level), ['jaune', 'orange', 'orange', 'rouge', 'orange', 'jaune', 'vert']);
		assert.deepEqual(wind.map((x) => x.type), ['Alert', ...Array(6).fill('Update')]);
		assert.ok(wind.at(-1).isEnd);
		assert.match(wind[1].headline, /à partir du vendredi 15 janvier à 8 h/);
		assert.match(wind[3].v, /Rafales jusqu'à 150 km\/h entre 12 h et 16 h/, 'the bulletin is joined');
	});

	test('midnight brings nothing', () => {
		assert.deepEqual(s.signals.filter((x) => x.at >= day(14, '20:00') && x.at < day(15, '06:00')), []);
		assert.deepEqual(s.signals.filter((x) => x.at >= day(15, '22:00') && x.at < day(16, '06:00')), []);
	});

	test('the coast has its own event, and its text is the département\'s', () => {
		const waves = of('meteofrance', 'vagues-submersion');
		assert.deepEqual([...new Set(waves.map((x) => x.zone))], ['6210']);
		assert.deepEqual(waves.map((x) => x.level), ['jaune', 'orange', 'orange', 'orange', 'vert']);
		assert.match(waves[1].v, /Surcote à la pleine mer de 14 h 10/);
	});

	test('that it may get worse is said once, before it does', () => {
		const worse = of('meteofrance', 'vent-aggravation');
		assert.equal(worse.length, 1);
		assert.ok(worse[0].at < of('meteofrance', 'vent').find((x) => x.level === 'rouge').at);
	});

	test('a communiqué is news when it appears and when it is revised; without a date the first sight counts', () => {
		const said = of('prefecture62');
		assert.deepEqual(said.map((x) => `${x.type} ${x.headline}`),
			['Alert Tempête : appel à la prudence', 'Update Tempête : appel à la prudence', 'Alert Fermeture du littoral']);
		assert.equal(param(said[2].v, 'tocsin:issued'), undefined);
		assert.ok(!texts().some((text) => text.includes('Permanences')), 'what is old when the watch begins is no news');
	});

	test('mails: what is recognised has its level and place, what is not is passed on, a stranger is only counted', () => {
		const mails = of('mailbox');
		assert.deepEqual(mails.map((x) => [x.phenomenon, x.level]), [['pluies-intenses', 'orange'], ['courriel', 'none'], ['crues', 'orange']]);
		assert.match(mails[0].v, /<valueName>INSEE<\/valueName>\s*<value>62160</);
		for (const mail of mails)
			assert.match(mail.v, /De : [^\n]*@(meteo|spc|wimereux)\.example/);
		assert.ok(!texts().some((text) => text.includes('Profitez-en')));
		const strangers = s.signals.filter((x) => /offres@vente\.example/.test(x.v));
		assert.equal(strangers.length, 1);
		assert.equal(strangers[0].source, 'tocsin');
	});

	test('an APIC leaves at the poll that reads it, though it is the mailbox\'s first mail', () => {
		const apic = s.alerts.filter((x) => x.source === 'mailbox')[0];
		assert.equal(one(apic.v, 'sent').slice(0, 15), '2027-01-15T13:1');
		assert.ok(texts().some((text) => /Boulogne-sur-Mer/.test(text) && /pluies intenses/i.test(text)));
	});

	test('the field is heard at once; one fact from two is linked, its author corrects and ends it', () => {
		const reports = of('terrain');
		assert.deepEqual(reports.map((x) => [x.zone, x.phenomenon, x.type, x.isEnd]), [
			['62160', 'route-coupee', 'Alert', false], ['62160', 'route-coupee', 'Alert', false],
			['62893', 'vent', 'Alert', false], ['62893', 'vent', 'Update', false], ['62160', 'route-coupee', 'Update', true]]);
		assert.deepEqual(reports.map((x) => x.at), ['12:50', '13:10', '13:40', '14:20', '18:10'].map((time) => day(15, time)));
		assert.equal(reports[1].incidents, reports[0].id);
		assert.match(reports[3].v, /personne à reloger/);
		assert.ok(!s.signals.some((x) => x.v.includes('06 39 98')), 'who can be called back goes nowhere');
	});

	test('an alerte leaves by a decision and is lifted by one; what waits does not leave', () => {
		const alertes = s.alerts.filter((x) => param(x.v, 'tocsin:nature') === 'alerte').map((x) => `${x.zone} ${one(x.v, 'sent').slice(8, 16)}`);
		assert.deepEqual(alertes, ['6210 15T06:40', '62 15T10:45', '62 15T17:10', '6210 15T21:10']);
	});

	test('no message twice, all of them an exercise', () => {
		assert.equal(new Set(s.sent.map((m) => m.key)).size, s.sent.length);
		for (const message of s.sent)
			assert.match(message.subject ?? message.text, /^EXERCICE/);
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
