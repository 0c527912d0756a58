// The field speaks: `tocsin report`, its signal, what the SIDPC is told; who may
// correct and end it; what is set aside; what being killed anywhere does not.
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const zlib = require('node:zlib');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

const SAID = ['--where', '62040', '--what', "route coupée par l'eau", '--from', "gendarmerie d'Arques"];
const ROAD = [...SAID, '--phenomenon', 'route-coupee'];
const SECRETS = ['collector', 'cli'];

// A store and a configuration; the collector of reports alone, unless `isWhole`.
async function start({ isWhole = false, feeds = {}, ...more } = {}) {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const client = await t.connect(redis);
	const feed = await t.startFeed();
	const sink = isWhole ? await t.startSink(dir) : undefined;
	const conf = t.makeConfig({ dir, redis, feed, sink, parts: { feed: { terrain: { driver: 'report', ...feeds } }, ...more } });
	const config = t.writeConfig(dir, conf);
	const s = { dir, redis, client, feed, sink, config, conf };
	if (!isWhole)
		await giveUsers(s);
	s.collect = (env) => t.startDaemon('tocsin-collector', { config, args: ['report'], env });
	s.report = (...words) => t.cli(['report', ...words], { config });
	s.records = () => client.stream('tocsin.reports.0');
	s.signals = async () => (await client.stream('tocsin.signals.0')).map(read).filter((x) => x.source === 'terrain');
	s.when = (n) => t.waitFor(async () => (await s.signals()).length >= n && s.signals(),
		{ what: `${n} signals`, detail: async () => JSON.stringify(await s.signals(), null, 1) });
	s.rejected = async () => (await client.stream('tocsin.rejected.0')).map(({ v }) => JSON.parse(v));
	s.kept = async () => Object.values(await client.hash('tocsin.src:reports')).map((text) => JSON.parse(text));
	s.threads = async () => Object.values(await client.hash('tocsin.rule:threads')).map((text) => JSON.parse(text))
		.filter((one) => one.source === 'terrain');
	s.plant = (value, key = '62') => client.call('XADD', 'tocsin.reports.0', '*', 'k', key, 'v',
		typeof value === 'string' ? value : JSON.stringify(value), 'h.id', value.id ?? 'x');
	return s;
}

// Users that may do all: `tocsin run` makes the real ones.
async function giveUsers({ dir, client }) {
	fs.mkdirSync(path.join(dir, 'secrets'), { mode: 0o700 });
	for (const role of SECRETS) {
		fs.writeFileSync(path.join(dir, 'secrets', `tocsin.${role}`), 'fictif\n', { mode: 0o600 });
		await client.call('ACL', 'SETUSER', `tocsin.${role}`, 'on', '>fictif', '~tocsin.*', '+@all');
	}
}

function read({ k, v, headers }) {
	const one = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(v)?.[1];
	const parameter = (name) => new RegExp(`<valueName>tocsin:${name}</valueName>\\s*<value>([^<]*)</value>`).exec(v)?.[1];
	return {
		key: k, id: one('identifier'), type: one('msgType'), status: one('status'), references: one('references'),
		incidents: one('incidents')?.split(' ') ?? [], response: one('responseType'), headline: one('headline'),
		description: one('description'), category: one('category'), certainty: one('certainty'), sender: one('senderName'),
		source: parameter('source'), zone: parameter('zone'), level: parameter('level'), fact: parameter('fact'),
		reported: parameter('reported'), issued: parameter('issued'), report: parameter('report'), uri: one('uri'), headers,
	};
}

// A value of the record of a report as another writer would make it.
const RECORD = {
	v: 1, kind: 'report', id: 'console.report.1', typed_by: 'console:jmartin', from: 'SDIS 62', departement: '62', commune: '62040',
	what: 'chaussée inondée', phenomenon: 'route-coupee', level: 'none', certainty: 'observed',
};
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00');
const record = (change = {}) => ({ ...RECORD, fact: iso(Date.now() - 60000), reported: iso(Date.now()), ...change });
const idOf = (out) => /^report +(\S+)$/m.exec(out)[1];

