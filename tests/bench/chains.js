// chains.js - from a signal on the bus to a webhook: ours (a whole `tocsin run`),
// and the barest two programs of C with the same bytes on the same bus, store and
// sink, all of them running at once, each with topics of its own.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const t = require('../flow/lib/tocsin.js');
const { world } = require('../kill/world.js');
const { tools } = require('./lib.js');

// Lines of the sink's file from here on: it is long after a while.
class Reader {
	constructor(file) {
		this.file = file;
		this.at = fs.existsSync(file) ? fs.statSync(file).size : 0;
		this.rest = '';
	}

	next() {
		const fd = fs.openSync(this.file, 'a+');
		const bytes = Buffer.alloc(Math.max(0, fs.fstatSync(fd).size - this.at));
		this.at += fs.readSync(fd, bytes, 0, bytes.length, this.at);
		fs.closeSync(fd);
		const lines = (this.rest + bytes.toString('utf8')).split('\n');
		this.rest = lines.pop();
		return lines.map((line) => JSON.parse(line));
	}
}

class Chain {
	constructor(w, { name, realm, path: where, pids }) {
		Object.assign(this, { w, name, realm, where, pids });
	}

	// Signals at a rate: {us: from the bus to the sink, each; rate: as it was
	// published; late: us from the last one's publication to the last arrival}.
	async measure(count, rate) {
		const { w } = this;
		const reader = new Reader(w.sink.file);
		const first = w.zones = (w.zones ?? 0) + 100000;
		const program = new t.Program(path.join(tools, 'publish_signals'), [w.redis.address, 'default', w.redis.admin,
			String(first), String(count), String(rate), 'orange', '3600', w.bus.url, this.realm],
		{ file: path.join(w.dir, `published-${first}`) });
		const { code } = await program.ended;
		if (code !== 0)
			throw new Error(program.text());
		const sent = new Map(program.text().split('\n').slice(0, -1).map((line) => {
			const [zone, us] = line.split(' ');
			return [zone, Number(us)];
		}));
		const came = [];
		await t.waitFor(() => {
			came.push(...reader.next().filter((m) => m.path === this.where));
			return came.length >= count;
		}, { timeout: 120000, every: 100, what: `${count} messages of ${this.name}`, detail: () => w.run.text().slice(-2000) });
		const us = came.map((m) => m.at_us - sent.get(/<valueName>tocsin:zone<\/valueName>\s*<value>([^<]*)/.exec(m.body)[1]));
		const times = [...sent.values()].sort((a, b) => a - b);
		const last = times[times.length - 1];
		return {
			us, rate: (count - 1) / ((last - times[0]) / 1e6),
			late: Math.max(...came.map((m) => m.at_us)) - last,
		};
	}
}

// Beside the signal's own bytes, those that ours posts: twice as many.
async function bareRedis(w, port, message) {
	const { redis } = w;
	const two = (realm, more) => [`${realm}.`, `/${realm}`,
		[['relay', redis.socket, redis.admin, `${realm}.signals.0`, `${realm}.hop`, ...more],
			['post', redis.socket, redis.admin, `${realm}.hop`, port, `/${realm}`]]
			.map((args) => new t.Program(path.join(tools, 'bare_hop'), args))];
	return [['XREAD and XADD of what ours posts', ...two('same', [message])],
		['XREAD and XADD of the signal', ...two('bare', [])]];
}

async function bareKafka(w, port) {
	const { redis, bus: { kafka } } = w;
	const two = async (realm, more) => {
		await kafka.createTopics([`${realm}.signals`, `${realm}.hop`]);
		const hops = [[`${realm}.signals`, `${realm}.hop`, ...more], [`${realm}.hop`, 'post', port, `/${realm}`]]
			.map((args) => new t.Program(path.join(tools, 'bare_kafka'), [kafka.address, ...args]));
		for (const hop of hops)
			await hop.waitText(/ready/);
		return [`${realm}.`, `/${realm}`, hops];
	};
	return [['librdkafka alone', ...await two('bare', [])],
		['librdkafka and the same writes to the store', ...await two('store', [redis.socket, redis.admin])]];
}

// The file of a message that ours has posted.
async function posted(w, ours) {
	const reader = new Reader(w.sink.file);
	await ours.measure(1, 10);
	const file = path.join(w.dir, 'posted.xml');
	fs.writeFileSync(file, reader.next().find((m) => m.path === ours.where).body);
	return file;
}

// The world and its chains, ours first; `pids` of what works for each, without
// the collector.
async function chains(bus) {
	const w = await world({ bus, sinkArgs: ['--quiet'], informationOnly: true, isBench: true });
	const servers = { redis: w.redis.program.pid, ...(w.bus.kafka ? { kafka: w.bus.kafka.program.pid } : {}) };
	w.daemons = Object.fromEntries(['rules', 'dispatcher', 'journal'].map((name) => [name, w.pidOf(`tocsin-${name}`)]));
	w.collector = w.pidOf('tocsin-collector');
	const ours = new Chain(w, { name: 'ours', realm: 'tocsin.', path: '/astreinte', pids: { ...w.daemons, ...servers } });
	const bare = await (bus === 'kafka' ? bareKafka : bareRedis)(w, String(w.sink.http), await posted(w, ours));
	return {
		w, chains: [
			ours,
			...bare.map(([name, realm, where, hops]) => new Chain(w, {
				name, realm, path: where, pids: { 'first hop': hops[0].pid, 'second hop': hops[1].pid, ...servers },
			})),
		],
	};
}

module.exports = { chains };
