// pipeline.js - signal on the bus -> webhook at a rate, ours and the barest
// two hops of C with the same bytes on the same Redis and the same sink.
//
//   node pipeline.js [COUNT] [RATE]
'use strict';

const path = require('node:path');
const t = require('../flow/lib/tocsin.js');
const { world } = require('../kill/world.js');

const tools = path.join(t.bin, '..', 'bench');

function percentile(values, p) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

// Publish and give, per zone, the time from the bus to the sink in us.
async function measure(w, count, rate, isOurs) {
	const before = w.sink.messages().length;
	const program = new t.Program(path.join(tools, 'publish_signals'),
		[w.redis.address, 'default', w.redis.admin, String(before * 10), String(count), String(rate), 'orange', '3600']);
	await program.ended;
	const sent = new Map(program.out.split('\n').slice(0, -1).map((line) => {
		const [zone, us] = line.split(' ');
		return [zone, Number(us)];
	}));
	const mine = () => w.sink.messages().slice(before).filter((m) => m.path.endsWith(isOurs ? '/astreinte' : '/bare'));
	await t.waitFor(() => mine().length >= count, { timeout: 60000, every: 200, what: 'all messages' });
	return mine().map((m) => {
		const zone = /<valueName>tocsin:zone<\/valueName>\s*<value>([^<]*)/.exec(m.body)[1];
		return m.at_us - sent.get(zone);
	});
}

async function main() {
	const count = Number(process.argv[2] ?? 2000);
	const rate = Number(process.argv[3] ?? 200);
	const w = await world({ sinkArgs: ['--quiet'], informationOnly: true });
	await measure(w, 100, rate, true); // warm
	const ours = await measure(w, count, rate, true);
	await w.run.kill('SIGTERM');
	const { redis } = w;
	const [last] = await w.client.call('XREVRANGE', 'tocsin.signals.0', '+', '-', 'COUNT', '1');
	const hops = [
		new t.Program(path.join(tools, 'bare_hop'), ['relay', redis.socket, redis.admin, 'tocsin.signals.0', 'bench.hop']),
		new t.Program(path.join(tools, 'bare_hop'), ['post', redis.socket, redis.admin, 'bench.hop', String(w.sink.http), '/bare']),
	];
	// They read from the beginning: what is there already is their warm-up.
	await t.waitFor(async () => w.sink.messages().filter((m) => m.path === '/bare').length >= count + 100 && last,
		{ timeout: 60000, every: 200, what: 'the bare hops to catch up' });
	const bare = await measure(w, count, rate, false);
	for (const hop of hops)
		await hop.kill('SIGKILL');
	for (const [name, p] of [['p50', 0.5], ['p99', 0.99]]) {
		const a = percentile(ours, p);
		const b = percentile(bare, p);
		console.log(`pipeline ${name} ${a} us, bare two hops ${name} ${b} us, ratio ${(a / b).toFixed(2)}`);
	}
	await t.stopAll();
}

main().catch(async (error) => {
	console.error(error);
	await t.stopAll();
	process.exit(1);
});