test('a report is a signal within one second, while a large feed is read', async () => {
	const s = await start({ isWhole: true });
	// As large as a map can be, a new one at each poll.
	const codes = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`AP${i + 1}`, 'vert']));
	let issue = 0;
	const serve = () => {
		const map = t.vigicrues(iso(Date.now() - 1200000 + 1000 * issue++), { ...codes, AP5: issue % 2 ? 'orange' : 'rouge' });
		for (const { geometry } of map.features)
			geometry.coordinates = [Array.from({ length: 300 }, (_, k) => [1 + k / 1013, 43 + k / 997])];
		s.feed.serve(map);
	};
	serve();
	const run = t.startRun({ config: s.config });
	await t.waitFor(() => s.client.call('GET', 'tocsin.lease:reports:0'), { what: 'an owner of the reports', detail: () => run.text() });
	const polls = setInterval(serve, 250);
	try {
		for (let i = 0; i < 3; i++) {
			const { code, out, err } = await s.report(...ROAD, '--at', iso(Date.now() - 600000));
			assert.equal(code, 0, err);
			const all = await s.when(i + 1);
			const [, identifier] = /^signal +(\S+)$/m.exec(out);
			assert.equal(all[i].id, identifier, 'the identifier is known before anybody read it');
			assert.equal(all[i].headers.trace, /^trace +(\S+)$/m.exec(out)[1]);
			const typed = (await s.records())[i];
			const took = Number(all[i].headers.signalled) - Number(typed.headers.reported);
			assert.ok(took >= 0 && took < 1000, `${took} ms`);
			assert.equal(all[i].headers.issued, typed.headers.reported);
			assert.equal(all[i].headers.fact, typed.headers.fact);
			assert.ok(Number(typed.headers.fact) < Number(typed.headers.reported) - 590000, 'fact and report are apart');
			assert.notEqual(all[i].fact, all[i].reported);
			assert.equal(all[i].reported, all[i].issued);
		}
	} finally {
		clearInterval(polls);
	}
	const told = await s.sink.wait((m) => m.channel === 'webhook' && /Terrain, (?:Arques|commune 62040)/.test(m.body), { timeout: 30000 });
	assert.match(told.body, /INFORMATION – Terrain, (?:Arques|commune 62040) : route coupée par l'eau/);
	assert.match(told.body, /Gendarmerie d'Arques/);
	const mail = await s.sink.wait((m) => m.channel === 'email' && /Terrain/.test(m.subject), { timeout: 30000 });
	assert.match(mail.text, /saisi par/);
	const [first] = await s.signals();
	const trace = await t.waitFor(async () => {
		const answer = await t.cli(['trace', first.headers.trace], { config: s.config });
		return /ACCEPTED/.test(answer.out) && answer;
	}, { what: 'the receipt in the trace' });
	for (const stage of ['fact', 'reported', 'signalled 62040 none', 'proposed', 'delivery ACCEPTED'])
		assert.ok(trace.out.includes(stage), `no "${stage}" in:\n${trace.out}`);
	const status = await t.cli(['status'], { config: s.config });
	assert.match(status.out, /^ {2}terrain: 3 signalements ouverts, le dernier \d/m);
	assert.match(status.out, /^ {2}reports 0: \S+/m);
	assert.match(status.out, /^ {2}reports: {2}reports 0$/m);
	assert.doesNotMatch(status.out, /collector terrain/);
	assert.doesNotMatch(run.text(), /06 39/);
});

