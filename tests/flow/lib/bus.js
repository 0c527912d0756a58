// bus.js - the bus of a test, for tests that are true on either: "redis" is the
// store itself, "kafka" a broker of the test's own, with the topics of the realm.
'use strict';

const t = require('./tocsin.js');

const BUSES = ['redis', 'kafka'];

// On Redis a topic is a stream of the store, `db()` its connection.
class RedisBus {
	constructor(redis, db) {
		this.kind = 'redis';
		this.url = 'redis:';
		this.redis = redis;
		this.db = db;
	}

	async init() {} // a stream is there with its first record

	// Position of the last record of each topic, or undefined: [topic…] -> {}.
	async last(topics) {
		const last = {};
		for (const topic of topics)
			last[topic] = (await this.db().call('XREVRANGE', `tocsin.${topic}.0`, '+', '-', 'COUNT', '1'))[0]?.[0];
		return last;
	}

	// Every record: [{position, k, v, headers}].
	records(topic) {
		return this.db().stream(`tocsin.${topic}.0`);
	}

	publish(topic, { k, v, headers = {} }) {
		const flat = Object.entries(headers).flatMap(([name, value]) => [`h.${name}`, value]);
		return this.db().call('XADD', `tocsin.${topic}.0`, '*', 'k', k, 'v', v, ...flat);
	}
}

class KafkaBus {
	constructor(kafka, db) {
		this.kind = 'kafka';
		this.url = kafka.url;
		this.kafka = kafka;
		this.db = db;
	}

	async init(config) {
		const { code, out, err } = await t.cli(['bus', 'init', '--replication', '1'], { config });
		if (code !== 0)
			throw new Error(`tocsin bus init: status ${code}\n${out}${err}`);
	}

	async last(topics) {
		const out = await this.kafka.kcatOrThrow(['-Q', ...topics.flatMap((topic) => ['-t', `tocsin.${topic}:0:-1`])]);
		const last = {};
		for (const [, topic, end] of out.matchAll(/^tocsin\.(\S+) \[0\] offset (\d+)$/gm))
			last[topic] = end === '0' ? undefined : String(end - 1);
		if (Object.keys(last).length !== topics.length)
			throw new Error(`kcat -Q says ${out}`);
		return last;
	}

	async records(topic) {
		return (await this.kafka.read(`tocsin.${topic}`))
			.map(({ offset, k, v, headers }) => ({ position: String(offset), k, v, headers }));
	}

	publish(topic, record) {
		return this.kafka.produce(`tocsin.${topic}`, record);
	}

	// Killed, and started again with its data.
	async restart() {
		await this.kafka.kill();
		await this.kafka.start();
	}
}

// `redis` is the store; `db()` gives the connection to it that is good now. Once
// there is a configuration with `conf(bus)`, call init(config).
async function startBus(kind, { redis, db }) {
	if (!BUSES.includes(kind))
		throw new Error(`there is no bus ${kind}`);
	return kind === 'kafka' ? new KafkaBus(await t.startKafka(), db) : new RedisBus(redis, db);
}

// The section of the configuration.
const conf = (bus) => ({ url: bus.url, partitions: 1 });

module.exports = { BUSES, startBus, conf };
