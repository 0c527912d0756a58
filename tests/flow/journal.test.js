// The journal beside a real Redis: each record once, whatever is killed; what
// was altered is named; what cannot be written is not acknowledged.
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

const TOPICS = ['signals', 'proposals', 'decisions', 'alerts', 'receipts', 'documents', 'health', 'reports', 'rejected', 'events'];
const USERS = ['journal', 'cli'];

// A Redis with the users that these tests need, and a configuration.
async function start() {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const client = await t.connect(redis);
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed: { url: 'http://127.0.0.1:9/' } }));
	fs.mkdirSync(path.join(dir, 'secrets'), { mode: 0o700 });
	for (const role of USERS) {
		fs.writeFileSync(path.join(dir, 'secrets', `tocsin.${role}`), 'fictif\n', { mode: 0o600 });
		await client.call('ACL', 'SETUSER', `tocsin.${role}`, 'on', '>fictif', '~tocsin.*', '+@all');
	}
	const folder = path.join(dir, 'journal');
	return { dir, redis, client, config, folder };
}

// n records over all topics; gives "topic position" of each.
async function publish(client, n, from = 0) {
	const all = [];
	for (let i = from; i < from + n; i++) {
		const topic = TOPICS[i % TOPICS.length];
		const position = await client.call('XADD', `tocsin.${topic}.0`, '*', 'k', '62', 'v', `{"v":1,"n":${i}}`, 'h.id', `id-${i}`);
		all.push(`${topic} ${position}`);
	}
	return all;
}

function files(folder) {
	return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.jsonl')).sort() : [];
}

function lines(folder) {
	return files(folder).flatMap((name) => fs.readFileSync(path.join(folder, name), 'utf8').split('\n').slice(0, -1))
		.map((line) => JSON.parse(line));
}

const names = (folder) => lines(folder).map((line) => `${line.topic} ${line.position}`);

function whenWritten(folder, n) {
	return t.waitFor(() => lines(folder).length >= n, { what: `${n} lines`, detail: () => names(folder).join('\n') });
}

// Every position of the group is the last of its stream.
function whenAcknowledged(client) {
	return t.waitFor(async () => {
		for (const topic of TOPICS) {
			const [last] = await client.call('XREVRANGE', `tocsin.${topic}.0`, '+', '-', 'COUNT', '1');
			if (last && await client.call('GET', `tocsin.pos:journal:${topic}.0`) !== last[0])
				return false;
		}
		return true;
	}, { what: 'the positions at the end' });
}

const verify = (s, args = []) => t.cli(['journal', 'verify', ...args], { config: s.config });

test('each record of every topic has one line, in a chain that is proven to its end', async () => {
	const s = await start();
	const all = await publish(s.client, 90);
	const daemon = t.startDaemon('tocsin-journal', { config: s.config });
	await whenAcknowledged(s.client);
	assert.deepEqual(names(s.folder).sort(), [...all].sort());
	for (const topic of TOPICS) {
		const of = (list) => list.filter((name) => name.startsWith(`${topic} `));
		assert.deepEqual(of(names(s.folder)), of(all), 'order within a topic');
	}
	const [line] = lines(s.folder);
	assert.deepEqual(line.headers, [{ name: 'id', value: line.headers[0].value }]);
	const { code, out } = await verify(s);
	assert.equal(code, 0, out);
	assert.match(out, /partition 0: 90 lines in 1 files, end proven: line 90/);
	await s.redis.stop();
	assert.match((await verify(s)).out, /end not proven: the store was not asked/);
	await daemon.kill();
});

for (const point of ['journal.appended', 'journal.synced', 'journal.committed']) {
	test(`killed at ${point}, no record is lost and none has two lines`, async () => {
		const s = await start();
		const all = await publish(s.client, 40);
		// One sync and one step serve many records.
		const nth = point === 'journal.appended' ? 7 : 1;
		const daemon = t.startDaemon('tocsin-journal', { config: s.config, env: { TOCSIN_FAILPOINT: `${point}:${nth}` } });
		assert.equal((await daemon.waitEnd()).signal, 'SIGKILL');
		const again = t.startDaemon('tocsin-journal', { config: s.config });
		await whenAcknowledged(s.client);
		assert.deepEqual(names(s.folder).sort(), [...all].sort());
		const { code, out } = await verify(s);
		assert.equal(code, 0, out);
		assert.match(out, /40 lines in 1 files, end proven/);
		await again.kill();
	});
}

test('killed at random again and again while records come, each has one line', async () => {
	const s = await start();
	const all = [];
	for (let round = 0; round < 6; round++) {
		all.push(...await publish(s.client, 30, all.length));
		const daemon = t.startDaemon('tocsin-journal', { config: s.config });
		await whenWritten(s.folder, all.length - 25 + (round * 7) % 20);
		await daemon.kill('SIGKILL');
	}
	const daemon = t.startDaemon('tocsin-journal', { config: s.config });
	await whenAcknowledged(s.client);
	assert.deepEqual(names(s.folder).sort(), [...all].sort());
	const { code, out } = await verify(s);
	assert.equal(code, 0, out);
	await daemon.kill();
});

