// hop.js - one hop and two hops on each bus at a rate: ours (a member that
// commits a step), and the barest programs of C with the same bytes on the same
// servers, taken in turn. The ends of each chain are the same plain clients.
//
//   node hop.js [--bus redis|kafka] [COUNT] [RATE] [ROUNDS]
'use strict';

const path = require('node:path');
const t = require('../flow/lib/tocsin.js');
const { tools, percentile, median, cpuOf, quietMoment, words, run } = require('./lib.js');

const topics = ['signals', 'proposals', 'alerts'];
const pairs = [['signals', 'proposals'], ['proposals', 'alerts']];

async function ready(program) {
	await program.waitText(/ready/, { timeout: 60000 });
	return program;
}

// Each chain: its topics as the bus has them, and its two programs.
const chains = {
	async redis({ redis }) {
		const ours = pairs.map(([from, to]) => ready(new t.Program(path.join(tools, 'hop'),
			[redis.address, redis.admin, 'redis:', from, from, to])));
		const bare = pairs.map(([from, to]) => new t.Program(path.join(tools, 'bare_hop'),
			['relay', redis.socket, redis.admin, `bare.${from}.0`, `bare.${to}.0`]));
		return {
			ours: { topics: topics.map((name) => `tocsin.${name}.0`), programs: await Promise.all(ours) },
			'XREAD and XADD': { topics: topics.map((name) => `bare.${name}.0`), programs: bare },
		};
	},
	async kafka({ redis, kafka }) {
		for (const realm of ['tocsin', 'bare', 'store'])
			await kafka.createTopics(topics.map((name) => `${realm}.${name}`));
		const ours = pairs.map(([from, to]) => ready(new t.Program(path.join(tools, 'hop'),
			[redis.address, redis.admin, kafka.url, from, from, to])));
		const bare = (realm, more) => Promise.all(pairs.map(([from, to]) => ready(new t.Program(path.join(tools, 'bare_kafka'),
			[kafka.address, `${realm}.${from}`, `${realm}.${to}`, ...more]))));
		const of = (realm) => topics.map((name) => `${realm}.${name}`);
		return {
			ours: { topics: of('tocsin'), programs: await Promise.all(ours) },
			'librdkafka alone': { topics: of('bare'), programs: await bare('bare', []) },
			'librdkafka and the same writes to the store':
				{ topics: of('store'), programs: await bare('store', [redis.socket, redis.admin]) },
		};
	},
};

// One run through a chain: per record, us to its arrival from each topic.
async function through(bus, { redis, kafka }, chain, count, rate) {
	const where = bus === 'kafka' ? ['kafka', kafka.address, '-'] : ['redis', redis.socket, redis.admin];
	const ends = new t.Program(path.join(tools, 'hop_ends'), [...where, String(count), String(rate), ...chain.topics]);
	await ends.ended;
	if (ends.exit.code !== 0)
		throw new Error(ends.text() + chain.programs.map((program) => program.text()).join(''));
	return ends.out.trim().split('\n').map((line) => line.split(' ').map(Number));
}

function pidsOf(chain, { redis, kafka }) {
	return {
		'first hop': chain.programs[0].pid, 'second hop': chain.programs[1].pid, redis: redis.program.pid,
		...(kafka ? { kafka: kafka.program.pid } : {}),
	};
}

const ways = [['published', 0, null], ['one hop', 1, null], ['two hops', 2, null], ['a hop alone', 1, 0]];

// Each way's percentile in us, in each round.
function perRound(rounds, [, to, from], p) {
	return rounds.map(({ records }) => percentile(records.map((us) => us[to] - (from === null ? 0 : us[from])), p));
}

// The quietest round and the median of all; a ratio is the median of two runs in
// turn, and that of the quietest of each.
function print(bus, measured) {
	for (const way of ways) {
		for (const [chain, rounds] of Object.entries(measured)) {
			const figures = [[0.5, 'p50'], [0.99, 'p99']].map(([p, name]) => {
				const us = perRound(rounds, way, p);
				const ours = perRound(measured.ours, way, p);
				const ratio = median(us.map((value, i) => ours[i] / value)).toFixed(2);
				const best = (Math.min(...ours) / Math.min(...us)).toFixed(2);
				return `${name} ${median(us)} us, best ${Math.min(...us)}` +
					(chain === 'ours' ? '' : `, ours/it ${ratio}, of the best ${best}`);
			});
			console.log(`hop ${bus} ${way[0]}, ${chain}: ${figures.join('; ')}`);
		}
	}
	for (const [chain, rounds] of Object.entries(measured)) {
		const parts = Object.keys(rounds[0].cpu)
			.map((name) => `${name} ${Math.round(median(rounds.map((round) => round.cpu[name] / round.records.length)))}`);
		console.log(`hop ${bus} CPU us a record, ${chain}: ${parts.join(', ')}`);
	}
}

async function measure(bus, count, rate, rounds) {
	const servers = { redis: await t.startRedis(), kafka: bus === 'kafka' ? await t.startKafka() : undefined };
	const all = await chains[bus](servers);
	const measured = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
	for (const chain of Object.values(all))
		await through(bus, servers, chain, 2 * rate, rate); // warm
	for (let i = 0; i < rounds; i++) {
		for (const [name, chain] of Object.entries(all)) {
			await quietMoment();
			const { result, cpu } = await cpuOf(pidsOf(chain, servers), () => through(bus, servers, chain, count, rate));
			measured[name].push({ records: result, cpu });
		}
	}
	print(bus, measured);
	await t.stopAll();
}

run(async () => {
	const { buses, numbers: [count, rate, rounds] } = words([200, 200, 10]);
	for (const bus of buses)
		await measure(bus, count, rate, rounds);
});
