// Two instances of a daemon at once: one owner; the other takes over when the
// first is killed or stopped; one that goes on after a stop changes nothing.
'use strict';

const assert = require('node:assert');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');
const { world, publish } = require('../kill/world.js');

afterEach(t.stopAll);

const GROUPS = { rules: 'tocsin-rules', dispatcher: 'tocsin-dispatcher' };

// The users of the realm are made by a run, which then ends; the daemons are
// started here, two of those under test.
async function pair(group) {
	const w = await world({ informationOnly: true });
	await w.run.kill('SIGTERM');
	const daemons = {};
	for (const [name, program] of Object.entries(GROUPS)) {
		for (const instance of name === group ? ['a', 'b'] : ['only']) {
			daemons[`${name}.${instance}`] = t.startDaemon(program, { config: w.config, args: ['--instance', instance] });
			if (instance === 'a')
				await owner(w, name, 'a');
		}
	}
	w.daemons = daemons;
	await owner(w, 'rules');
	await owner(w, 'dispatcher');
	return w;
}

// Wait until `instance` (or anyone) holds the lease of the group.
function owner(w, group, instance = '') {
	return t.waitFor(async () => {
		const held = await w.client.call('GET', `tocsin.lease:${group}:0`);
		return held && held.startsWith(instance) ? held.split('/')[0] : false;
	}, { timeout: 10000, what: `${instance || 'an instance'} to own ${group}` });
}

const arrived = (w, n) => t.waitFor(() => new Set(w.sink.messages().map((m) => m.key)).size >= n,
	{ timeout: 20000, what: `${n} messages`, detail: () => Object.values(w.daemons).map((d) => d.text().slice(-1500)).join('\n') });

const settledRows = (w) => t.waitFor(async () =>
	!Object.values(await w.client.hash('tocsin.ledger:rows')).some((row) => /"state":"(QUEUED|SENDING|WAITING)"/.test(row)),
{ timeout: 20000, what: 'no delivery to wait' });

// Everything but leases, which are renewed, and what nobody reads here.
async function picture(w) {
	const all = await w.client.dump('tocsin.');
	for (const key of Object.keys(all)) {
		if (key.startsWith('tocsin.lease:'))
			delete all[key];
	}
	return all;
}

for (const group of Object.keys(GROUPS)) {
	test(`${group}: of two instances one owns, the other takes over within 7 s of a kill`, async () => {
		const w = await pair(group);
		await publish(w, { first: 0, count: 20, rate: 200, level: 'orange', expires: 3600 });
		await arrived(w, 20);
		assert.equal(await owner(w, group), 'a');
		const killed = Date.now();
		await w.daemons[`${group}.a`].kill('SIGKILL');
		await publish(w, { first: 100, count: 20, rate: 200, level: 'orange', expires: 3600 });
		assert.equal(await owner(w, group, 'b'), 'b');
		assert.ok(Date.now() - killed <= 7000, `${Date.now() - killed} ms`);
		await arrived(w, 40);
		// The first instance comes back: the owner stays.
		w.daemons[`${group}.a`] = t.startDaemon(GROUPS[group], { config: w.config, args: ['--instance', 'a'] });
		await publish(w, { first: 200, count: 20, rate: 200, level: 'orange', expires: 3600 });
		await arrived(w, 60);
		assert.equal(await owner(w, group), 'b');
	});

	test(`${group}: a restarted instance goes on at once`, async () => {
		const w = await pair(group);
		await w.daemons[`${group}.b`].kill('SIGTERM');
		await w.daemons[`${group}.a`].kill('SIGKILL');
		const start = Date.now();
		w.daemons[`${group}.a`] = t.startDaemon(GROUPS[group], { config: w.config, args: ['--instance', 'a'] });
		await publish(w, { first: 0, count: 1, rate: 200, level: 'orange', expires: 3600 });
		await arrived(w, 1);
		assert.ok(Date.now() - start < 4000, `${Date.now() - start} ms`);
	});

	test(`${group}: one that was stopped and goes on changes no key and no stream`, async () => {
		const w = await pair(group);
		const publishing = publish(w, { first: 0, count: 300, rate: 200, level: 'orange', expires: 3600 });
		await arrived(w, 50);
		const stopped = w.daemons[`${group}.a`];
		const at = Date.now();
		stopped.signal('SIGSTOP');
		assert.equal(await owner(w, group, 'b'), 'b');
		assert.ok(Date.now() - at <= 7000, `${Date.now() - at} ms`);
		await publishing;
		await arrived(w, 300);
		await settledRows(w);
		const before = await picture(w);
		const messages = w.sink.messages().length;
		stopped.signal('SIGCONT');
		await stopped.waitText(/unit\.revoked/);
		// It is alive, and asks again for what another owns.
		await t.waitFor(async () => (await w.client.call('CLIENT', 'LIST')).includes(`user=tocsin.${group}`), { what: 'its connection' });
		assert.deepEqual(await picture(w), before);
		assert.ok(w.sink.messages().length - messages <= 8, `${w.sink.messages().length - messages} more messages`);
		assert.equal(await owner(w, group), 'b');
	});
}
