// The dispatcher beside a real Redis and a real sink: who owns it sends, once;
// who lost it sends nothing; what hangs or is away holds up nobody else.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');
const { proposal } = require('./lib/proposal.js');

afterEach(t.stopAll);

const TAKEOVER_MS = 7000;

async function start({ contacts, channel = {} } = {}) {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const sink = await t.startSink(dir);
	const client = await t.connect(redis);
	const secrets = path.join(dir, 'secrets');
	fs.mkdirSync(secrets, { mode: 0o700 });
	fs.writeFileSync(path.join(secrets, 'tocsin.dispatcher'), 'fictif\n', { mode: 0o600 });
	await client.call('ACL', 'SETUSER', 'tocsin.dispatcher', 'on', '>fictif', '~tocsin.*', '+@all');
	const s = { dir, redis, sink, client };
	s.write = (contact) => t.writeConfig(dir, t.makeConfig({
		dir, redis, sink, feed: { url: 'http://127.0.0.1:9/' },
		parts: {
			channel: {
				webhook: { secret_file: sink.secret, retry_base: '200 ms', retry_cap: '1 s', ...channel },
				email: { relay: `127.0.0.1:${sink.smtp}`, from: 'tocsin@prefecture.example', retry_base: '200 ms', retry_cap: '1 s' },
			},
			contact,
		},
	}));
	s.contact = (name, keys) => ({ [name]: { function: name, audiences: ['sidpc'], departements: ['62'], ...keys } });
	s.config = s.write(contacts ? contacts(s) : s.contact('astreinte', { webhook: `${sink.url}astreinte`, email: undefined }));
	s.propose = async (...all) => {
		for (const one of all)
			await client.call('XADD', 'tocsin.proposals.0', '*', ...proposal(one).fields);
	};
	s.dispatcher = (instance, env = {}) => t.startDaemon('tocsin-dispatcher', { config: s.config, args: ['--instance', instance], env });
	s.owner = async () => (await client.call('GET', 'tocsin.lease:dispatcher:0') ?? '').split('/')[0];
	s.owned = (by, timeout) => t.waitFor(async () => await s.owner() === by, { timeout, what: `${by} to own the unit` });
	s.states = async () => Object.values(await client.hash('tocsin.ledger:rows')).map((text) => JSON.parse(text).state).sort();
	s.accepted = (n, timeout) => t.waitFor(async () => (await s.states()).filter((x) => x === 'ACCEPTED').length >= n,
		{ timeout, what: `${n} accepted`, detail: async () => JSON.stringify(await s.states()) });
	return s;
}

const zones = (n, from = 0) => Array.from({ length: n }, (_, i) => ({ zone: `T${from + i}` }));

test('an information leaves by both channels, and each delivery is accepted once', async () => {
	const s = await start({ contacts: (w) => w.contact('astreinte', { webhook: `${w.sink.url}a`, email: 'a@sidpc.example' }) });
	s.dispatcher('a');
	await s.propose({});
	await s.accepted(2);
	const messages = s.sink.messages();
	assert.deepEqual(messages.map((m) => m.channel).sort(), ['email', 'webhook']);
	const rows = Object.values(await s.client.hash('tocsin.ledger:rows')).map((text) => JSON.parse(text));
	assert.deepEqual(messages.map((m) => m.key).sort(), rows.map((row) => row.key).sort());
	for (const m of messages)
		assert.match(m.subject ?? m.body, /ESSAI – INFORMATION – Vigilance crues orange : AP5/);
	assert.equal((await s.client.stream('tocsin.alerts.0')).length, 1);
});

test('of two dispatchers one sends; killed, the other goes on within seven seconds', async () => {
	const s = await start();
	const a = s.dispatcher('a');
	await s.owned('a');
	const b = s.dispatcher('b');
	await b.waitText(/dispatcher\.started/);
	await s.propose(...zones(50));
	await s.accepted(5);
	assert.equal(await s.owner(), 'a');
	a.signal('SIGKILL');
	const since = Date.now();
	await s.owned('b', 15000);
	assert.ok(Date.now() - since <= TAKEOVER_MS, `${Date.now() - since} ms`);
	await s.accepted(50, 30000);
	const keys = s.sink.messages().map((m) => m.key);
	assert.equal(new Set(keys).size, 50);
	assert.ok(keys.length <= 50 + 16, `${keys.length} messages: at most the slots twice`);
});

