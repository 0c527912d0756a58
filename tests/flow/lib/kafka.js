// kafka.js - a Kafka of the test's own: alone, with TLS and passwords, or three
// of them; what tests write to it and read back goes through kcat.
'use strict';

const { execFile } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const wire = require('./kafka_wire.js');
const { Program, top } = require('./program.js');
const { waitFor } = require('./wait.js');

// Why there is no Kafka, or false: for test(name, {skip: kafkaMissing()}, …).
function kafkaMissing(variable = 'TOCSIN_KAFKA_JARS') {
	const jars = process.env[variable];
	if (!jars)
		return `no Kafka: ${variable} is not set`;
	return fs.existsSync(jars) ? false : `no Kafka: there is no ${jars}`;
}

// Is there a Kafka? If not, the test whose context this is counts as skipped.
function kafkaOrSkip(context) {
	const reason = kafkaMissing();
	if (reason)
		context.skip(reason);
	return !reason;
}

// A port that stays free while its server is down: the kernel gives those above
// 32768 to outgoing connections, and a client that calls again and again would
// in time get the very port it calls.
async function stablePort() {
	for (;;) {
		const port = crypto.randomInt(10000, 32000);
		const server = net.createServer();
		const free = await new Promise((resolve) => {
			server.once('error', () => resolve(false));
			server.listen(port, '127.0.0.1', () => resolve(true));
		});
		if (!free)
			continue;
		await new Promise((resolve) => server.close(resolve));
		return port;
	}
}

function accepts(port) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1');
		socket.on('connect', () => { socket.destroy(); resolve(true); });
		socket.on('error', () => resolve(false));
	});
}

// kcat's -J leaves bytes above 127 as they are: read as latin1, every character
// is a byte, also where the bytes are not UTF-8.
function recordOf(line) {
	const json = JSON.parse(line);
	const bytes = (text) => (text === null ? null : Buffer.from(text, 'latin1'));
	const text = (latin1) => (latin1 === null ? null : bytes(latin1).toString('utf8'));
	const headers = {};
	for (let i = 0; i < (json.headers ?? []).length; i += 2)
		headers[text(json.headers[i])] = text(json.headers[i + 1]);
	return {
		topic: json.topic, partition: json.partition, offset: json.offset,
		k: text(json.key), v: text(json.payload), bytes: bytes(json.payload), headers,
	};
}

// What one broker and a cluster have in common: a client's view.
class Servers {
	// One kcat to its end, 20 s at most: {code, out, err}; `out` is latin1.
	kcat(args, { address = this.address, properties = {}, input = '' } = {}) {
		const all = ['-b', address, ...Object.entries(properties).flatMap(([k, v]) => ['-X', `${k}=${v}`]), ...args];
		return new Promise((resolve) => {
			const child = execFile('kcat', all,
				{ encoding: 'latin1', timeout: 20000, killSignal: 'SIGKILL', maxBuffer: 1 << 28 },
				(error, out, err) => resolve({ code: error ? error.code ?? -1 : 0, out, err }));
			child.stdin.on('error', () => {}); // it ended before it had read all
			child.stdin.end(input);
		});
	}

	async kcatOrThrow(args, options) {
		const { code, out, err } = await this.kcat(args, options);
		if (code !== 0)
			throw new Error(`kcat ${args.join(' ')}: status ${code}\n${err}`);
		return out;
	}

	// {brokers: [{id, name}], topics: [{topic, partitions: [{leader, …}]}]}
	async metadata(options) {
		return JSON.parse(await this.kcatOrThrow(['-L', '-J', '-m', '2'], options));
	}

	// Makes the topics, and waits until each partition has its leader.
	async createTopics(names, partitions = 1, configs = {}) {
		await wire.createTopics(this.portUp(), names, partitions, configs);
		await waitFor(async () => {
			const { topics } = await this.metadata();
			const ready = topics.filter((t) => names.includes(t.topic) && t.partitions.length === partitions &&
				t.partitions.every((p) => p.leader >= 0));
			return ready.length === names.length;
		}, { what: `the topics ${names.join(', ')}` });
	}

	// Every record of a topic as it is now, by partition and offset:
	// [{topic, partition, offset, k, v, bytes, headers}]; absent is null.
	async read(topic) {
		const out = await this.kcatOrThrow(['-C', '-t', topic, '-o', 'beginning', '-e', '-J', '-u', '-q',
			'-X', 'fetch.wait.max.ms=10']);
		return out.split('\n').slice(0, -1).map(recordOf)
			.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
	}

	// One record, stored by all replicas; `v` is text, bytes or, for a tombstone,
	// null; `partition` follows from the key as Tocsin has it, unless it is given.
	async produce(topic, { k, v, headers = {}, partition }) {
		// By stdin, as kcat sends no empty file; the delimiters occur in no record.
		const [mark, end] = [crypto.randomUUID(), crypto.randomUUID()];
		const input = Buffer.concat([Buffer.from(k === undefined ? '' : k + mark), Buffer.from(v ?? ''), Buffer.from(end)]);
		await this.kcatOrThrow(['-P', '-t', topic, '-K', mark, '-D', end, ...(v === null ? ['-Z'] : []),
			...(partition === undefined ? [] : ['-p', String(partition)]),
			...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]),
			'-X', 'topic.partitioner=murmur2_random', '-X', 'acks=all'], { input });
	}

	get url() {
		return `kafka://${this.address}`;
	}
}