test('a report, its correction and its end are one event, told as it goes on', async () => {
	const s = await start({ isWhole: true });
	const run = t.startRun({ config: s.config });
	await t.waitFor(() => s.client.call('GET', 'tocsin.lease:reports:0'), { what: 'an owner', detail: () => run.text() });
	const first = await s.report(...ROAD, '--level', 'orange', '--certainty', 'likely', '--contact', '06 39 98 00 01');
	assert.equal(first.code, 0, first.err);
	const id = idOf(first.out);
	await s.sink.wait((m) => m.channel === 'webhook' && /route coupée par l'eau/.test(m.body));
	const listed = await s.report('list');
	assert.match(listed.out, new RegExp(`^${id}  62 (?:Arques )?62040  fact \\d.*  reported \\d.*  gendarmerie d'Arques  route-coupee orange  route`));
	assert.doesNotMatch(listed.out, /06 39/);
	// Another login would need the same function, whatever its case and accents.
	const second = await s.report('--correct', id, '--what', 'route coupée, 60 cm', '--level', 'rouge', '--from', 'GENDARMERIE D’ARQUES');
	assert.equal(second.code, 0, second.err);
	await s.sink.wait((m) => m.channel === 'webhook' && /60 cm/.test(m.body));
	const third = await s.report('--end', id, '--what', 'route rouverte');
	assert.equal(third.code, 0, third.err);
	const told = await s.sink.wait((m) => m.channel === 'webhook' && /route rouverte/.test(m.body));
	assert.match(told.body, /AllClear/);
	const all = await s.signals();
	// With or without the table of communes.
	assert.deepEqual(all.map((x) => `${x.type} ${x.response} ${x.level} ${x.headline.replace("commune 62040", "Arques")}`), [
		"Alert Monitor terrain:orange Terrain, Arques : route coupée par l'eau",
		"Update Monitor terrain:rouge Terrain, Arques : correction, route coupée, 60 cm",
		"Update AllClear terrain:rouge Terrain, Arques : terminé, route rouverte"]);
	assert.deepEqual(all.map((x) => x.references?.split(',')[1]), [undefined, all[0].id, all[1].id]);
	assert.equal(new Set(all.map((x) => x.headers.trace)).size, 1);
	assert.deepEqual([all[0].category, all[0].certainty, all[0].sender], ['Safety', 'Likely', "Gendarmerie d'Arques"]);
	assert.match(all[1].description, /Corrigé : /);
	assert.match(all[2].description, /Fin signalée : /);
	assert.match((await s.report('list')).out, /no report is open/);
	const again = await s.report('--end', id);
	assert.equal(again.code, 1);
	assert.match(again.err, /ended already/);
	// The number goes into the record, and nowhere else.
	const [typed] = await s.records();
	assert.equal(JSON.parse(typed.v).contact, '06 39 98 00 01');
	for (const topic of ['signals', 'proposals', 'alerts', 'receipts'])
		assert.ok(!JSON.stringify(await s.client.stream(`tocsin.${topic}.0`)).includes('06 39'), topic);
	assert.ok(!JSON.stringify(await s.client.dump('tocsin.src:')).includes('06 39'));
	assert.ok(!run.text().includes('06 39'));
	assert.deepEqual((await s.threads()).map((one) => one.state), ['to-lift']);
});

test('the same fact reported twice is linked, and each keeps its own life', async () => {
	const s = await start({ isWhole: true });
	t.startRun({ config: s.config });
	await t.waitFor(() => s.client.call('GET', 'tocsin.lease:reports:0'), { what: 'an owner' });
	const one = await s.report(...ROAD);
	await s.when(1);
	const two = await s.report('--where', '62040', '--what', "chaussée sous l'eau", '--from', 'SDIS 62', '--phenomenon', 'route-coupee');
	assert.match(two.out, new RegExp(`^linked  ${idOf(one.out)}, gendarmerie d'Arques, `, 'm'));
	const old = await s.report(...ROAD, '--at', iso(Date.now() - 4 * 3600000)); // not the same fact
	const elsewhere = await s.report('--where', '62765', ...ROAD.slice(2));
	const other = await s.report(...SAID);
	for (const { out, err, code } of [old, elsewhere, other])
		assert.ok(code === 0 && !/linked/.test(out), out + err);
	let all = await s.when(5);
	assert.deepEqual(all.map((x) => x.incidents), [[], [all[0].id], [], [], []]);
	assert.equal(new Set(all.map((x) => x.headers.trace)).size, 5);
	await t.waitFor(async () => (await s.threads()).length === 5, { what: 'a thread each' });
	// The end of one is not that of the other, which is named in both from now on.
	await s.report('--correct', idOf(one.out), '--what', 'route coupée dans les deux sens');
	all = await s.when(6);
	assert.deepEqual(all[5].incidents, [all[1].id]);
	await s.report('--end', idOf(one.out));
	await s.when(7);
	const states = async () => Object.fromEntries((await s.threads()).map((x) => [x.report, x.state]));
	await t.waitFor(async () => (await states())[idOf(one.out)] === 'to-lift', { what: 'the end of the first' });
	assert.equal((await states())[idOf(two.out)], 'open');
	assert.equal((await s.report('list')).out.split('\n').length - 1, 4);
});

test("another's report is neither corrected nor ended, and it is said who may", async () => {
	const s = await start();
	s.collect();
	await s.plant(record());
	await s.when(1);
	for (const words of [['--correct', RECORD.id, '--what', 'rien'], ['--end', RECORD.id, '--from', 'mairie']]) {
		const { code, err } = await s.report(...words);
		assert.equal(code, 1);
		assert.match(err, /it may be corrected and ended by "SDIS 62", or by the login console:jmartin/);
	}
	assert.equal((await s.records()).length, 1, 'nothing was published');
	// Whoever writes it to the bus nevertheless.
	await s.plant(record({ kind: 'correct', id: 'b', report: RECORD.id, typed_by: 'x', from: 'mairie', commune: undefined, phenomenon: undefined }));
	const [aside] = await t.waitFor(async () => (await s.rejected()).length === 1 && s.rejected(), { what: 'the record set aside' });
	assert.equal(aside.by, 'reports');
	assert.match(aside.reason, /is another's: it may be corrected and ended by "SDIS 62"/);
	assert.equal((await s.signals()).length, 1);
	// The same function at another keyboard may.
	const { code, err } = await s.report('--correct', RECORD.id, '--what', '80 cm', '--from', 'sdis 62');
	assert.equal(code, 0, err);
	assert.match((await s.when(2))[1].headline, /correction, 80 cm/);
	const none = await s.report('--end', 'nothing');
	assert.equal(none.code, 1);
	assert.match(none.err, /no report nothing is known/);
});

test('what is no report is set aside with its reason, and those behind it are read', async () => {
	const s = await start();
	s.collect();
	const broken = [
		['no JSON', /JSON/], ['{"v":1', /JSON/], [{ ...record(), v: 2 }, /v is not 1/], [{ ...record(), kind: 'sing' }, /none of report/],
		[record({ what: undefined }), /what is missing/], [record({ what: ' ' }), /blank/], [record({ what: 7 }), /no text/],
		[record({ what: 'x'.repeat(2001) }), /longer/], [record({ what: 'a\u0007b' }), /control/], [record({ from: 'a\nb' }), /one line/],
		[record({ level: 'mauve' }), /no level/], [record({ phenomenon: 'Route Coupée' }), /lower case/],
		[record({ commune: '59350' }), /of département 59/], [record({ departement: '59', commune: '59350' }), /key/],
		[record({ commune: undefined }), /neither commune nor place/], [record({ fact: iso(Date.now() + 60000) }), /after its report/],
		[record({ fact: iso(Date.now() - 8 * 86400000) }), /7 days/], [record({ fact: 'noon' }), /no time/],
		[record({ reported: iso(Date.now() + 3600000) }), /after now/],
		[record({ reported: iso(Date.now() - 5 * 86400000), fact: iso(Date.now() - 5 * 86400000) }), /expired so long ago/],
		[record({ photo: { hash: '../../x', type: 'image/png', size: 1 } }), /SHA-256/],
		[record({ photo: { hash: 'a'.repeat(64), type: 'text/html', size: 1 } }), /image/],
		[record({ id: 'a b' }), /identifier/], [record({ kind: 'end', report: 'nothing', commune: undefined, phenomenon: undefined }), /no report nothing/],
		[`{"v":1,"pad":"${'x'.repeat(70000)}"}`, /65536 bytes/],
	];
	for (const [value] of broken)
		await s.plant(value);
	await s.plant(record({ departement: '59', commune: '59350' }), '59');
	await s.plant(record());
	await s.when(1);
	const reasons = (await s.rejected()).map((one) => one.reason);
	assert.equal(reasons.length, broken.length + 1);
	for (const [i, [, why]] of broken.entries())
		assert.match(reasons[i], why);
	assert.match(reasons[broken.length], /département 59 is not watched here/);
	// Given back, it is read again, and set aside again.
	const [id] = (await s.client.stream('tocsin.rejected.0')).map((one) => one.headers.id);
	const back = await t.cli(['rejected', 'retry', id], { config: s.config });
	assert.equal(back.code, 0, back.err);
	await t.waitFor(async () => (await s.rejected()).length === broken.length + 2, { what: 'it to be set aside again' });
	assert.equal((await s.signals()).length, 1);
});

test('the same record twice is one signal; another under its identifier is set aside', async () => {
	const s = await start();
	s.collect();
	const same = record();
	await s.plant(same);
	await s.plant(same);
	await s.plant({ ...same, what: 'autre chose' });
	await t.waitFor(async () => (await s.rejected()).length === 1, { what: 'the third to be set aside' });
	assert.match((await s.rejected())[0].reason, /another report has the identifier/);
	const end = record({ kind: 'end', id: 'end', report: same.id, commune: undefined, phenomenon: undefined });
	await s.plant(end);
	await s.plant(end);
	await s.plant(record({ id: 'last' }));
	const all = await s.when(3);
	assert.deepEqual(all.map((x) => `${x.type} ${x.response}`), ['Alert Monitor', 'Update AllClear', 'Alert Monitor']);
	assert.equal((await s.rejected()).length, 1);
});

for (const point of ['collector.report-read', 'collector.report-before-commit', 'collector.report-committed']) {
	test(`killed at ${point}, each report is signalled once`, async () => {
		const s = await start();
		const first = s.collect({ TOCSIN_FAILPOINT: `${point}:2` });
		const one = await s.report(...ROAD);
		await s.when(1);
		const two = await s.report('--correct', idOf(one.out), '--what', '60 cm');
		const three = await s.report('--where', 'digue du canal', '--what', 'surverse', '--from', 'mairie');
		assert.deepEqual([one.code, two.code, three.code], [0, 0, 0], one.err + two.err + three.err);
		assert.equal((await first.waitEnd()).signal, 'SIGKILL');
		s.collect();
		const all = await s.when(3);
		assert.deepEqual(all.map((x) => x.id), [one, two, three].map(({ out }) => /^signal +(\S+)$/m.exec(out)[1]));
		const last = await s.report('--end', idOf(three.out));
		assert.equal(last.code, 0, last.err);
		assert.deepEqual((await s.when(4)).map((x) => x.type), ['Alert', 'Update', 'Alert', 'Update']);
		assert.match((await s.signals())[2].zone, /^62-[0-9a-f]{8}$/);
	});
}

test('reports wait for their collector, and are read when it comes', async () => {
	const s = await start();
	const words = Array.from({ length: 5 }, (_, i) => [...ROAD, '--commune', '62040', '--what', `repère ${i}`]);
	for (const one of words)
		assert.equal((await s.report(...one)).code, 0);
	assert.equal((await s.signals()).length, 0);
	const killed = s.collect();
	await s.when(1);
	await killed.kill('SIGKILL');
	s.collect();
	assert.deepEqual((await s.when(5)).map((x) => /repère \d/.exec(x.headline)[0]), [0, 1, 2, 3, 4].map((i) => `repère ${i}`));
});

test('a report is forgotten 48 h after its expiry', async () => {
	const s = await start();
	const daemon = s.collect();
	await s.plant(record());
	await s.when(1);
	const [kept] = await s.kept();
	const field = `62|${RECORD.id}`;
	assert.equal(await s.client.call('ZSCORE', 'tocsin.src:report-due', field), String(kept.expires_ms + 48 * 3600000));
	assert.equal(kept.expires_ms, Date.parse(JSON.parse((await s.records())[0].v).reported) + 24 * 3600000);
	assert.ok(!('contact' in kept));
	await daemon.kill();
	await s.client.call('ZADD', 'tocsin.src:report-due', String(Date.now() - 1000), field);
	s.collect();
	await t.waitFor(async () => (await s.kept()).length === 0, { what: 'it to be forgotten' });
	assert.equal(await s.client.call('EXISTS', 'tocsin.src:report-due'), 0);
});

test('a photo is kept as it is under its hash, and named by the signal', async () => {
	const s = await start();
	s.collect();
	const jpeg = Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), crypto.randomBytes(5000)]);
	const file = path.join(s.dir, 'photo.jpg');
	fs.writeFileSync(file, jpeg);
	const { code, err } = await s.report(...ROAD, '--photo', file);
	assert.equal(code, 0, err);
	const [signal] = await s.when(1);
	const hash = crypto.createHash('sha256').update(jpeg).digest('hex');
	assert.equal(signal.uri, `urn:sha256:${hash}`);
	assert.match((await s.client.stream('tocsin.signals.0'))[0].v, /<resourceDesc>photo<[^]*<mimeType>image\/jpeg<[^]*<size>5010</);
	assert.deepEqual(zlib.gunzipSync(fs.readFileSync(path.join(s.dir, 'documents', `${hash}.gz`))), jpeg);
	fs.writeFileSync(file, '<svg onload="alert(1)"/>');
	const other = await s.report(...ROAD, '--photo', file);
	assert.equal(other.code, 1);
	assert.match(other.err, /neither a JPEG nor a PNG/);
	fs.writeFileSync(file, Buffer.concat([jpeg, Buffer.alloc(10000000)]));
	assert.match((await s.report(...ROAD, '--photo', file)).err, /larger|limit/i);
	assert.equal((await s.records()).length, 1);
});