for (const point of ['journal.appended:5', 'journal.committed:1']) {
	test(`stopped at ${point}, it adds nothing when it goes on behind the new owner's back`, async () => {
		const s = await start();
		const all = await publish(s.client, 10);
		const stopped = t.startDaemon('tocsin-journal', { config: s.config, args: ['--instance', 'one'],
			env: { TOCSIN_FAILPOINT: `${point}=stop` } });
		await whenWritten(s.folder, 5);
		const other = t.startDaemon('tocsin-journal', { config: s.config, args: ['--instance', 'two'] });
		await other.waitText(/unit\.ready/);
		await whenAcknowledged(s.client);
		stopped.signal('SIGCONT');
		all.push(...await publish(s.client, 10, 10));
		await stopped.waitText(/unit\.revoked/);
		await whenAcknowledged(s.client);
		assert.deepEqual(names(s.folder).sort(), [...all].sort());
		const { code, out } = await verify(s);
		assert.equal(code, 0, out);
		assert.match(out, /20 lines in 1 files, end proven/);
		await stopped.kill();
		await other.kill();
	});
}

test('an unfinished last line is set aside and said', async () => {
	const s = await start();
	await publish(s.client, 3);
	const first = t.startDaemon('tocsin-journal', { config: s.config });
	await whenAcknowledged(s.client);
	await first.kill();
	const [name] = files(s.folder);
	fs.appendFileSync(path.join(s.folder, name), '{"v":1,"n":4,"topic":"sig');
	assert.equal((await verify(s)).code, 0, 'behind the stored end it is no fault');
	await publish(s.client, 2, 3);
	const second = t.startDaemon('tocsin-journal', { config: s.config });
	await second.waitText(/journal\.set-aside .*bytes=25/);
	await whenAcknowledged(s.client);
	assert.equal(fs.readFileSync(path.join(s.folder, `${name}.partial`), 'utf8'), '{"v":1,"n":4,"topic":"sig');
	assert.match((await verify(s)).out, /5 lines in 1 files, end proven/);
	await second.kill();
});

test('verify names what was changed, removed, inserted and cut', async () => {
	const s = await start();
	await publish(s.client, 9);
	const daemon = t.startDaemon('tocsin-journal', { config: s.config });
	await whenAcknowledged(s.client);
	await daemon.kill();
	const file = path.join(s.folder, files(s.folder)[0]);
	const good = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
	const cases = [
		[/:4: changed/, good.map((line, i) => (i === 3 ? line.replace('id-3', 'id-8') : line))],
		[/:5: removed: 1 line/, good.filter((line, i) => i !== 4)],
		[/:3: inserted/, [...good.slice(0, 2), '{"v":1}', ...good.slice(2)]],
		[/:7: cut: lines 8 to 9/, good.slice(0, 7)],
	];
	for (const [finding, all] of cases) {
		fs.writeFileSync(file, all.map((line) => `${line}\n`).join(''));
		const { code, out } = await verify(s);
		assert.equal(code, 1, out);
		assert.match(out, finding);
		assert.match(out, /: 1 faults\n$/);
	}
});

test('a journal that was cut is not gone on with until a person accepts it', async () => {
	const s = await start();
	await publish(s.client, 9);
	const first = t.startDaemon('tocsin-journal', { config: s.config });
	await whenAcknowledged(s.client);
	await first.kill();
	const file = path.join(s.folder, files(s.folder)[0]);
	fs.writeFileSync(file, `${fs.readFileSync(file, 'utf8').split('\n').slice(0, 6).join('\n')}\n`);
	const before = await s.client.call('GET', 'tocsin.pos:journal:signals.0');
	await publish(s.client, 9, 9);
	const second = t.startDaemon('tocsin-journal', { config: s.config });
	await second.waitText(/journal\.paused .*--accept-loss/);
	assert.equal(await s.client.call('GET', 'tocsin.pos:journal:signals.0'), before);
	await second.kill();
	const third = t.startDaemon('tocsin-journal', { config: s.config, args: ['--accept-loss'] });
	await third.waitText(/journal\.loss-accepted/);
	await whenAcknowledged(s.client);
	await third.kill();
	const { code, out } = await verify(s);
	assert.equal(code, 1);
	assert.match(out, /p00-00000002-\d+\.jsonl:1: removed: 3 lines/);
	assert.match(out, /end proven/);
});

test('a full disk pauses, says so, and loses nothing', async (context) => {
	const s = await start();
	fs.mkdirSync(s.folder, { recursive: true });
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tocsin-test', s.folder], { stdio: 'ignore' });
	} catch {
		context.skip('this system lets no tmpfs be mounted');
		return;
	}
	try {
		const all = await publish(s.client, 120);
		const daemon = t.startDaemon('tocsin-journal', { config: s.config });
		await daemon.waitText(/journal\.paused .*No space left/);
		assert.ok(lines(s.folder).length < all.length);
		execFileSync('mount', ['-o', 'remount,size=4m', s.folder]);
		await whenAcknowledged(s.client);
		await daemon.waitText(/journal\.resumed/);
		assert.deepEqual(names(s.folder).sort(), [...all].sort());
		const { code, out } = await verify(s);
		assert.equal(code, 0, out);
		await daemon.kill();
	} finally {
		execFileSync('umount', [s.folder]);
	}
});
