// kill.js - the kill test: every failpoint once, then random rounds. What the
// sink received is held against what was put in; the oracle is outside.
//
//   node kill.js [--rounds N] [--seed S] [--only failpoints|rounds] [--alerts N]
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const t = require('../flow/lib/tocsin.js');
const { points } = require('./points.js');
const { world, publish } = require('./world.js');
const { judge } = require('./oracle.js');

const KILLABLE = ['tocsin-rules', 'tocsin-dispatcher', 'tocsin-journal'];

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
	const o = { rounds: 20, seed: Date.now() % 1000000, only: '', alerts: 1000, point: '' };
	for (let i = 0; i < argv.length; i += 2) {
		const name = argv[i].replace(/^--/, '');
		if (!(name in o) || argv[i + 1] === undefined)
			throw new Error(`no option ${argv[i]}, or it has no value`);
		o[name] = typeof o[name] === 'number' ? Number(argv[i + 1]) : argv[i + 1];
	}
	return o;
}

// One failpoint: the process that reaches it first dies there once, and is
// started again by `tocsin run`. The whole life of an alert passes by it.
async function onePoint(point) {
	const once = path.join(t.tempDir(), 'once');
	const w = await world({ feed: true, env: { TOCSIN_FAILPOINT: point, TOCSIN_FAILPOINT_ONCE: once } });
	await w.life();
	await w.settled();
	const verdict = await judge(w);
	if (!fs.existsSync(once))
		verdict.faults.push('the failpoint was never reached');
	await t.stopAll();
	return verdict;
}

// One round: signals at a rate, daemons killed at random, Redis in some.
async function oneRound(next, n, withRedis) {
	const w = await world({});
	const kills = [];
	const work = [
		publish(w, { first: 0, count: n, rate: 250, level: 'orange', expires: 3600 }),
		publish(w, { first: n, count: 20, rate: 20, level: 'orange', expires: 2 }),
	];
	let isOver = false;
	const publishing = Promise.all(work)
		.then(() => publish(w, { first: 0, count: Math.floor(n / 5), rate: 250, level: 'rouge', expires: 3600 }))
		.finally(() => { isOver = true; });
	let redisLeft = withRedis ? 1 : 0;
	while (!isOver || kills.length < 4) {
		await new Promise((resolve) => setTimeout(resolve, 150 + next() * 700));
		const name = KILLABLE[Math.floor(next() * KILLABLE.length)];
		const inHand = await w.inHand();
		if (redisLeft > 0 && kills.length >= 2) {
			redisLeft--;
			await w.restartRedis();
			kills.push({ name: 'redis', inHand });
		} else if (await w.killDaemon(name)) {
			kills.push({ name, inHand });
		}
	}
	await publishing;
	await w.settled(120000);
	const verdict = await judge(w);
	verdict.kills = kills.length;
	verdict.inHand = kills.filter((k) => k.inHand > 0).length;
	if (verdict.inHand === 0)
		verdict.faults.push('no kill met work in hand: this round proves nothing');
	await t.stopAll();
	return verdict;
}

function line(what, v) {
	const more = v.kills === undefined ? '' : ` kills=${v.kills} with-work-in-hand=${v.inHand}`;
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
		for (const point of points().filter((p) => p.includes(o.point)))
			tell(`failpoint ${point}`, await onePoint(point));
	}
	if (o.only !== 'failpoints') {
		console.log(`# seed ${o.seed}`);
		const next = random(o.seed);
		for (let i = 1; i <= o.rounds; i++)
			tell(`round ${i}`, await oneRound(next, o.alerts, i % 2 === 0));
	}
	console.log(`# pass ${passed}\n# fail ${failed}\n# skipped 0`);
	process.exitCode = failed ? 1 : 0;
}

main().catch(async (error) => {
	console.error(error);
	await t.stopAll();
	process.exit(1);
});
