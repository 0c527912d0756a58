// episode.js - an episode played by `tocsin replay` with the real daemons, on a
// Redis of its own and, if asked, with a Kafka as its bus.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const t = require('./tocsin.js');

// The buses: whether there is one, how replay is told, what is on a topic, and
// what of the real realm is not in the store.
const buses = {
	redis: {
		skip: false,
		start: async (s) => ({
			words: [],
			read: (topic) => s.client.stream(`${topic}.0`),
			topics: async () => [],
			real: async () => [],
		}),
	},
	kafka: {
		skip: t.kafkaMissing(),
		start: async () => {
			const kafka = await t.startKafka();
			await kafka.createTopics(['tocsin.signals', 'tocsin.alerts']);
			await kafka.produce('tocsin.signals', { k: '62', v: '<alert/>', headers: { id: 'sidpc62.planted' } });
			return {
				words: ['--bus', kafka.url],
				read: (topic) => kafka.read(topic),
				topics: async () => (await kafka.metadata()).topics.map((one) => one.topic),
				real: async () => [await kafka.read('tocsin.signals'), await kafka.read('tocsin.alerts')],
			};
		},
	},
};

// One value of a CAP document.
const param = (cap, name) => new RegExp(`<valueName>${name}</valueName>\\s*<value>([^<]*)</value>`).exec(cap)?.[1];

class Theatre {
	constructor(name) {
		this.name = name;
		this.realm = `x-${name}.`;
		this.dir = t.tempDir();
		this.folder = path.join(this.dir, 'state', `x-${name}`);
	}

	async open(bus) {
		this.redis = await t.startRedis();
		this.client = await t.connect(this.redis);
		this.bus = await bus.start(this);
		return this;
	}

	get words() {
		return ['--store', this.redis.address, '--admin', this.redis.admin, '--secrets', path.join(this.dir, 'secrets'),
			'--state', path.join(this.dir, 'state'), ...this.bus.words];
	}

	// Of the programs that look at the realm afterwards.
	get journal() {
		return ['--store', this.redis.address, '--secrets', path.join(this.dir, 'secrets'), '--state', this.folder, ...this.bus.words];
	}

	async play(...args) {
		const program = new t.Program(path.join(t.bin, 'tocsin'), ['replay', this.name, ...args, ...this.words]);
		const start = Date.now();
		const exit = await program.waitEnd({ timeout: 300000 });
		return { ...exit, text: program.text(), took_ms: Date.now() - start };
	}

	// Records of a topic of the realm.
	read(topic) {
		return this.bus.read(`${this.realm}${topic}`);
	}

	async count(topic) {
		return (await this.read(topic)).length;
	}

	// The sink's messages of the last play.
	messages() {
		const file = path.join(this.folder, 'messages.jsonl');
		return fs.readFileSync(file, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
	}
}


module.exports = { buses, param, open: (name, bus) => new Theatre(name).open(bus) };
