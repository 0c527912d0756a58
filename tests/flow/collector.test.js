// The collector beside a real Redis and a source on loopback: what each kind
// of answer publishes, and what being killed anywhere does not.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

// Issue times before now, so that nothing is from the future nor expired.
const issue = (n) => t.issued(60 - n);

// In a realm of its own its clock stands where setClock() put it.
async function start({ feed: keys = {}, realm = '' } = {}) {
	const prefix = realm ? `${realm}.` : 'tocsin.';
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const client = await t.connect(redis);
	const feed = await t.startFeed();
	const parts = { feed: { vigicrues: { driver: 'vigicrues', url: feed.url, every: '1 s', interval: '0 s', ...keys } } };
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, parts }));
	fs.mkdirSync(path.join(dir, 'secrets'), { mode: 0o700 });
	fs.writeFileSync(path.join(dir, 'secrets', `${prefix}collector`), 'fictif\n', { mode: 0o600 });
	await client.call('ACL', 'SETUSER', `${prefix}collector`, 'on', '>fictif', `~${prefix}*`, '+@all');
	const s = { dir, redis, client, feed, config };
	s.setClock = (ms) => client.call('SET', `${prefix}clock`, String(ms));
	s.run = (env, ...more) => t.startDaemon('tocsin-collector', {
		config, ...(realm ? { realm: prefix } : {}), args: ['vigicrues', ...(realm ? ['--realm-clock'] : []), ...more], env,
	});
	s.signals = async () => (await client.stream(`${prefix}signals.0`)).map(readSignal);
	s.zones = async () => (await s.signals()).filter((x) => x.source === 'vigicrues');
	s.system = async (phenomenon) => (await s.signals()).filter((x) => x.source === 'tocsin' && x.phenomenon === phenomenon);
	s.documents = async () => (await client.stream(`${prefix}documents.0`)).map((e) => JSON.parse(e.v));
	s.health = async () => (await client.stream(`${prefix}health.0`)).map((e) => JSON.parse(e.v).state);
	s.state = async () => JSON.parse(await client.call('HGET', `${prefix}src:feeds`, 'vigicrues|state') ?? '{}');
	s.whenState = (state) => t.waitFor(async () => (await s.state()).state === state,
		{ what: `state ${state}`, detail: async () => JSON.stringify(await s.state()) });
	s.whenZones = (n) => t.waitFor(async () => (await s.zones()).length >= n && s.zones(),
		{ what: `${n} signals`, detail: async () => JSON.stringify(await s.signals(), null, 1) });
	s.whenPolled = async (n = 2) => {
		const before = s.feed.requests.length;
		await t.waitFor(() => s.feed.requests.length >= before + n, { what: `${n} more polls` });
	};
	return s;
}

function readSignal({ k, v, headers }) {
	const one = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(v)?.[1];
	const parameter = (name) => new RegExp(`<valueName>tocsin:${name}</valueName>\\s*<value>([^<]*)</value>`).exec(v)?.[1];
	return {
		key: k, id: one('identifier'), type: one('msgType'), status: one('status'), references: one('references'),
		response: one('responseType'), headline: one('headline'), source: parameter('source'), zone: parameter('zone'),
		phenomenon: parameter('phenomenon'), level: parameter('level')?.split(':').pop(),
		first: parameter('first-sight') !== undefined, headers,
	};
}

const short = (list) => list.map((x) => `${x.type} ${x.zone} ${x.level}${x.first ? ' first' : ''}${x.response === 'AllClear' ? ' end' : ''}`);

