// Two instances of a daemon at once, on either bus: one owner; the other takes
// over when the first is killed or stopped; one that goes on after a stop changes
// nothing.
//
// On Redis the owner stays who it is. Kafka's group gives the partition to the
// first by name whenever one joins: there `a` has it again once it is back.
'use strict';

const assert = require('node:assert');
const { afterEach, test } = require('node:test');
const { BUSES } = require('./lib/bus.js');
const t = require('./lib/tocsin.js');
const { world, publish } = require('../kill/world.js');

afterEach(t.stopAll);

const GROUPS = { rules: 'tocsin-rules', dispatcher: 'tocsin-dispatcher' };
const TOPICS = ['signals', 'proposals', 'decisions', 'alerts', 'receipts', 'events', 'rejected'];
// Until another owns what was a killed one's: the lease, or the group's session.
const TAKEOVER_MS = { redis: 7000, kafka: 10000 };

// Steps that may be on their way at once, each with its record.
const IN_HANDS = 64;

// The users of the realm are made by a run, which then ends; the daemons are
// started here, two of those under test.
async function pair(bus, group) {
	const w = await world({ bus, informationOnly: true });
	await w.run.kill('SIGTERM');
	w.daemons = {};
	for (const [name, program] of Object.entries(GROUPS)) {
		for (const instance of name === group ? ['a', 'b'] : ['only']) {
			w.daemons[`${name}.${instance}`] = t.startDaemon(program, { config: w.config, args: ['--instance', instance] });
			if (instance === 'a')
				await owner(w, name, 'a');
		}
	}
	await owner(w, 'rules');
	await owner(w, 'dispatcher');
	// A first one through all of it: nobody is joining any more.
	await send(w, 9000, 1);
	assert.equal(await owner(w, group, 'a'), 'a');
	return w;
}

const details = (w) => () => Object.entries(w.daemons ?? {}).map(([name, d]) => `${name}:\n${d.text().slice(-1500)}`).join('\n');

// Wait until `instance` (or anyone) holds the lease of the group.
function owner(w, group, instance = '') {
	return t.waitFor(async () => {
		const held = await w.client.call('GET', `tocsin.lease:${group}:0`);
		return held && held.startsWith(instance) ? held.split('/')[0] : false;
	}, { timeout: 20000, what: `${instance || 'an instance'} to own ${group}`, detail: details(w) });
}

const keys = (w) => new Set(w.sink.messages().map((m) => m.key)).size;

const arrived = (w, n) => t.waitFor(() => keys(w) >= n, { timeout: 20000, what: `${n} messages`, detail: details(w) });

// Publish signals, and wait for their messages.
async function send(w, first, count) {
	const before = keys(w);
	await publish(w, { first, count, rate: 200, level: 'orange', expires: 3600 });
	await arrived(w, before + count);
}

const settledRows = (w) => t.waitFor(async () =>
	!Object.values(await w.client.hash('tocsin.ledger:rows')).some((row) => /"state":"(QUEUED|SENDING|WAITING)"/.test(row))
		&& (await w.client.call('KEYS', 'tocsin.outbox:*')).length === 0,
{ timeout: 20000, what: 'no delivery and no outbox to wait', detail: details(w) });

// Everything in the store but who owns: leases are renewed, and on Kafka the one
// that is back is given what it had.
async function keysOf(w) {
	const all = await w.client.dump('tocsin.');
	const own = w.bus.kind === 'redis' ? /^tocsin\.(lease:|groups$)/ : /^tocsin\.(lease:|groups$|fence:|hand:|pos:)/;
	for (const key of Object.keys(all).filter((name) => own.test(name)))
		delete all[key];
	return all;
}

async function topicsOf(w) {
	const all = {};
	for (const topic of TOPICS)
		all[topic] = await w.bus.records(topic);
	return all;
}

// What of a topic is new. On Kafka it may be a record again, byte for byte, that
// was in the client's hands when its process was stopped: no lease reaches that.
function newRecords(bus, before, after) {
	const text = ({ k, v, headers }) => JSON.stringify([k, v, headers]);
	return Object.keys(after).flatMap((topic) => {
		const known = new Set(bus === 'kafka' ? before[topic].map(text) : []);
		assert.deepEqual(differences(before[topic], after[topic].slice(0, before[topic].length)), []);
		const more = after[topic].slice(before[topic].length);
		assert.ok(more.length <= IN_HANDS, `${more.length} more records of ${topic}`);
		return more.filter((record) => !known.has(text(record))).map((record) => `${topic}: ${text(record)}`);
	});
}

