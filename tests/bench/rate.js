// rate.js - the highest rate of signals that is sustained from the bus to the
// webhook, on each bus, beside the barest two hops: doubled until it is too
// much, then closed in on.
//
//   node rate.js [--bus redis|kafka] [SECONDS] [FIRST-RATE]
//
// A rate is sustained when it could be published, half of the signals arrived
// within 250 ms, and the last within 1 s.
'use strict';

const t = require('../flow/lib/tocsin.js');
const { chains } = require('./chains.js');
const { percentile, words, run } = require('./lib.js');

const CLOSER = 3; // halvings once a rate was too much

async function isSustained(chain, rate, seconds) {
	const { us, rate: published, late } = await chain.measure(Math.round(rate * seconds), rate);
	const p50 = percentile(us, 0.5);
	const isGood = published >= 0.95 * rate && p50 < 250000 && late < 1000000;
	console.log(`  ${chain.name} ${Math.round(rate)}/s: published ${Math.round(published)}/s, p50 ${p50} us, ` +
		`last after ${late} us${isGood ? '' : ', too much'}`);
	return isGood;
}

async function highest(chain, seconds, first) {
	let good = 0;
	let bad = first;
	while (await isSustained(chain, bad, seconds)) {
		good = bad;
		bad *= 2;
	}
	for (let i = 0; i < CLOSER; i++) {
		const rate = (good + bad) / 2;
		if (await isSustained(chain, rate, seconds))
			good = rate;
		else
			bad = rate;
	}
	return good;
}

run(async () => {
	const { buses, numbers: [seconds, first] } = words([3, 200]);
	for (const bus of buses) {
		const { chains: all } = await chains(bus);
		for (const chain of all)
			console.log(`rate ${bus}, ${chain.name}: ${Math.round(await highest(chain, seconds, first))}/s`);
		await t.stopAll();
	}
});
