// kill.js - the kill test: every failpoint once, then random rounds. What the
// sink received is held against what was put in; the oracle is outside.
//
//   node kill.js [--bus redis|kafka] [--rounds N] [--seed S] [--only failpoints|rounds]
//                [--alerts N] [--point NAME]
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const t = require('../flow/lib/tocsin.js');
const { points } = require('./points.js');
const { world, publish } = require('./world.js');
const { judge } = require('./oracle.js');

const KILLABLE = ['tocsin-rules', 'tocsin-dispatcher', 'tocsin-journal'];
const WORK_WAIT_MS = 2000;

// mulberry32: the same seed gives the same rounds.
function random(seed) {
	let a = seed >>> 0;
	return () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let x = Math.imul(a ^ (a >>> 15), a | 1);
		x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
		return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
	};
}

function options(argv) {
	const o = { bus: 'redis', rounds: 20, seed: Date.now() % 1000000, only: '', alerts: 1000, point: '' };
	for (let i = 0; i < argv.length; i += 2) {
		const name = argv[i].replace(/^--/, '');
		if (!(name in o) || argv[i + 1] === undefined)
			throw new Error(`no option ${argv[i]}, or it has no value`);
		o[name] = typeof o[name] === 'number' ? Number(argv[i + 1]) : argv[i + 1];
	}
	return o;
}

// What the sink has once nothing moves any more. That it never comes to rest is a
// fault of this world, and no reason not to try the next.
async function rest(w, timeout) {
	let unrest;
	await w.settled(timeout).catch((error) => { unrest = error.message; });
	const verdict = await judge(w);
	if (unrest)
		verdict.faults.unshift(unrest);
	return verdict;
}

// One failpoint: the process that reaches it first dies there once, and is
// started again by `tocsin run`. The whole life of an alert passes by it.
async function onePoint(bus, point) {
	const once = path.join(t.tempDir(), 'once');
	const w = await world({ bus, feed: true, env: { TOCSIN_FAILPOINT: point, TOCSIN_FAILPOINT_ONCE: once } });
	await w.life();
	const verdict = await rest(w, 60000);
	if (!fs.existsSync(once))
		verdict.faults.push('the failpoint was never reached');
	await t.stopAll();
	return verdict;
}

// Kill when there is work in hand, waited for, but not for ever: which is counted.
async function killDaemon(w, name) {
	const pid = w.pidOf(name);
	if (pid === 0)
		return;
	const until = Date.now() + WORK_WAIT_MS;
	let inHand = await w.inHand();
	while (inHand === 0 && Date.now() < until) {
		await new Promise((resolve) => setTimeout(resolve, 5));
		inHand = await w.inHand();
	}
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		return; // another fault ended it meanwhile
	}
	w.kills.push({ name, inHand });
}

async function killServer(w, server) {
	w.kills.push({ name: server, inHand: await w.inHand() });
	await (server === 'redis' ? w.restartRedis() : w.bus.restart());
}

// The servers of a bus that are killed in some rounds, by the round's number.
const SERVERS = { redis: [null, 'redis'], kafka: [null, 'redis', null, 'kafka'] };

// One round: signals at a rate, daemons killed at random, a server in some.
async function oneRound(next, n, bus, number) {
	const w = await world({ bus });
	w.kills = [];
	const work = [
		publish(w, { first: 0, count: n, rate: 250, level: 'orange', expires: 3600 }),
		publish(w, { first: n, count: 20, rate: 20, level: 'orange', expires: 2 }),
	];
	let isOver = false;
	const publishing = Promise.all(work)
		.then(() => publish(w, { first: 0, count: Math.floor(n / 5), rate: 250, level: 'rouge', expires: 3600 }))
		.finally(() => { isOver = true; });
	let server = SERVERS[bus][(number - 1) % SERVERS[bus].length];
	while (!isOver || w.kills.length < 4) {
		await new Promise((resolve) => setTimeout(resolve, 150 + next() * 700));
		const name = KILLABLE[Math.floor(next() * KILLABLE.length)];
		if (server && w.kills.length >= 2) {
			await killServer(w, server);
			server = null;
		} else {
			await killDaemon(w, name);
		}
	}
	await publishing;
	const verdict = await rest(w, 120000);
	verdict.kills = w.kills.length;
	verdict.inHand = w.kills.filter((k) => k.inHand > 0).length;
	verdict.servers = w.kills.map((k) => k.name).filter((name) => !KILLABLE.includes(name));
	if (verdict.inHand === 0)
		verdict.faults.push('no kill met work in hand: this round proves nothing');
	await t.stopAll();
	return verdict;
}

function line(what, v) {
	const more = v.kills === undefined ? '' : ` kills=${v.kills} with-work-in-hand=${v.inHand}`
		+ (v.servers.length ? ` server=${v.servers}` : '');
	console.log(`${v.faults.length ? 'not ok' : 'ok'} ${what}: expected=${v.expected} received=${v.received}`
		+ ` lost=${v.lost} duplicates=${v.duplicates} expired=${v.expired}${more}`);
	for (const fault of v.faults.slice(0, 10))
		console.log(`  ${fault}`);
}

async function main() {
	const o = options(process.argv.slice(2));
	let passed = 0;
	let failed = 0;
	const tell = (what, verdict) => {
		line(what, verdict);
		verdict.faults.length ? failed++ : passed++;
	};
	if (o.only !== 'rounds') {
		for (const point of points(o.bus).filter((p) => p.includes(o.point)))
			tell(`failpoint ${point}`, await onePoint(o.bus, point));
	}
	if (o.only !== 'failpoints') {
		console.log(`# seed ${o.seed}`);
		const next = random(o.seed);
		for (let i = 1; i <= o.rounds; i++)
			tell(`round ${i}`, await oneRound(next, o.alerts, o.bus, i));
	}
	console.log(`# pass ${passed}\n# fail ${failed}\n# skipped 0`);
	process.exitCode = failed ? 1 : 0;
}

main().catch(async (error) => {
	console.error(error);
	await t.stopAll();
	process.exit(1);
});
