// tocsin-rules beside a real Redis: threads and proposals are one step, whatever
// is killed; codes are unique; rules are swapped whole; threads are forgotten.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

const REALM = 'x-rules.';
const NOW = Date.parse('2027-01-12T13:00:00+01:00');
const HOUR = 3600e3;

// One of those below: at NOW, unless it says another time.
const signal = (of) => t.signal({ at: NOW, ...of });

async function start(parts = {}) {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const client = await t.connect(redis);
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed: { url: 'http://127.0.0.1:9/' }, parts }));
	fs.mkdirSync(path.join(dir, 'secrets'), { mode: 0o700 });
	fs.writeFileSync(path.join(dir, 'secrets', `${REALM}rules`), 'fictif\n', { mode: 0o600 });
	await client.call('ACL', 'SETUSER', `${REALM}rules`, 'on', '>fictif', `~${REALM}*`, '+@all');
	const s = { dir, redis, client, config };
	await setClock(s, NOW);
	return s;
}

const setClock = (s, ms) => s.client.call('SET', `${REALM}clock`, String(ms));

function startRules(s, { args = [], env = {} } = {}) {
	return t.startDaemon('tocsin-rules', { config: s.config, realm: REALM, args: ['--realm-clock', '--log-level', 'debug', ...args], env });
}

function publish(s, sig) {
	return s.client.call('XADD', `${REALM}signals.0`, '*', 'k', sig.key, 'v', sig.value, 'h.id', sig.id, 'h.trace', '0123456789abcdef');
}

function whenRead(s) {
	return t.waitFor(async () => {
		const [last] = await s.client.call('XREVRANGE', `${REALM}signals.0`, '+', '-', 'COUNT', '1');
		return last && await s.client.call('GET', `${REALM}pos:rules:signals.0`) === last[0];
	}, { what: 'the signals to be read' });
}

const param = (cap, name) => (new RegExp(`<valueName>tocsin:${name}</valueName>\\s*<value>([^<]*)</value>`).exec(cap) ?? [])[1];

// "information raise orange 1" of each proposal, in order.
async function said(s) {
	const records = await s.client.stream(`${REALM}proposals.0`);
	return records.map(({ v }) => ['nature', 'action', 'level', 'number'].map((name) => param(v, name).replace(/^\w+:/, '')).join(' '));
}

const FLOOD = [
	signal({ id: 's1', level: 'orange', previous: 'jaune' }),
	signal({ id: 's2', level: 'rouge', previous: 'orange', at: NOW + 60e3 }),
	signal({ id: 's3', level: 'jaune', previous: 'rouge', at: NOW + 120e3 }),
	signal({ id: 's4', level: 'vert', previous: 'jaune', at: NOW + 180e3, end: true }),
];
const FLOOD_SAID = [
	'information raise orange 1', 'alerte raise orange 1', 'information raise rouge 2', 'alerte raise rouge 2',
	'information raise jaune 3', 'alerte lift jaune 3', 'information raise vert 4', 'alerte lift vert 4',
];

test('a flood becomes proposals, one thread and one code; read again nothing more', async () => {
	const s = await start();
	const rules = startRules(s);
	for (const sig of FLOOD)
		await publish(s, sig);
	await whenRead(s);
	assert.deepEqual(await said(s), FLOOD_SAID);
	const [first] = await s.client.stream(`${REALM}proposals.0`);
	assert.equal(first.k, '62');
	assert.equal(first.headers.trace, '0123456789abcdef');
	assert.equal(first.headers.issued, String(NOW));
	assert.equal(first.headers.proposed, String(NOW));
	assert.match(first.headers.id, /^sidpc62\.[0-9a-f]{8}\.information\.p1-[0-9a-f]{6}$/);
	assert.match(first.v, /<status>Draft<\/status>/);
	assert.equal(param(first.v, 'intended-status'), 'Exercise');
	const threads = Object.entries(await s.client.hash(`${REALM}rule:threads`));
	assert.equal(threads.length, 1);
	const thread = JSON.parse(threads[0][1]);
	assert.equal(thread.state, 'to-lift');
	assert.deepEqual(await s.client.hash(`${REALM}rule:codes`), { [thread.code]: threads[0][0].split('|')[1] });
	for (const sig of FLOOD)
		await publish(s, sig);
	await whenRead(s);
	assert.equal((await said(s)).length, FLOOD_SAID.length);
	assert.equal((await rules.kill('SIGTERM')).code, 0);
});

