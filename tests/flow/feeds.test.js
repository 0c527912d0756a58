// `tocsin feeds`: recorded bodies, offline.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

const folder = path.join(t.top, 'tests', 'data', 'feeds', 'vigicrues');
const at = (...names) => names.map((name) => path.join(folder, name));
const objects = (out) => out.split('\n').slice(0, -1).map((line) => JSON.parse(line));
const read = (...words) => t.cli(['feeds', 'read', 'vigicrues', ...words]);

test('drivers are named, each with what it reads', async () => {
	const { code, out } = await t.cli(['feeds', 'drivers']);
	assert.equal(code, 0);
	assert.match(out, /^vigicrues +\S/m);
});

test('a flood read in order gives its signals, one object a line', async () => {
	const files = fs.readdirSync(folder).filter((name) => /^0\d-/.test(name)).sort();
	const { code, out, err } = await read('--format', 'json', '--at', '2026-11-23T10:00:00+01:00', ...at(...files));
	assert.equal(code, 0, err);
	const all = objects(out);
	assert.deepEqual(all.map((x) => `${x.msgType} ${x.zone} ${x.previousLevel}>${x.level} ${x.notes}`), [
		'Alert AP5 vert>jaune ', 'Alert AP16 vert>jaune ', 'Update AP5 jaune>orange ', 'Update AP16 jaune>orange ',
		'Update AP5 orange>rouge ', 'Update AP16 orange>orange prolonged', 'Update AP5 rouge>orange ',
		'Update AP16 orange>vert end', 'Update AP5 orange>vert end',
	]);
	assert.deepEqual(Object.keys(all[0]), ['identifier', 'msgType', 'status', 'source', 'zone', 'phenomenon', 'level',
		'previousLevel', 'issued', 'fetched', 'expires', 'departement', 'headline', 'description', 'web', 'notes']);
	assert.deepEqual({ ...all[0], identifier: 0 }, {
		identifier: 0, msgType: 'Alert', status: 'Test', source: 'vigicrues', zone: 'AP5', phenomenon: 'crues', level: 'jaune',
		previousLevel: 'vert', issued: '2026-11-23T12:12:41+01:00', fetched: '2026-11-23T12:12:41+01:00',
		expires: '2026-11-23T18:00:00+01:00', departement: '62', headline: 'Vigilance crues jaune : Aa',
		description: 'Vigicrues place le tronçon Aa (AP5) en vigilance crues jaune.\nSource : © Vigicrues.',
		web: 'https://www.vigicrues.gouv.fr/', notes: [],
	});
	assert.equal(new Set(all.map((x) => x.identifier)).size, all.length);
});

test('what was read is printed with the whole of its text', async () => {
	const file = path.join(t.top, 'tests', 'data', 'feeds', 'avalanche', '03-high.xml');
	const { code, out } = await t.cli(['feeds', 'read', 'avalanche', '--format', 'readings', file]);
	assert.equal(code, 0);
	assert.match(out, /^ {6}Risque 4 \(fort\) au-dessus de 2 200 m, 3 \(marqué\) en dessous\. Neige fraîche ventée\.$/m);
	assert.match(out, /^ {6}Tendance pour le 14\/01\/2027 : 3 \(marqué\)\.$/m);
	assert.match(out, /^ {6}Nombreuses au-dessus de 2200 m, cumuls < 50 cm\.$/m);
});

test('a source is asked once and what was understood is printed', async () => {
	const feed = await t.startFeed();
	feed.serve(fs.readFileSync(at('03-orange.geojson')[0], 'utf8'));
	const { code, out } = await t.cli(['feeds', 'test', feed.url]);
	assert.equal(code, 0);
	assert.match(out, /^HTTP 200 {2}\d+ bytes/);
	assert.match(out, /^vigicrues {2}3 readings, complete {2}issued 2026-11-23T15:55:08\+01:00/m);
	assert.match(out, /^ {2}AP5 +crues +orange +Aa {2}\[62\]$/m);
	feed.serve('<html>maintenance</html>');
	const page = await t.cli(['feeds', 'test', feed.url]);
	assert.equal(page.code, 1);
	assert.match(page.out, /vigicrues: not understood: /);
	feed.serve('', 429);
	const limited = await t.cli(['feeds', 'test', feed.url]);
	assert.equal(limited.code, 1);
	assert.match(limited.err, /no answer: HTTP 429 \(access refused or limited\)/);
	const nobody = await t.cli(['feeds', 'test', 'nope']);
	assert.equal(nobody.code, 2);
	assert.match(nobody.err, /no feed and no driver "nope"; write: /);
});

