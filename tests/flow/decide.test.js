// A decision, from the text that a person reads to what becomes of it.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const SAID = ['--authority', 'Mme Exemple, préfète de permanence', '--how', 'verbal par téléphone', '--reason', 'montée confirmée'];
const world = {};

// An issue of the source, `ago` minutes old.
function issue(ago, levels) {
	world.feed.serve(t.vigicrues(t.issued(ago), levels));
}

// The text that waits, as the ledger has it, once `is` holds for it.
async function waiting(is = () => true) {
	return t.waitFor(async () => {
		const rows = Object.values(await world.admin.hash('tocsin.ledger:proposals')).map((text) => JSON.parse(text));
		return rows.find((row) => row.state === 'waiting' && is(row));
	}, { what: 'a proposal that waits', detail: () => world.run.err.slice(-3000) });
}

function ref(row) {
	return `${row.code}-${row.hash.slice(0, 6)}`;
}

function decide(...words) {
	return t.cli(['decide', ...words, ...SAID], { config: world.config });
}

test.before(async () => {
	const dir = t.tempDir();
	const redis = await t.startRedis({}, path.join(dir, 'redis'));
	Object.assign(world, { dir, redis });
	world.feed = await t.startFeed();
	world.sink = await t.startSink(dir);
	world.config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed: world.feed, sink: world.sink }));
	world.admin = await t.connect(redis);
	issue(60, {});
	world.run = t.startRun({ config: world.config });
	await world.run.waitText(/vigicrues: fresh/);
});
test.after(t.stopAll);

test('the text that waits is shown in full, with what to type', async () => {
	issue(50, { AP5: 'orange' });
	const row = await waiting();
	const shown = await t.cli(['proposals'], { config: world.config });
	assert.strictEqual(shown.code, 0, shown.err);
	assert.match(shown.out, new RegExp(`^${ref(row)}  alerte`, 'm'));
	assert.match(shown.out, /^ {4}ESSAI – ALERTE – Vigilance crues orange : Aa$/m);
	assert.match(shown.out, /^ {4}Territoire : /m);
	assert.match(shown.out, new RegExp(`tocsin decide ${ref(row)} approve\\|reject\\|wait`));
	const status = await t.cli(['status'], { config: world.config });
	assert.match(status.out, new RegExp(`${ref(row)}  alerte  raise  orange  waits`));
	assert.strictEqual(world.sink.messages().filter((m) => /ALERTE/.test(m.subject ?? '')).length, 0);
});

test('what was asked wrongly is said and nothing is published', async () => {
	const row = await waiting();
	const before = (await world.admin.stream('tocsin.decisions.0')).length;
	for (const [words, code, said] of [
		[['nothing', 'approve', ...SAID], 2, /CODE-hhhhhh/],
		[[ref(row), 'perhaps', ...SAID], 2, /approve, reject or wait/],
		[[ref(row), 'approve'], 2, /--authority.*\n.*--how.*\n.*--reason/],
		[[`${row.code}-000000`, 'approve', ...SAID], 1, /has no text 000000/],
		[[ref(row), 'approve', ...SAID, '--answered', '25:61'], 1, /--answered/],
	]) {
		const answer = await t.cli(['decide', ...words], { config: world.config });
		assert.strictEqual(answer.code, code, answer.err);
		assert.match(answer.err, said);
	}
	assert.strictEqual((await world.admin.stream('tocsin.decisions.0')).length, before);
});

test('a decision about a code that nobody knows yet is parked', async () => {
	const answer = await decide('ZZZ-123456', 'approve');
	assert.strictEqual(answer.code, 3, answer.err);
	assert.match(answer.out, /parked/);
});

test('to wait is a decision, after which the text still waits', async () => {
	const row = await waiting();
	const answer = await decide(ref(row), 'wait');
	assert.strictEqual(answer.code, 0, answer.err);
	const shown = await t.cli(['proposals'], { config: world.config });
	assert.match(shown.out, new RegExp(`^${ref(row)}`, 'm'));
});

test('a text that changed to a higher level is refused, and the new one shown', async () => {
	const rows = Object.values(await world.admin.hash('tocsin.ledger:proposals')).map((text) => JSON.parse(text));
	const old = rows.find((row) => row.nature === 'alerte');
	issue(40, { AP5: 'rouge' });
	const row = await waiting((one) => one.level === 'rouge');
	const answer = await decide(ref(old), 'approve');
	assert.strictEqual(answer.code, 1, answer.out);
	assert.match(answer.out, new RegExp(`^${ref(row)}$`, 'm'));
	assert.match(answer.out, /Vigilance crues rouge : Aa/);
	assert.match(answer.out, /^refused: /m);
});