test('what was asked wrongly is said, and nothing is published', async () => {
	const s = await start();
	for (const [words, code, said] of [
		[[], 2, /--where.*\n.*--what.*\n.*--from/], [['sing'], 2, /report list/],
		[['--correct', 'a', '--end', 'b'], 2, /one of them/], [['--end', 'a', '--where', '62040'], 2, /keeps its place/],
		[['--where', '59350', ...SAID.slice(2)], 1, /département 59 is not watched here/],
		[['--where', 'ici', '--departement', '75', ...SAID.slice(2)], 1, /75 is not watched/],
		[['--where', 'ici', '--commune', 'Arques', ...SAID.slice(2)], 1, /no INSEE code/],
		[[...SAID, '--commune', '62765'], 1, /two communes/], [[...SAID, '--level', 'mauve'], 1, /no level/],
		[[...SAID, '--at', iso(Date.now() + 7200000)], 1, /after its report/], [[...SAID, '--at', 'hier'], 1, /--at.*no time/],
		[[...SAID, '--at', iso(Date.now() - 8 * 86400000)], 1, /7 days/], [[...SAID, '--certainty', 'sure'], 1, /no certainty/],
		[[...SAID, '--phenomenon', 'Route coupée'], 1, /lower case/], [['--where', '62040', '--what', 'a\u0001', '--from', 'b'], 1, /control/],
	]) {
		const answer = await s.report(...words);
		assert.equal(answer.code, code, `${words}: ${answer.err}`);
		assert.match(answer.err, said);
	}
	assert.equal((await s.records()).length, 0);
});