test('a flood from its first state to its end', async () => {
	const s = await start();
	s.feed.serve(t.vigicrues(issue(0), { AP6: 'jaune' }), 200, { ETag: '"one"' });
	const daemon = s.run();
	await s.whenZones(1);
	await s.whenState('fresh');
	assert.equal((await s.state()).is_held, true);
	assert.equal((await s.system('recap')).length, 1);
	s.feed.serve(t.vigicrues(issue(1), { AP6: 'jaune', AP5: 'orange' }));
	await s.whenZones(2);
	s.feed.serve(t.vigicrues(issue(2), { AP5: 'rouge' }));
	await s.whenZones(4);
	s.feed.serve(t.vigicrues(issue(1), { AP5: 'vert' })); // older
	await t.waitFor(async () => (await s.state()).older > 0, { what: 'the older one to be counted' });
	s.feed.serve(t.vigicrues(issue(3)));
	const all = await s.whenZones(5);
	assert.deepEqual(short(all), ['Alert AP6 jaune first', 'Alert AP5 orange', 'Update AP5 rouge', 'Update AP6 vert end', 'Update AP5 vert end']);
	assert.equal(all[2].references.split(',')[1], all[1].id);
	assert.deepEqual(all.map((x) => x.key), Array(5).fill('62'));
	assert.equal(new Set(all.filter((x) => x.zone === 'AP5').map((x) => x.headers.trace)).size, 1);
	assert.ok(s.feed.requests.some((r) => r.headers['if-none-match'] === '"one"'), 'conditional requests');
	assert.deepEqual((await s.documents()).map((d) => d.outcome), ['read', 'read', 'read', 'older', 'read']);
	for (const document of await s.documents())
		assert.ok(fs.existsSync(path.join(s.dir, 'documents', `${document.hash}.gz`)), 'the body is kept');
	assert.equal((await daemon.kill()).code, 0, daemon.text());
});

test('after a restart nothing is sent again, and the next change is an ordinary one', async () => {
	const s = await start();
	s.feed.serve(t.vigicrues(issue(0), { AP5: 'orange' }));
	await (await (async () => { const d = s.run(); await s.whenZones(1); return d; })()).kill();
	const again = s.run();
	await s.whenPolled(3);
	assert.equal((await s.zones()).length, 1);
	s.feed.serve(t.vigicrues(issue(1), { AP5: 'rouge' }));
	assert.deepEqual(short(await s.whenZones(2)), ['Alert AP5 orange first', 'Update AP5 rouge']);
	await again.kill();
});

test('a source that goes away is silent, lifts nothing, and says when it is back', async () => {
	const s = await start();
	s.feed.serve(t.vigicrues(issue(0), { AP5: 'orange' }));
	s.run();
	await s.whenState('fresh');
	s.feed.serve('gone', 503);
	await s.whenState('silent');
	assert.match((await s.state()).reason, /HTTP 503/);
	assert.deepEqual((await s.state()).levels, { vert: 4, orange: 1 });
	s.feed.serve(t.vigicrues(issue(0), { AP5: 'orange' }));
	await s.whenState('fresh');
	assert.deepEqual((await s.system('source')).map((x) => `${x.type} ${x.level}`), ['Alert silent', 'Update fresh']);
	assert.deepEqual(await s.health(), ['fresh', 'silent', 'fresh']);
	assert.equal((await s.zones()).length, 1);
});

test('without any answer since the start it is silent, with the reason', async () => {
	const s = await start({ feed: { url: `http://127.0.0.1:${await t.freePort()}/` } });
	s.run();
	await s.whenState('silent');
	assert.match((await s.state()).reason, /connect/);
	assert.deepEqual((await s.state()).levels, {});
});

test('bodies that are no map are refused and change no level', async () => {
	const s = await start();
	const map = t.vigicrues(issue(0), { AP5: 'orange' });
	s.feed.serve(map);
	s.run();
	await s.whenState('fresh');
	s.feed.serve(JSON.stringify(t.vigicrues(issue(1))).slice(0, 900));
	await t.waitFor(async () => (await s.documents()).some((d) => d.outcome === 'truncated'), { what: 'a truncated one' });
	const { DtHrInfoVigiCru, ...reduced } = t.vigicrues(issue(1));
	s.feed.serve(reduced);
	await s.whenState('reshaped');
	s.feed.serve({ error_msg: 'service en panne', code: 400 });
	await t.waitFor(async () => (await s.documents()).some((d) => d.outcome === 'error'), { what: 'an error' });
	await s.whenPolled(4);
	assert.equal((await s.state()).state, 'reshaped');
	assert.match((await s.state()).reason, /service en panne/);
	assert.equal((await s.zones()).length, 1);
	assert.deepEqual((await s.state()).levels, { vert: 4, orange: 1 });
	assert.equal((await s.documents()).length, 4, 'the same body again is no new document');
});