// A broker in `dir`. Options: `user` opens a second port for TLS and passwords
// and makes that user; `settings` {key: value} of the broker; `node`, `voters`
// and ports are a cluster's business; `keep`: outlives stopAll(); `jars`: of
// another Kafka than the tests' own.
class Kafka extends Servers {
	constructor(dir, options = {}) {
		super();
		this.dir = dir;
		this.options = options;
		this.brokers = options.brokers ?? 1;
		this.port = options.port;
		this.controllerPort = options.controllerPort;
		fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
		if (options.user !== undefined) {
			this.user = options.user;
			this.password = crypto.randomBytes(16).toString('hex');
			this.passwordFile = path.join(dir, 'password');
			this.ca = path.join(dir, 'ca.pem'); // there once it has started
			fs.writeFileSync(this.passwordFile, this.password + '\n', { mode: 0o600 });
		}
	}

	// Start it, or start it again with its data and ports; it answers then.
	async start() {
		await this.launch();
		await this.waitReady();
		return this;
	}

	async launch() {
		this.port ??= await stablePort();
		this.controllerPort ??= await stablePort();
		const args = [this.dir, '--port', this.port, '--controller-port', this.controllerPort];
		if (this.options.voters)
			args.push('--node', this.options.node, '--voters', this.options.voters);
		if (this.user !== undefined) {
			this.securePort ??= await stablePort();
			args.push('--secure-port', this.securePort, '--user', `${this.user}=${this.passwordFile}`);
		}
		for (const [key, value] of Object.entries(this.options.settings ?? {}))
			args.push('--set', `${key}=${value}`);
		// A broker that cannot reach a quorum any more does not end by TERM.
		this.program = new Program(path.join(top, 'tests', 'kafka', 'kafkad'), args.map(String),
			{ endSignal: 'SIGKILL', keep: this.options.keep, env: this.options.jars ? { TOCSIN_KAFKA_JARS: this.options.jars } : {} });
	}

	// Until it lists itself and its cluster, each of them alive. kcat gives a port
	// that refuses it a whole second, so it is asked only when one accepts.
	async waitReady() {
		await waitFor(async () => {
			if (this.program.exit)
				throw new Error(`kafkad ended:\n${this.program.text()}${this.log()}`);
			if (!await accepts(this.port))
				return false;
			const { code, out } = await this.kcat(['-L', '-J', '-m', '1']);
			const brokers = code === 0 ? JSON.parse(out).brokers : [];
			return brokers.length >= this.brokers && brokers.some((broker) => broker.name === this.address);
		}, { timeout: 60000, what: 'Kafka to answer', detail: () => this.log() });
	}

	log() {
		const file = path.join(this.dir, 'log');
		return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').slice(-4000) : '';
	}

	portUp() {
		return this.port;
	}

	get address() {
		return `127.0.0.1:${this.port}`;
	}

	get secureAddress() {
		return `127.0.0.1:${this.securePort}`;
	}

	get secureUrl() {
		return `kafka://${this.secureAddress}`;
	}

	// What a client of the secure port needs, by librdkafka's names; SCRAM-SHA-512
	// is the other mechanism, from librdkafka 2.6.1 on.
	secureProperties({ password = this.password, mechanism = 'PLAIN' } = {}) {
		return {
			'security.protocol': 'SASL_SSL', 'sasl.mechanism': mechanism, 'ssl.ca.location': this.ca,
			'sasl.username': this.user, 'sasl.password': password,
		};
	}

	signal(name) {
		this.program.signal(name);
	}

	kill() {
		return this.program.kill('SIGKILL');
	}

	stop() {
		return this.program.kill('SIGTERM');
	}
}

// `n` brokers that are controllers too, in folders of `dir`; every topic is on
// three of them. nodes[i] is a Kafka: kill() one, start() it again.
class KafkaCluster extends Servers {
	constructor(dir, n = 3, options = {}) {
		super();
		this.dir = dir;
		this.n = n;
		this.options = options;
	}

	async start() {
		const ports = new Set();
		while (ports.size < 2 * this.n)
			ports.add(await stablePort());
		const [...all] = ports;
		const voters = all.slice(this.n).map((port, i) => `${i + 1}@127.0.0.1:${port}`).join(',');
		this.nodes = all.slice(0, this.n).map((port, i) => new Kafka(path.join(this.dir, `node-${i + 1}`),
			{ ...this.options, node: i + 1, voters, port, controllerPort: all[this.n + i] }));
		await Promise.all(this.nodes.map((node) => node.launch()));
		for (const node of this.nodes) {
			node.brokers = this.n;
			await node.waitReady();
			node.brokers = 1; // another one may be down when it starts again
		}
		return this;
	}

	portUp() {
		return this.nodes.find((node) => !node.program.exit).port;
	}

	get address() {
		return this.nodes.map((node) => node.address).join(',');
	}

	stop() {
		return Promise.all(this.nodes.map((node) => node.kill()));
	}
}

module.exports = { Kafka, KafkaCluster, kafkaMissing, kafkaOrSkip, stablePort };