for (const point of ['rules.record', 'rules.before-commit', 'rules.committed']) {
	test(`killed at ${point}, the flood is told as if nothing had been`, async () => {
		const s = await start();
		for (const sig of FLOOD)
			await publish(s, sig);
		const killed = startRules(s, { env: { TOCSIN_FAILPOINT: point } });
		assert.equal((await killed.waitEnd()).signal, 'SIGKILL');
		// again at its second, unless what was in flight needs none
		const again = startRules(s, { env: { TOCSIN_FAILPOINT: `${point}:2` } });
		await Promise.race([again.ended, whenRead(s)]);
		await again.kill('SIGKILL');
		startRules(s);
		await whenRead(s);
		assert.deepEqual(await said(s), FLOOD_SAID);
	});
}

test('a signal that is none is set aside, and the next one is read', async () => {
	const s = await start();
	startRules(s);
	await publish(s, { key: '62', id: 'x', value: 'no CAP' });
	await publish(s, { ...FLOOD[0], key: '59' });
	await publish(s, FLOOD[0]);
	await whenRead(s);
	assert.deepEqual(await said(s), FLOOD_SAID.slice(0, 2));
	const rejected = (await s.client.stream(`${REALM}rejected.0`)).map(({ v }) => JSON.parse(v).reason);
	assert.equal(rejected.length, 2);
	assert.match(rejected[1], /not the signal's département/);
});

test('a thread is forgotten 48 hours after the end, and its code is free', async () => {
	const s = await start();
	const rules = startRules(s);
	for (const sig of FLOOD)
		await publish(s, sig);
	await whenRead(s);
	const [[, due]] = [await s.client.call('ZRANGE', `${REALM}rule:due`, '0', '0', 'WITHSCORES')];
	assert.equal(Number(due), NOW + 180e3 + (18 + 48) * HOUR);
	await setClock(s, Number(due));
	await rules.waitText(/thread\.forgotten/);
	await t.waitFor(async () => Object.keys(await s.client.hash(`${REALM}rule:threads`)).length === 0, { what: 'no thread' });
	assert.deepEqual(await s.client.hash(`${REALM}rule:codes`), {});
	assert.equal(await s.client.call('ZCARD', `${REALM}rule:due`), 0);
	// what comes after it opens another one
	await publish(s, signal({ id: 's9', level: 'orange', previous: 'vert', at: Number(due) }));
	await whenRead(s);
	assert.deepEqual((await said(s)).slice(FLOOD_SAID.length), FLOOD_SAID.slice(0, 2));
});

test('the code that another process took meanwhile is passed over', async () => {
	const s = await start();
	const first = startRules(s);
	await publish(s, FLOOD[0]);
	await whenRead(s);
	const [code] = Object.keys(await s.client.hash(`${REALM}rule:codes`));
	await first.kill('SIGTERM');
	await s.client.call('FLUSHALL');
	await setClock(s, NOW);
	const rules = startRules(s);
	await rules.waitText(/rules\.ready/);
	// behind its back: it proposes the same code, the step refuses it
	await s.client.call('HSET', `${REALM}rule:codes`, code, '00000000');
	await publish(s, FLOOD[0]);
	await whenRead(s);
	assert.deepEqual(await said(s), FLOOD_SAID.slice(0, 2));
	const codes = await s.client.hash(`${REALM}rule:codes`);
	assert.equal(Object.keys(codes).length, 2);
	assert.equal(codes[code], '00000000');
});

test('SIGHUP swaps the rules whole, and keeps the old ones with any fault', async () => {
	const folder = path.join(t.tempDir(), 'rules.d');
	fs.mkdirSync(folder);
	const shipped = fs.readFileSync(path.join(t.top, 'config', 'default', 'rules.d', 'vigilance-crues.xml'), 'utf8');
	const file = path.join(folder, 'vigilance-crues.xml');
	fs.writeFileSync(file, shipped);
	const s = await start({ paths: { rules: folder, lists: path.join(t.top, 'config', 'default', 'lists.d') } });
	const rules = startRules(s);
	await rules.waitText(/rules\.ready/);
	fs.writeFileSync(file, shipped.replace('at-least="orange"', 'at-least="violet" at-most="vert"'));
	rules.signal('SIGHUP');
	await rules.waitText(/rules\.fault at=".*vigilance-crues\.xml:\d+"/);
	await rules.waitText(/rules\.kept/);
	await publish(s, FLOOD[0]);
	await whenRead(s);
	assert.deepEqual(await said(s), FLOOD_SAID.slice(0, 2));
	fs.writeFileSync(file, shipped.replace('at-least="orange"', 'at-least="rouge"').replace(/<example[^]*<\/example>/, ''));
	rules.signal('SIGHUP');
	await t.waitFor(() => (rules.text().match(/rules\.loaded/g) ?? []).length === 2, { what: 'the new rules' });
	await publish(s, signal({ id: 's5', level: 'orange', previous: 'vert', zone: 'AP14' }));
	await publish(s, signal({ id: 's6', level: 'rouge', previous: 'vert', zone: 'AP16' }));
	await whenRead(s);
	assert.deepEqual((await said(s)).slice(2), ['information raise rouge 1', 'alerte raise rouge 1']);
});

test('with a fault in the rules it does not start, and says where', async () => {
	const folder = path.join(t.tempDir(), 'rules.d');
	fs.mkdirSync(folder);
	fs.writeFileSync(path.join(folder, 'a.xml'), '<rule>\n<when/>\n</rule>\n');
	const s = await start({ paths: { rules: folder } });
	const rules = startRules(s);
	assert.equal((await rules.waitEnd()).code, 1);
	assert.match(rules.text(), /a\.xml:1: /);
});

// AddressSanitizer keeps what is freed: there LeakSanitizer looks instead.
const measured = fs.readFileSync(path.join(t.bin, 'tocsin-rules')).includes('libasan') ? () => {} : test;

measured('ten thousand signals more leave no more memory than what came before them', async () => {
	const s = await start();
	const rules = startRules(s, { args: ['--log-level', 'info'] });
	await rules.waitText(/rules\.ready/);
	const dirty = () => Number(/Private_Dirty:\s+(\d+)/.exec(fs.readFileSync(`/proc/${rules.child.pid}/smaps_rollup`, 'utf8'))[1]);
	const send = async (from, to) => {
		for (let i = from; i < to; i += 100) {
			await Promise.all(Array.from({ length: 100 }, (_, n) => publish(s, signal({
				id: `m${i + n}`, level: (i + n) % 3 ? 'orange' : 'rouge', previous: 'orange', zone: `AP${n % 40}`, at: NOW + (i + n) * 1000,
			}))));
		}
		await whenRead(s);
	};
	// How many records one reading brings, and so the largest that the heap has
	// been, depends on the pace: that is met once. A leak grows each time.
	await send(0, 10000);
	const dirties = [dirty()];
	for (const from of [10000, 20000, 30000, 40000]) {
		await send(from, from + 10000);
		dirties.push(dirty());
	}
	const growths = dirties.slice(1).map((kb, i) => kb - dirties[i]);
	// 32 bytes, the smallest allocation, lost at each signal would be 320 kB.
	assert.ok(Math.min(...growths) < 320, `${dirties.join(' kB, ')} kB`);
	assert.ok(dirties.at(-1) <= 6144, `${dirties.at(-1)} kB`);
});