test('without a feed that reads them no report is taken; one that means nothing is refused', async () => {
	const s = await start();
	const without = t.writeConfig(path.join(s.dir, 'without'), { ...s.conf, feed: { vigicrues: s.conf.feed.vigicrues } });
	const none = await t.cli(['report', ...SAID], { config: without });
	assert.equal(none.code, 1);
	assert.match(none.err, /write: feed terrain \{ driver = "report" \}/);
	for (const [feed, why] of [
		[{ terrain: { driver: 'report', every: '1 min' } }, /every means nothing to the driver report/],
		[{ terrain: { driver: 'report', url: 'https://terrain.example/' } }, /url means nothing/],
		[{ terrain: { driver: 'report' }, autre: { driver: 'report' } }, /terrain reads the reports already/],
	]) {
		const config = t.writeConfig(path.join(s.dir, 'wrong'), { ...s.conf, feed });
		const check = await t.cli(['check'], { config });
		assert.equal(check.code, 1);
		assert.match(check.err, why);
		assert.match(check.err, /tocsin\.conf:\d+: /);
		const daemon = t.startDaemon('tocsin-collector', { config, args: ['report'] });
		assert.equal((await daemon.waitEnd()).code, 1);
		assert.match(daemon.err, why);
	}
	assert.match((await t.cli(['feeds', 'drivers'])).out, /^report +\S/m);
	assert.match((await t.cli(['feeds', 'list'], { config: s.config })).out, /^terrain: aucun signalement ouvert\n {2}pilote report$/m);
});