test('one that was stopped and goes on changes nothing', async () => {
	const s = await start();
	const a = s.dispatcher('a');
	await s.owned('a');
	const b = s.dispatcher('b');
	const publishing = s.propose(...zones(200));
	await s.accepted(5);
	a.signal('SIGSTOP');
	await publishing;
	await s.owned('b', 15000);
	await s.accepted(200, 30000);
	const before = await s.client.dump('tocsin.');
	const received = s.sink.messages().length;
	a.signal('SIGCONT');
	await a.waitText(/unit\.revoked/, { timeout: 15000 });
	await t.waitFor(async () => await s.client.call('GET', 'tocsin.lease:dispatcher:0') !== null, { what: 'the lease' });
	const after = await s.client.dump('tocsin.');
	assert.deepEqual(after, before);
	assert.equal(await s.owner(), 'b');
	const late = s.sink.messages().slice(received);
	assert.ok(late.length <= 16, `${late.length} messages came from it: at most what was in its sockets`);
	const known = new Set(s.sink.messages().slice(0, received).map((m) => m.key));
	assert.ok(late.every((m) => known.has(m.key)));
	b.signal('SIGTERM');
	assert.equal((await b.waitEnd()).code, 0);
});

test('a restart goes on at once, and a clean end sends nothing twice', async () => {
	const s = await start();
	const a = s.dispatcher('a');
	await s.owned('a');
	await s.propose(...zones(100));
	await s.accepted(10);
	assert.deepEqual(await a.kill('SIGTERM'), { code: 0, signal: null });
	const since = Date.now();
	s.dispatcher('a');
	await s.owned('a');
	assert.ok(Date.now() - since < 3000, `${Date.now() - since} ms`);
	await s.accepted(100, 20000);
	const keys = s.sink.messages().map((m) => m.key);
	assert.deepEqual([keys.length, new Set(keys).size], [100, 100]);
});

test('a target that hangs holds up no other', async () => {
	const hung = net.createServer(() => {}); // takes the request, never answers
	await new Promise((resolve) => hung.listen(0, '127.0.0.1', resolve));
	try {
		const s = await start({
			channel: { slots: 4 },
			contacts: (w) => ({
				...w.contact('hung', { webhook: `http://127.0.0.1:${hung.address().port}/` }),
				...w.contact('astreinte', { webhook: `${w.sink.url}well`, email: undefined }),
			}),
		});
		s.dispatcher('a');
		await s.propose(...zones(30));
		await s.accepted(30, 20000);
		assert.equal(s.sink.messages().length, 30);
	} finally {
		hung.closeAllConnections?.();
		hung.close();
	}
});

test('after an outage of the relay only the current version leaves', async () => {
	const s = await start({ contacts: (w) => w.contact('astreinte', { email: 'a@sidpc.example', webhook: `${w.sink.url}a` }) });
	const { smtp, http } = s.sink;
	await s.sink.stop();
	s.dispatcher('a');
	for (const [i, level] of ['jaune', 'orange', 'rouge'].entries())
		await s.propose({ number: i + 1, level });
	await t.waitFor(async () => (await s.states()).filter((x) => x === 'SUPERSEDED').length === 4, { what: 'older ones superseded' });
	const again = new t.Program(path.join(t.bin, 'tocsin'), ['sink', '--smtp', String(smtp), '--http', String(http),
		'--file', s.sink.file, '--secret-file', s.sink.secret]);
	await s.accepted(2, 20000);
	const messages = s.sink.messages();
	assert.equal(messages.length, 2);
	for (const m of messages)
		assert.match(`${m.subject}${m.body}`, /rouge/);
	await again.kill();
});

test('SIGHUP takes new contacts, and keeps the old ones with any fault', async () => {
	const s = await start();
	const a = s.dispatcher('a');
	await s.propose({ zone: 'T1' });
	await s.accepted(1);
	s.write({ ...s.contact('astreinte', { webhook: `${s.sink.url}astreinte`, email: undefined }), ...s.contact('rdi', { webhook: `${s.sink.url}rdi` }) });
	a.signal('SIGHUP');
	await a.waitText(/config\.reloaded/);
	await s.propose({ zone: 'T2' });
	await s.accepted(3);
	s.write({ ...s.contact('astreinte', { webhook: 'not an address' }) });
	a.signal('SIGHUP');
	await a.waitText(/config\.refused/);
	await s.propose({ zone: 'T3' });
	await s.accepted(5);
	assert.equal(s.sink.messages().filter((m) => m.path === '/rdi').length, 2);
});

test('what is no proposal is set aside, and the next one leaves', async () => {
	const s = await start();
	s.dispatcher('a');
	await s.client.call('XADD', 'tocsin.proposals.0', '*', 'k', '62', 'v', '<alert>not one</alert>');
	await s.client.call('XADD', 'tocsin.decisions.0', '*', 'k', '62', 'v', '{"v":1,"kind":"sing"}');
	await s.propose({});
	await s.accepted(1);
	const rejected = await t.waitFor(async () => {
		const all = await s.client.stream('tocsin.rejected.0');
		return all.length === 2 && all;
	}, { what: 'both in rejected' });
	assert.deepEqual(rejected.map((r) => JSON.parse(r.v).topic).sort(), ['decisions', 'proposals']);
});
