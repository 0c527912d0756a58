// pipeline.js - signal on the bus -> webhook at a rate, on each bus, beside the
// barest two hops; what each program runs for a signal, and its memory.
//
//   node pipeline.js [--bus redis|kafka] [COUNT] [RATE] [ROUNDS]
'use strict';

const t = require('../flow/lib/tocsin.js');
const { chains } = require('./chains.js');
const { percentile, median, cpuOf, quietMoment, privateDirtyMb, words, run } = require('./lib.js');

function print(bus, measured) {
	for (const [name, rounds] of measured) {
		const figures = [[0.5, 'p50'], [0.99, 'p99']].map(([p, word]) => {
			const us = rounds.map((round) => percentile(round.us, p));
			const ours = measured.get('ours').map((round) => percentile(round.us, p));
			const ratio = median(us.map((value, i) => ours[i] / value)).toFixed(2);
			const best = (Math.min(...ours) / Math.min(...us)).toFixed(2);
			return `${word} ${median(us)} us, best ${Math.min(...us)}` + (name === 'ours' ? '' : `, ours/it ${ratio}, of the best ${best}`);
		});
		console.log(`pipeline ${bus}, ${name}: ${figures.join('; ')}`);
	}
	for (const [name, rounds] of measured) {
		const parts = Object.keys(rounds[0].cpu)
			.map((part) => `${part} ${Math.round(median(rounds.map((round) => round.cpu[part] / round.us.length)))}`);
		console.log(`pipeline ${bus} CPU us a signal, ${name}: ${parts.join(', ')}`);
	}
}

function memory(w) {
	return Object.entries({ collector: w.collector, ...w.daemons })
		.map(([name, pid]) => `${name} ${privateDirtyMb(pid).toFixed(1)}`).join(', ');
}

async function measure(bus, count, rate, rounds) {
	const { w, chains: all } = await chains(bus);
	const idle = memory(w);
	const measured = new Map(all.map((chain) => [chain.name, []]));
	for (const chain of all)
		await chain.measure(2 * rate, rate); // warm
	for (let i = 0; i < rounds; i++) {
		for (const chain of all) {
			await quietMoment();
			const { result, cpu } = await cpuOf(chain.pids, () => chain.measure(count, rate));
			measured.get(chain.name).push({ ...result, cpu });
		}
	}
	print(bus, measured);
	console.log(`pipeline ${bus} memory MB, idle: ${idle}`);
	console.log(`pipeline ${bus} memory MB, after ${2 * rate + rounds * count} signals: ${memory(w)}`);
	await t.stopAll();
}

run(async () => {
	const { buses, numbers: [count, rate, rounds] } = words([200, 200, 10]);
	for (const bus of buses)
		await measure(bus, count, rate, rounds);
});
