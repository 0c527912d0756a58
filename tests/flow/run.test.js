// `tocsin run`: all daemons on one machine, kept alive, and ended together.
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const NAMES = ['tocsin-collector vigicrues', 'tocsin-dispatcher', 'tocsin-journal', 'tocsin-rules'];

test.afterEach(t.stopAll);

// A store, a source that does not answer, and a configuration.
async function world(settings, parts) {
	const dir = t.tempDir();
	const redis = await t.startRedis(settings);
	const feed = await t.startFeed();
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, parts }));
	return { dir, redis, feed, config };
}

function allStarted(run) {
	return t.waitFor(() => {
		assert.strictEqual(run.exit, null, run.text());
		return Object.keys(run.daemons()).length === NAMES.length;
	}, { what: 'all daemons to start', detail: () => run.text() });
}

function allGone(pids) {
	return t.waitFor(() => pids.every((pid) => !t.isAlive(pid)), { what: 'the daemons to be gone' });
}

// Every unit has its owner.
async function allWork(redis) {
	const admin = await t.connect(redis);
	for (const unit of ['collector:vigicrues', 'rules:0', 'dispatcher:0', 'journal:0'])
		await t.waitFor(() => admin.call('GET', `tocsin.lease:${unit}`), { what: `an owner of ${unit}` });
}

test('every daemon starts, and all end with run', async () => {
	const { config, redis } = await world();
	const run = t.startRun({ config });
	await allStarted(run);
	await allWork(redis);
	assert.deepStrictEqual(Object.keys(run.daemons()).sort(), NAMES);
	const pids = Object.values(run.daemons());
	assert.deepStrictEqual(await run.stop(), { code: 0, signal: null });
	await allGone(pids);
	assert.doesNotMatch(run.err, /daemon\.killed/);
	assert.strictEqual([...run.err.matchAll(/daemon\.ended name="[^"]*" pid=\d+ exit=0/g)].length, NAMES.length, run.err);
});

test('a daemon that is killed is started again', async () => {
	const { config } = await world();
	const run = t.startRun({ config });
	await allStarted(run);
	const before = run.daemons();
	process.kill(before['tocsin-rules'], 'SIGKILL');
	await t.waitFor(() => run.daemons()['tocsin-rules'] !== before['tocsin-rules'], { what: 'new rules' });
	assert.match(run.err, /daemon\.ended name="tocsin-rules" pid=\d+ signal=9/);
	assert.strictEqual(run.daemons()['tocsin-journal'], before['tocsin-journal']);
});

test('no daemon outlives a run that was killed', async () => {
	const { config } = await world();
	const run = t.startRun({ config });
	await allStarted(run);
	const pids = Object.values(run.daemons());
	await run.kill('SIGKILL');
	await allGone(pids);
});

test('a second run of the realm is refused, another realm is not', async () => {
	const { config } = await world();
	const run = t.startRun({ config });
	await allStarted(run);
	const second = await t.cli(['run'], { config });
	assert.strictEqual(second.code, 1);
	assert.match(second.err, /runs already for tocsin\./);
	const exercise = t.startRun({ config, realm: 'x-other.' });
	await allStarted(exercise);
	assert.strictEqual((await exercise.stop()).code, 0);
	assert.strictEqual(run.exit, null);
});

test('without its source it says why, and no colour', async () => {
	const { config, feed } = await world();
	await feed.stop();
	const run = t.startRun({ config });
	await run.waitText(/vigicrues: silent \(.*onnect.*\).*niveau inconnu · aucun message à envoyer/, { timeout: 30000 });
	assert.doesNotMatch(run.out, /vert|jaune|orange|rouge/);
	assert.match(run.out, /scripts\/run --episode flood/);
});

test('a source that answers is shown with its levels', async () => {
	const { config, feed } = await world();
	feed.serve(t.vigicrues(new Date().toISOString(), { AP5: 'jaune' }));
	const run = t.startRun({ config });
	await run.waitText(/vigicrues: fresh · émis \d.* · lu \d.* · attendu \d.* · 1 jaune, 4 vert · aucun message à envoyer/, { timeout: 30000 });
});

test('what leaves first is counted too', async () => {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const feed = await t.startFeed();
	const sink = await t.startSink(dir);
	await feed.stop();
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, sink }));
	const run = t.startRun({ config });
	await run.waitText(/vigicrues: silent \(.*\).*niveau inconnu · 2 messages partis$/m, { timeout: 30000 });
	assert.strictEqual(sink.messages().length, 2);
});

test('users that the server forgot are made again', async () => {
	const { config, redis } = await world({ aclfile: undefined });
	const run = t.startRun({ config });
	await allStarted(run);
	assert.match(run.err, /store\.password_readable/);
	await redis.kill();
	await redis.start();
	const client = await t.connect(redis);
	await t.waitFor(async () => (await client.call('ACL', 'USERS')).includes('tocsin.rules'), { what: 'the users' });
	await t.waitFor(() => client.call('GET', 'tocsin.lease:rules:0'), { what: 'rules to own its unit again' });
});

test('a store that could lose data is refused, and what to set is said', async () => {
	const { config } = await world({ appendfsync: 'everysec' });
	const run = await t.cli(['run'], { config });
	assert.strictEqual(run.code, 1);
	assert.match(run.err, /appendfsync everysec.*set appendfsync always/);
});

test('each secret can be read by its owner alone', async () => {
	const { config, dir } = await world();
	const run = t.startRun({ config });
	await allStarted(run);
	const secrets = path.join(dir, 'secrets');
	for (const role of ['collector', 'rules', 'dispatcher', 'journal', 'cli']) {
		const mode = fs.statSync(path.join(secrets, `tocsin.${role}`)).mode & 0o777;
		assert.strictEqual(mode, 0o600, role);
	}
});

test('the group that may decide can read one secret, that of the command line', async () => {
	const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
	const { config, dir } = await world({}, { cli: { group } });
	const run = t.startRun({ config });
	await allStarted(run);
	const secrets = path.join(dir, 'secrets');
	const modes = Object.fromEntries(['rules', 'dispatcher', 'cli'].map((role) =>
		[role, fs.statSync(path.join(secrets, `tocsin.${role}`)).mode & 0o777]));
	assert.deepStrictEqual(modes, { rules: 0o600, dispatcher: 0o600, cli: 0o640 });
	assert.strictEqual(fs.statSync(path.join(secrets, 'tocsin.cli')).gid, process.getgid());
});