// Names of what differs between two pictures: keys, with the fields of hashes.
function differences(before, after, prefix = '') {
	return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
		const [a, b] = [before[name], after[name]];
		if (JSON.stringify(a) === JSON.stringify(b))
			return [];
		if ([a, b].every((value) => value && typeof value === 'object' && !Array.isArray(value)))
			return differences(a, b, `${prefix}${name} `);
		return [`${prefix}${name}: ${JSON.stringify(a)?.slice(-200)} -> ${JSON.stringify(b)?.slice(-200)}`];
	});
}

async function takenOver(w, group, since) {
	await owner(w, group, 'b');
	const took = Date.now() - since;
	assert.ok(took <= TAKEOVER_MS[w.bus.kind], `${took} ms`);
	return took;
}

for (const bus of BUSES) {
	for (const group of Object.keys(GROUPS)) {
		// Skipped at run time: a file without a Kafka has the tests on Redis.
		const on = (name, body) => test(`${group} on ${bus}: ${name}`, async (context) => {
			if (bus === 'redis' || t.kafkaOrSkip(context))
				await body(await pair(bus, group), context);
		});

		on('of two instances one owns, the other takes over when it is killed', async (w, context) => {
			await send(w, 0, 20);
			assert.equal(await owner(w, group), 'a');
			const killed = Date.now();
			await w.daemons[`${group}.a`].kill('SIGKILL');
			const sending = send(w, 100, 20);
			context.diagnostic(`taken over after ${await takenOver(w, group, killed)} ms`);
			await sending;
			// The first instance comes back.
			w.daemons[`${group}.a`] = t.startDaemon(GROUPS[group], { config: w.config, args: ['--instance', 'a'] });
			await send(w, 200, 20);
			if (bus === 'redis')
				assert.equal(await owner(w, group), 'b');
		});

		on('of two instances the other takes over when it is stopped', async (w, context) => {
			const stopped = Date.now();
			assert.deepEqual(await w.daemons[`${group}.a`].kill('SIGTERM'), { code: 0, signal: null });
			const sending = send(w, 100, 20);
			context.diagnostic(`taken over after ${await takenOver(w, group, stopped)} ms`);
			await sending;
		});

		on('a restarted instance goes on within 1 s', async (w, context) => {
			await w.daemons[`${group}.a`].kill('SIGKILL');
			await publish(w, { first: 0, count: 1, rate: 200, level: 'orange', expires: 3600 });
			const start = Date.now();
			w.daemons[`${group}.a`] = t.startDaemon(GROUPS[group], { config: w.config, args: ['--instance', 'a'] });
			await arrived(w, 2);
			const took = Date.now() - start;
			context.diagnostic(`a message after ${took} ms`);
			assert.ok(took <= 1000, `${took} ms`);
			assert.equal(await owner(w, group), 'a');
		});

		on('one that was stopped and goes on changes no key and no stream', async (w, context) => {
			const publishing = publish(w, { first: 0, count: 300, rate: 200, level: 'orange', expires: 3600 });
			await arrived(w, 50);
			const stopped = w.daemons[`${group}.a`];
			const at = Date.now();
			stopped.signal('SIGSTOP');
			context.diagnostic(`taken over after ${await takenOver(w, group, at)} ms`);
			await publishing;
			await arrived(w, 301);
			await settledRows(w);
			const before = await keysOf(w);
			const topics = await topicsOf(w);
			const messages = w.sink.messages().length;
			stopped.signal('SIGCONT');
			await stopped.waitText(/unit\.revoked/);
			if (bus === 'kafka')
				await owner(w, group, 'a');
			// It is alive, and asks again for what another owns.
			await t.waitFor(async () => (await w.client.call('CLIENT', 'LIST')).includes(`user=tocsin.${group}`), { what: 'its connection' });
			assert.deepEqual(newRecords(bus, topics, await topicsOf(w)), []);
			await settledRows(w);
			assert.deepEqual(differences(before, await keysOf(w)), []);
			assert.ok(w.sink.messages().length - messages <= 8, `${w.sink.messages().length - messages} more messages`);
			if (bus === 'redis')
				assert.equal(await owner(w, group), 'b');
			await send(w, 1000, 20);
		});
	}
}