test('what is approved leaves with who decided, once', async () => {
	const row = await waiting((one) => one.level === 'rouge');
	const answer = await decide(ref(row), 'approve', '--basis', 'ORSEC inondation 3.2', '--asked', '00:00');
	assert.strictEqual(answer.code, 0, answer.err);
	assert.match(answer.out, /^accepted; alert /m);
	const mail = await world.sink.wait((m) => m.channel === 'email' && /ALERTE – Vigilance crues rouge/.test(m.subject));
	assert.match(mail.text, /Mme Exemple, préfète de permanence/);
	const [record] = (await world.admin.stream('tocsin.decisions.0')).slice(-1);
	const value = JSON.parse(record.v);
	assert.strictEqual(value.verdict, 'approve');
	assert.strictEqual(value.basis, 'ORSEC inondation 3.2');
	assert.match(value.asked, /T00:00:00\+/);
	assert.ok(value.typed_by.length > 0);
	const again = await decide(ref(row), 'approve');
	assert.strictEqual(again.code, 1, again.out);
	assert.match(again.out, /^refused: /m);
});

test('trace tells the whole way from the document to the far side', async () => {
	const { key } = world.sink.messages().find((m) => m.channel === 'email' && /ALERTE – .* rouge/.test(m.subject));
	const shown = await t.waitFor(async () => {
		const answer = await t.cli(['trace', key], { config: world.config });
		return /ACCEPTED astreinte email/.test(answer.out) && answer;
	}, { what: 'the receipt in the trace' });
	const stages = ['issued', 'fetched', 'document read', 'signalled AP5 rouge', 'proposed', 'authority asked',
		'decided approve', 'alert ', `delivery SENDING astreinte email ${key}`, `delivery ACCEPTED astreinte email ${key}`];
	for (const stage of stages)
		assert.ok(shown.out.includes(stage), `no "${stage}" in:\n${shown.out}`);
	const times = [...shown.out.matchAll(/^(\S+T[\d:]+)\.(\d{3})/gm)].map((m) => `${m[1]}.${m[2]}`);
	assert.deepStrictEqual(times, [...times].sort());
	const none = await t.cli(['trace', 'nothing'], { config: world.config });
	assert.strictEqual(none.code, 1);
	assert.match(none.err, /nothing on the bus/);
});

test('resume releases a feed that is configured, no other', async () => {
	const answer = await t.cli(['resume', 'vigicrues'], { config: world.config });
	assert.deepStrictEqual([answer.code, answer.out], [0, 'vigicrues: released\n'], answer.err);
	const other = await t.cli(['resume', 'nothing'], { config: world.config });
	assert.strictEqual(other.code, 1);
	assert.match(other.err, /there is no feed nothing/);
});

test('a record that cannot be read is set aside and can be shown', async () => {
	await world.admin.call('XADD', 'tocsin.proposals.0', '*', 'k', '62', 'v', 'no CAP\x1b[31m');
	const listed = await t.waitFor(async () => {
		const answer = await t.cli(['rejected', 'list'], { config: world.config });
		return /^proposals\.0\/\S+  dispatcher: /m.test(answer.out) && answer;
	}, { what: 'the record to be set aside' });
	const [id] = /proposals\.0\/\S+/.exec(listed.out);
	const shown = await t.cli(['rejected', 'show', id], { config: world.config });
	assert.strictEqual(shown.code, 0, shown.err);
	assert.match(shown.out, /no CAP\?\[31m/);
	assert.ok(!shown.out.includes('\x1b'));
	const none = await t.cli(['rejected', 'show', 'nothing'], { config: world.config });
	assert.strictEqual(none.code, 1);
	const status = await t.cli(['status'], { config: world.config });
	assert.match(status.out, /set aside\n  1: tocsin rejected list/);
});

test('only members of the group may decide', async () => {
	// Root may do all: then nobody asks, who is let through to the secret.
	const uid = process.getuid() === 0 ? 65534 : undefined;
	for (const folder of [world.dir, path.join(world.dir, 'secrets'), path.join(world.dir, 'redis')])
		fs.chmodSync(folder, 0o755);
	fs.chmodSync(path.join(world.dir, 'secrets', 'tocsin.cli'), 0o644);
	fs.chmodSync(path.join(world.dir, 'redis', 'redis.sock'), 0o777);
	const before = (await world.admin.stream('tocsin.decisions.0')).length;
	for (const [group, said] of [['daemon', /only members of the group daemon may decide/],
		['no-such-group', /only who started Tocsin may decide/]]) {
		const config = t.writeConfig(path.join(world.dir, group), t.makeConfig({ ...world, parts: { cli: { group } } }));
		for (const words of [['decide', 'ZZZ-123456', 'approve', ...SAID], ['resume', 'vigicrues']]) {
			const answer = await t.cli(words, { config, uid });
			if (uid === undefined && group !== 'daemon')
				continue; // we started it
			assert.strictEqual(answer.code, 1, answer.out);
			assert.match(answer.err, said);
		}
	}
	assert.strictEqual((await world.admin.stream('tocsin.decisions.0')).length, uid === undefined ? before + 2 : before);
});

test('without its store each command says so and fails', async () => {
	await world.run.stop();
	const config = t.writeConfig(t.tempDir(), { ...t.makeConfig({
		dir: t.tempDir(), redis: { address: 'unix:/nonexistent/redis.sock', admin: undefined }, feed: world.feed,
	}) });
	for (const words of [['status'], ['proposals'], ['rejected', 'list'], ['trace', 'x']]) {
		const answer = await t.cli(words, { config });
		assert.strictEqual(answer.code, 1);
		assert.match(answer.err, /password|store/);
	}
});
