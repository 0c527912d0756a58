// Who may do what in the store: each user of a realm against the server.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const world = {};

test.before(async () => {
	world.dir = t.tempDir();
	world.redis = await t.startRedis();
	const feed = await t.startFeed();
	const config = t.writeConfig(world.dir, t.makeConfig({ dir: world.dir, redis: world.redis, feed }));
	world.admin = await t.connect(world.redis);
	world.run = t.startRun({ config });
	world.exercise = t.startRun({ config, realm: 'x-a.' });
	for (const run of [world.run, world.exercise])
		await run.waitText(/daemon\.started name="tocsin-collector/);
});
test.after(t.stopAll);

// What the server answers to that user: an Error begins NOPERM or it does not.
async function as(user, ...words) {
	const password = fs.readFileSync(path.join(world.dir, 'secrets', user), 'utf8').trim();
	const client = await t.connect(world.redis, user, password);
	const answer = await client.try(...words);
	client.close();
	return answer;
}

async function mayNot(user, ...words) {
	const answer = await as(user, ...words);
	assert.ok(answer instanceof Error && /^NOPERM/.test(answer.message),
		`${user} could ${words.join(' ')}: ${answer}`);
}

async function may(user, ...words) {
	const answer = await as(user, ...words);
	assert.ok(!(answer instanceof Error), `${user} could not ${words.join(' ')}: ${answer}`);
}

const PREFIX = { collector: 'src', rules: 'rule', dispatcher: 'ledger', journal: 'journal' };
const WRITES = {
	collector: ['documents', 'health', 'signals'],
	rules: ['proposals'],
	dispatcher: ['alerts', 'receipts'],
	journal: [],
	// What was set aside is given back as it was: `tocsin rejected retry`.
	cli: ['decisions', 'reports', 'signals', 'proposals'],
};
const READS = {
	collector: ['reports'],
	rules: ['signals'],
	dispatcher: ['proposals', 'decisions'],
	journal: ['documents', 'health', 'reports', 'signals', 'proposals', 'decisions', 'alerts', 'receipts', 'events', 'rejected'],
	cli: ['documents', 'health', 'reports', 'signals', 'proposals', 'decisions', 'alerts', 'receipts', 'events', 'rejected'],
};
const TOPICS = READS.cli;

test('a daemon keeps its own state and nobody else\'s', async () => {
	for (const role of Object.keys(PREFIX)) {
		for (const [owner, prefix] of Object.entries(PREFIX)) {
			const can = owner === role ? may : mayNot;
			await can(`tocsin.${role}`, 'HSET', `tocsin.${prefix}:acl-test`, 'f', 'v');
			await can(`tocsin.${role}`, 'HGET', `tocsin.${prefix}:acl-test`, 'f');
			await can(`tocsin.${role}`, 'HDEL', `tocsin.${prefix}:acl-test`, 'f');
		}
	}
});

test('each topic has one kind of writer, and its readers', async () => {
	for (const role of Object.keys(WRITES)) {
		for (const topic of TOPICS) {
			const open = ['events', 'rejected'].includes(topic);
			await (open || WRITES[role].includes(topic) ? may : mayNot)(
				`tocsin.${role}`, 'XADD', `tocsin.${topic}.7`, '*', 'k', '62', 'v', '{}');
			await (READS[role].includes(topic) ? may : mayNot)(
				`tocsin.${role}`, 'XREAD', 'STREAMS', `tocsin.${topic}.7`, '0');
		}
	}
});

test('a group takes no other group\'s lease and moves no other\'s position', async () => {
	for (const kind of ['lease', 'fence', 'pos']) {
		await may('tocsin.rules', 'SET', `tocsin.${kind}:rules:7`, '1');
		await mayNot('tocsin.rules', 'SET', `tocsin.${kind}:dispatcher:7`, '1');
		await mayNot('tocsin.cli', 'SET', `tocsin.${kind}:rules:7`, '1');
	}
	await may('tocsin.rules', 'GET', 'tocsin.pos:dispatcher:7');
	// What reads the reports is a collector, of a group of its own.
	await may('tocsin.collector', 'SET', 'tocsin.lease:reports:7', '1');
	await mayNot('tocsin.rules', 'SET', 'tocsin.lease:reports:7', '1');
});

test('the command line changes no state', async () => {
	for (const prefix of Object.values(PREFIX)) {
		await may('tocsin.cli', 'HGETALL', `tocsin.${prefix}:acl-test`);
		await mayNot('tocsin.cli', 'HSET', `tocsin.${prefix}:acl-test`, 'f', 'v');
		await mayNot('tocsin.cli', 'DEL', `tocsin.${prefix}:acl-test`);
	}
});

test('nothing of an exercise reads or changes the real realm, nor the other way round', async () => {
	for (const role of ['collector', 'rules', 'dispatcher', 'journal', 'cli', 'player']) {
		await mayNot(`x-a.${role}`, 'GET', 'tocsin.schema');
		await mayNot(`x-a.${role}`, 'HGETALL', 'tocsin.ledger:rows');
		await mayNot(`x-a.${role}`, 'XADD', 'tocsin.events.0', '*', 'k', 'v');
		await mayNot(`x-a.${role}`, 'XREAD', 'STREAMS', 'tocsin.signals.0', '0');
	}
	await mayNot('tocsin.dispatcher', 'HGETALL', 'x-a.ledger:rows');
	await may('x-a.player', 'SET', 'x-a.clock', '1');
	await mayNot('x-a.rules', 'SET', 'x-a.clock', '1');
	await mayNot('tocsin.cli', 'SET', 'tocsin.clock', '1');
});

test('no user reaches the server itself, other users or the administrator\'s secret', async () => {
	for (const role of ['collector', 'rules', 'dispatcher', 'journal', 'cli']) {
		for (const words of [['CONFIG', 'SET', 'appendonly', 'no'], ['ACL', 'LIST'], ['ACL', 'GETUSER', 'default'],
			['FLUSHALL'], ['KEYS', '*'], ['SCAN', '0'], ['SHUTDOWN'], ['EVAL', 'return 1', '0'], ['MONITOR'],
			['CLIENT', 'LIST'], ['SCRIPT', 'FLUSH']])
			await mayNot(`tocsin.${role}`, ...words);
		assert.deepStrictEqual(await as(`tocsin.${role}`, 'CONFIG', 'GET', 'requirepass'), ['requirepass', '']);
	}
});

test('a script gets no further than its user', async () => {
	const sha = await as('tocsin.rules', 'SCRIPT', 'LOAD', "return redis.call('HSET', ARGV[1], 'f', 'v')");
	assert.match(String(sha), /^[0-9a-f]{40}$/);
	await may('tocsin.rules', 'EVALSHA', sha, '0', 'tocsin.rule:acl-test');
	const answer = await as('tocsin.rules', 'EVALSHA', sha, '0', 'tocsin.ledger:acl-test');
	assert.ok(answer instanceof Error && /NOPERM|can't access/.test(answer.message), String(answer));
	assert.strictEqual(await world.admin.call('EXISTS', 'tocsin.ledger:acl-test'), 0);
});