test('headers that are no text stop nothing', async () => {
	const s = await start();
	const odd = { 'Content-Type': 'application/json; name=\xe9t\xe9', ETag: '"\xff\xfe"', 'Last-Modified': 'l\xe0' };
	s.feed.serve(t.vigicrues(issue(0), { AP6: 'vert' }), 200, odd);
	s.run();
	await s.whenState('fresh');
	s.feed.serve(t.vigicrues(issue(1), { AP5: 'orange' }), 200, odd);
	assert.deepEqual(short(await s.whenZones(1)), ['Alert AP5 orange']);
});

test('vigilance on a source that is lost is said for its département, and ends when the source is back', async () => {
	const s = await start();
	s.feed.serve(t.vigicrues(issue(0), { AP6: 'vert' }));
	s.run();
	await s.whenState('fresh');
	s.feed.serve(t.vigicrues(issue(1), { AP6: 'jaune', AP5: 'orange' }));
	await s.whenZones(2);
	const stored = () => s.system('source-sous-vigilance');
	assert.deepEqual(await stored(), []);
	s.feed.serve('gone', 503);
	await s.whenState('silent');
	let said = await stored();
	assert.deepEqual(said.map((x) => [x.key, x.type, x.level, x.response]), [['62', 'Alert', 'aveugle', 'Monitor']]);
	assert.match(said[0].headline, /^Vigicrues n'est plus lue alors qu'une vigilance orange ou rouge est en cours \(62\)$/);
	s.feed.serve('<html>', 429);
	await s.whenState('limited');
	said = await stored();
	assert.deepEqual(said.map((x) => [x.key, x.type]), [['62', 'Alert'], ['62', 'Update']]);
	s.feed.serve(t.vigicrues(issue(2), { AP6: 'jaune', AP5: 'orange' }));
	await s.whenState('fresh');
	said = await stored();
	assert.deepEqual(said.map((x) => [x.type, x.response]), [['Alert', 'Monitor'], ['Update', 'Monitor'], ['Update', 'AllClear']]);
	assert.equal((await s.zones()).filter((x) => x.level === 'vert').length, 0, 'nothing was lifted');
});

test('a document from the future is read when its time has come', async () => {
	const s = await start();
	const soon = new Date(Date.now() + 3604000).toISOString().replace(/\.\d+Z$/, '+00:00'); // an hour ahead is a clock that is wrong
	s.feed.serve(t.vigicrues(soon, { AP5: 'orange' }));
	s.run();
	await s.whenState('reshaped');
	assert.match((await s.state()).reason, /in the future/);
	await s.whenState('fresh');
	assert.deepEqual(short(await s.whenZones(1)), ['Alert AP5 orange first']);
});

test('a lost source is said for the départements of the observatory alone', async () => {
	const s = await start();
	s.feed.serve(t.vigicrues(issue(0), { AP5: 'orange', SA7: 'rouge' }));
	s.run();
	await s.whenState('fresh');
	assert.deepEqual((await s.zones()).map((x) => x.key).sort(), ['62', '67']);
	s.feed.serve('gone', 503);
	await s.whenState('silent');
	assert.deepEqual((await s.system('source-sous-vigilance')).map((x) => x.key), ['62']);
});

test('what cannot be opened is a poll that fails, with its reason', async () => {
	const s = await start({ feed: { key_file: 'away.key' } });
	const daemon = s.run();
	await s.whenState('silent');
	assert.match((await s.state()).reason, /key_file/);
	assert.doesNotMatch(daemon.err, /unit\.(failed|revoked)/);
	assert.equal(s.feed.requests.length, 0);
});