test('a feed is tested with what tocsin.conf says of it, also when a driver has its name', async () => {
	const feed = await t.startFeed();
	feed.serve(fs.readFileSync(at('03-orange.geojson')[0], 'utf8'));
	const dir = t.tempDir();
	const conf = t.makeConfig({ dir, redis: { address: 'unix:/nowhere' }, feed, parts: { feed: { terrain: { driver: 'report' } } } });
	const config = t.writeConfig(dir, conf);
	const { code, out, err } = await t.cli(['feeds', 'test', 'vigicrues'], { config });
	assert.equal(code, 0, err);
	assert.ok(out.includes(feed.url), out);
	assert.equal(feed.requests.length, 1);
	const field = await t.cli(['feeds', 'test', 'terrain'], { config });
	assert.equal(field.code, 1);
	assert.match(field.err, /terrain asks nobody: .*tocsin report/);
	fs.writeFileSync(config, 'feed {');
	const unread = await t.cli(['feeds', 'test', 'prefecture'], { config });
	assert.equal(unread.code, 2);
	assert.match(unread.err, /tocsin\.conf/);
});

test('--state goes on where the last call stopped', async () => {
	const dir = t.tempDir();
	const state = path.join(dir, 'state.json');
	const files = ['01-green.geojson', '02-yellow.geojson', '03-orange.geojson', '04-red.geojson'];
	const whole = await read('--format', 'json', '--at', '2026-11-23T10:00:00+01:00', ...at(...files));
	let out = '';
	for (const file of files) {
		const one = await read('--format', 'json', '--at', '2026-11-23T10:00:00+01:00', '--state', state, ...at(file));
		assert.equal(one.code, 0, one.err);
		out += one.out;
	}
	assert.equal(out, whole.out);
	const again = await read('--format', 'json', '--at', '2026-11-23T19:10:00+01:00', '--state', state, ...at('04-red.geojson'));
	assert.equal(again.out, '', 'the same body again changes nothing');
	fs.writeFileSync(state, '{"v":1,"driver":"other"}');
	const wrong = await read('--state', state, ...at('04-red.geojson'));
	assert.equal(wrong.code, 1);
	assert.match(wrong.err, /state\.json: not a state/);
});

test('a refused body is named with its reason, and the others are still read', async () => {
	const { code, out, err } = await read('--format', 'json', ...at('01-green.geojson', 'truncated.geojson', 'no-issue-time.geojson',
		'error-400.json', 'no-such-file', '02-yellow.geojson'));
	assert.equal(code, 1);
	assert.deepEqual(objects(out).map((x) => `${x.msgType} ${x.zone} ${x.level}`), ['Alert AP5 jaune']);
	assert.match(err, /truncated\.geojson:\d+: refused \(truncated\): /);
	assert.match(err, /no-issue-time\.geojson: refused \(reshaped\): .*DtHrInfoVigiCru/);
	assert.match(err, /error-400\.json: refused \(error\): .*400.*pas connu/);
	assert.match(err, /no-such-file: .*No such file/);
});

test('a first state is said to be one, in every format', async () => {
	const json = await read('--format', 'json', ...at('03-orange.geojson'));
	assert.deepEqual(objects(json.out).map((x) => `${x.zone} ${x.level} ${x.notes} ${x.status}`),
		['AP16 jaune first-sight Test', 'AP5 orange first-sight Test', 'vigicrues premier-etat  System']);
	const table = await read(...at('03-orange.geojson'));
	assert.match(table.out, /^.*03-orange\.geojson {2}issued 2026-11-23T15:55:08\+01:00 .*orange 1.*\(taken\)\n/);
	assert.match(table.out, /Alert +Test +AP5 +62 +orange, first sight +Vigilance crues orange : Aa\n/);
	const cap = await read('--format', 'cap', ...at('03-orange.geojson'));
	assert.equal(cap.out.match(/<alert xmlns="urn:oasis:names:tc:emergency:cap:1\.2">/g).length, 3);
	assert.match(cap.out, /<value>vigicrues:orange<\/value>/);
});

test('what is asked wrongly is answered with what to write', async () => {
	for (const [words, say] of [[['feeds', 'read', 'nope', 'x'], /no driver "nope"; write: /], [['feeds', 'read'], /write: feeds read/],
		[['feeds', 'read', 'vigicrues', '--format', 'xml', 'x'], /no format "xml"; write: table, readings, json or cap/],
		[['feeds', 'read', 'vigicrues', '--at', 'noon', 'x'], /not a time "noon"; write: --at/], [['feeds', 'grow'], /write: /]]) {
		const { code, err } = await t.cli(words);
		assert.equal(code, 2, words.join(' '));
		assert.match(err, say);
	}
});
