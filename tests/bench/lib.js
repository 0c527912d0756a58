// lib.js - what the benches share: percentiles, the time that processes had on
// a core, their memory, and the servers of a bus.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const t = require('../flow/lib/tocsin.js');

const tools = path.join(t.bin, '..', 'bench');

function percentile(values, p) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

function median(values) {
	return percentile(values, 0.5);
}

// Nanoseconds that all threads of a process have run, user and system.
function cpuNs(pid) {
	return fs.readdirSync(`/proc/${pid}/task`).reduce((sum, task) =>
		sum + Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0);
}

// {name: pid} -> what each of them ran while `work` was done, in us.
async function cpuOf(pids, work) {
	const read = () => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuNs(pid)]));
	const before = read();
	const result = await work();
	const after = read();
	return { result, cpu: Object.fromEntries(Object.keys(pids).map((name) => [name, (after[name] - before[name]) / 1000])) };
}

// Time of all cores so far, and how much of it was nobody's.
function coreTime() {
	const ticks = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
	return { all: ticks.reduce((sum, n) => sum + n, 0), idle: ticks[3] + ticks[4] };
}

// A moment in which the machine has little else to do, or the end of a bounded
// wait for one: what others do falls on both sides of a ratio, but not alike.
async function quietMoment({ timeout = 3000 } = {}) {
	const end = Date.now() + timeout;
	while (Date.now() < end) {
		const before = coreTime();
		await new Promise((resolve) => setTimeout(resolve, 250));
		const after = coreTime();
		if (after.idle - before.idle > 0.6 * (after.all - before.all))
			return;
	}
}

// Memory that is this process' alone and written to, in MB.
function privateDirtyMb(pid) {
	const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	return Number(/^Private_Dirty:\s+(\d+)/m.exec(text)[1]) / 1024;
}

// The words of a bench: numbers in order, and which buses. A Kafka that is not
// there is said, and not measured.
function words(defaults) {
	const argv = process.argv.slice(2);
	const at = argv.indexOf('--bus');
	let buses = ['redis', 'kafka'];
	if (at >= 0)
		buses = argv.splice(at, 2).slice(1);
	if (!buses.every((bus) => ['redis', 'kafka'].includes(bus)))
		throw new Error('--bus: redis or kafka');
	if (buses.includes('kafka') && t.kafkaMissing()) {
		console.log(`kafka skipped: ${t.kafkaMissing()}`);
		buses = buses.filter((bus) => bus !== 'kafka');
	}
	return { buses, numbers: defaults.map((value, i) => Number(argv[i] ?? value)) };
}

// Ends with everything that was started, however it ends.
function run(main) {
	main().then(() => t.stopAll(), async (error) => {
		console.error(error);
		await t.stopAll();
		process.exit(1);
	});
}

module.exports = { tools, percentile, median, cpuOf, quietMoment, privateDirtyMb, words, run };