test('an index whose documents are all known is an answer each time', async () => {
	const s = await start({ feed: { driver: 'cap' } });
	const time = (hours) => new Date(Date.now() + hours * 3600000).toISOString().replace(/\.\d+Z$/, '+00:00');
	const cap = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A-1</identifier><sender>a@source.example</sender>
		<sent>${time(-0.1)}</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><category>Met</category>
		<event>Crue</event><urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>${time(9)}</expires>
		<area><areaDesc>Nord</areaDesc><geocode><valueName>NUTS3</valueName><value>FR301</value></geocode></area></info></alert>`;
	let documents = 0;
	let updated = 0;
	s.feed.server.removeAllListeners('request');
	s.feed.server.on('request', (request, response) => {
		const isDocument = request.url.endsWith('.cap');
		documents += isDocument;
		response.end(isDocument ? cap : `<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><id>urn:x</id>
			<updated>${time(++updated / 3600 - 0.1)}</updated><entry><id>A-1</id><title>A</title><updated>${time(-0.1)}</updated>
			<link type="application/cap+xml" href="${new URL('/a1.cap', s.feed.url)}"/></entry></feed>`);
	});
	const daemon = t.startDaemon('tocsin-collector', { config: s.config, args: ['cap'] });
	await s.whenState('fresh');
	await t.waitFor(() => updated > 7, { what: 'more polls' });
	assert.equal(documents, 1);
	assert.deepEqual(await s.health(), ['fresh'], daemon.err);
	assert.ok(Date.now() - (await s.state()).answered_ms < 3000, JSON.stringify(await s.state()));
});

test('what is said of a lost source is said again before it runs out, as long as it is lost', async () => {
	const hour = 3600000;
	const s = await start({ realm: 'x-long' });
	let now = Date.now();
	const at = (ms) => { now = ms; return s.setClock(now); };
	await at(now);
	s.feed.serve(t.vigicrues(issue(0), { AP5: 'vert' }));
	s.run();
	await s.whenState('fresh');
	s.feed.serve(t.vigicrues(issue(1), { AP5: 'orange' }));
	await at(now + 2000);
	await s.whenZones(1);
	s.feed.serve('gone', 503);
	await t.waitFor(async () => { await at(now + 60000); return (await s.state()).state === 'silent'; }, { what: 'silence' });
	const said = async () => ['source', 'source-sous-vigilance'].map(async (what) => (await s.system(what)).length);
	const both = async () => Promise.all(await said());
	assert.deepEqual(await both(), [1, 1]);
	await at(now + 11 * hour);
	await s.whenPolled(1);
	await t.waitFor(async () => (await s.state()).fetched_ms >= now - 1000, { what: 'the poll to be over' });
	const before = await both();
	assert.deepEqual(before, [1, 1], 'not before half of it is over');
	await t.waitFor(async () => { await at(now + hour); return (await both()).every((n, i) => n > before[i]); }, { what: 'both to be said again' });
	const last = (await s.system('source-sous-vigilance')).at(-1);
	assert.deepEqual([last.type, last.response], ['Update', 'Monitor']);
});

test('of two collectors of one feed one polls, and the other goes on when it is killed', async () => {
	const s = await start();
	s.feed.serve(t.vigicrues(issue(0), { AP6: 'vert' }));
	const first = s.run({}, '--instance', 'one');
	await s.whenState('fresh');
	const second = s.run({}, '--instance', 'two');
	await t.waitFor(() => /collector\.started/.test(second.err), { what: 'the second to start' });
	const before = s.feed.requests.length;
	await s.whenPolled(4);
	const pollMs = (s.feed.requests.at(-1).at - s.feed.requests[before].at) / (s.feed.requests.length - 1 - before);
	assert.ok(pollMs > 700, `one of them polls: a poll each ${pollMs} ms`);
	const killed = Date.now();
	first.signal('SIGKILL');
	await first.ended;
	s.feed.serve(t.vigicrues(issue(1), { AP5: 'orange' }));
	await s.whenZones(1);
	assert.ok(Date.now() - killed < 10000, `took over after ${Date.now() - killed} ms`);
	assert.deepEqual(short(await s.zones()), ['Alert AP5 orange']);
});

test('429 is limited, and Retry-After is obeyed', async () => {
	const s = await start();
	s.feed.serve('slow down', 429, { 'Retry-After': '3' });
	s.run();
	await s.whenState('limited');
	const polls = s.feed.requests.length;
	s.feed.serve(t.vigicrues(issue(0)));
	const since = Date.now();
	await s.whenState('fresh');
	assert.ok(Date.now() - since > 1500, 'not before three seconds');
	assert.equal(s.feed.requests.length, polls + 1);
});

for (const point of ['collector.fetched', 'collector.document-kept', 'collector.before-commit', 'collector.committed']) {
	test(`killed at ${point}, each change is signalled once`, async () => {
		const s = await start();
		s.feed.serve(t.vigicrues(issue(0), { AP6: 'jaune' }));
		const first = s.run({ TOCSIN_FAILPOINT: `${point}:${/fetched|kept/.test(point) ? 2 : 3}` });
		await s.whenZones(1);
		s.feed.serve(t.vigicrues(issue(1), { AP6: 'jaune', AP5: 'orange' }));
		assert.equal((await first.waitEnd()).signal, 'SIGKILL');
		s.run();
		assert.deepEqual(short(await s.whenZones(2)), ['Alert AP6 jaune first', 'Alert AP5 orange']);
		await s.whenPolled(3);
		const all = await s.signals();
		assert.equal(new Set(all.map((x) => x.id)).size, all.length, 'no identifier twice');
		assert.equal((await s.zones()).length, 2);
	});
}

test('a body that kills its reader five times is kept and not read', async () => {
	const s = await start();
	s.feed.serve(t.vigicrues(issue(0), { AP5: 'orange' }));
	for (let crash = 0; crash < 6; crash++) {
		const daemon = s.run({ TOCSIN_FAILPOINT: 'collector.before-commit' });
		assert.equal((await daemon.waitEnd()).signal, 'SIGKILL', `start ${crash}`);
	}
	s.run();
	await s.whenState('reshaped');
	assert.match((await s.state()).reason, /five times/);
	s.feed.serve(t.vigicrues(issue(1), { AP5: 'orange' }));
	await s.whenZones(1);
	await s.whenState('fresh');
	assert.equal(await s.client.call('HGET', 'tocsin.src:feeds', 'vigicrues|hand'), null);
});

// As large as the real one: 337 tronçons, 2.2 MB.
function fullMap(issued, levels) {
	const codes = Array.from({ length: 337 }, (_, i) => `${['AP', 'SA', 'MO', 'GA', 'LO', 'CO', 'NO'][i % 7]}${Math.floor(i / 7) + 1}`);
	const map = t.vigicrues(issued, { ...Object.fromEntries(codes.map((code) => [code, 'vert'])), ...levels });
	for (const [i, { geometry }] of map.features.entries())
		geometry.coordinates = [Array.from({ length: 160 }, (_, k) => [1 + i / 97 + k / 1013, 43 + i / 89 + k / 997])];
	return map;
}

const privateDirty = (pid) => Number(/Private_Dirty: +(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);

test('a full map is read whole, and leaves a small process behind', async (c) => {
	const s = await start();
	s.feed.serve(fullMap(issue(0)));
	const daemon = s.run();
	await s.whenState('fresh');
	const sanitized = fs.readFileSync(`/proc/${daemon.pid}/maps`, 'utf8').includes('asan');
	for (let i = 1; i < 6; i++) {
		s.feed.serve(fullMap(issue(i), { AP5: i % 2 ? 'orange' : 'rouge' }));
		await s.whenZones(i);
	}
	await s.whenPolled(2);
	assert.equal((await s.state()).levels.vert, 336);
	assert.ok((await s.documents())[0].size > 2000000);
	const kB = privateDirty(daemon.pid);
	c.diagnostic(`Private_Dirty ${kB} kB`);
	assert.ok(sanitized || kB <= 8192, `${kB} kB`);
});

test('a hundred feeds in one process are all polled, also after it was killed', async () => {
	const names = Array.from({ length: 101 }, (_, i) => `flux-${i}`);
	const s = await start();
	s.feed.serve('<rss version="2.0"><channel><title>Préfecture</title><item><title>Arrêté</title></item></channel></rss>', 200, { 'Content-Type': 'application/rss+xml' });
	const parts = { feed: Object.fromEntries(names.map((name) => [name, { driver: 'rss', url: `${new URL(s.feed.url).origin}/${name}`, every: '1 s', interval: '0 s' }])) };
	const config = t.writeConfig(s.dir, t.makeConfig({ dir: s.dir, redis: s.redis, feed: s.feed, parts }));
	const arePolled = async (since) => {
		const asked = new Set(s.feed.requests.slice(since).map(({ url }) => url.slice(1)));
		return names.every((name) => asked.has(name));
	};
	for (let round = 0; round < 2; round++) {
		const daemon = t.startDaemon('tocsin-collector', { config, args: ['rss'] });
		const since = s.feed.requests.length;
		await t.waitFor(() => arePolled(since), { timeout: 30000, what: 'all feeds to be polled', detail: () => daemon.text().slice(-2000) });
		await t.waitFor(async () => {
			const held = Object.keys(await s.client.hash('tocsin.src:zones'));
			return new Set(held.map((field) => field.split('|')[0])).size === names.length;
		}, { what: 'all feeds to be held' });
		await daemon.kill('SIGKILL');
	}
});
