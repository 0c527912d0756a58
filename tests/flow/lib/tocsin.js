// tocsin.js - what a flow test starts: Redis, the sink, `tocsin run`, the CLI.
// Everything lives in temporary folders and ends with stopAll().
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { confText } = require('./config.js');
const { Dovecot, dovecotMissing } = require('./dovecot.js');
const { Feed } = require('./feed.js');
const { Kafka, KafkaCluster, kafkaMissing, kafkaOrSkip } = require('./kafka.js');
const { Program, stopPrograms, bin, top } = require('./program.js');
const { Redis } = require('./redis.js');
const { signal } = require('./signal.js');
const { issued, vigicrues } = require('./vigicrues.js');
const { waitFor } = require('./wait.js');

const feeds = new Set();
const clients = new Set();
const folders = new Map(); // name: is it kept by stopAll()?

function tempDir({ keep = false } = {}) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-'));
	folders.set(dir, keep);
	return dir;
}

async function freePort() {
	const server = net.createServer();
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

function startRedis(settings = {}, dir = path.join(tempDir(), 'redis')) {
	return new Redis(dir, settings).start();
}

// One broker; starting takes seconds. A file that shares one between its tests
// gives {keep: true}, and test.after(stopKept) ends it.
function startKafka(options = {}, dir = path.join(tempDir(options), 'kafka')) {
	return new Kafka(dir, options).start();
}

// One broker with a second port for TLS and passwords: secureUrl, ca, user,
// password, passwordFile, secureProperties().
function startSecureKafka(options = {}) {
	return startKafka({ user: 'tocsin', ...options });
}

function startKafkaCluster(n = 3, options = {}) {
	return new KafkaCluster(path.join(tempDir(options), 'kafka'), n, options).start();
}

// A connection that stopAll() closes.
async function connect(redis, user, password) {
	const client = await redis.connect(user, password);
	clients.add(client);
	return client;
}

// A mail server with the certificate of `certs`, as makeCerts() has them.
function startDovecot(certs, dir = tempDir()) {
	return new Dovecot(dir).start(certs);
}

async function startFeed() {
	const feed = await new Feed().start();
	feeds.add(feed);
	return feed;
}

// `tocsin sink`: listens for SMTP and HTTP; messages() is what it has kept.
async function startSink(dir = tempDir(), args = []) {
	const smtp = await freePort();
	const http = await freePort();
	const file = path.join(dir, 'messages.jsonl');
	const secret = path.join(dir, 'sink.whsec');
	fs.writeFileSync(secret, `whsec_${Buffer.from('une clef pour les essais seuls !').toString('base64')}\n`, { mode: 0o600 });
	const program = new Program(path.join(bin, 'tocsin'), ['sink', '--smtp', String(smtp), '--http', String(http),
		'--file', file, '--secret-file', secret, ...args]);
	const sink = {
		smtp, http, file, secret, program,
		url: `http://127.0.0.1:${http}/`,
		messages: () => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')
			.split('\n').slice(0, -1).map((line) => JSON.parse(line)),
		// Wait for the first message, from number `after` on, that `is` accepts.
		wait: (is, { after = 0, timeout, what = 'a message at the sink' } = {}) =>
			waitFor(() => sink.messages().slice(after).find(is),
				{ timeout, what, detail: () => JSON.stringify(sink.messages(), null, 1).slice(-4000) }),
		stop: () => program.kill('SIGTERM'),
	};
	await waitFor(() => listens(http, program), { what: 'the sink to listen' });
	return sink;
}

function listens(port, program) {
	if (program.exit)
		throw new Error(`${program.name} ended:\n${program.text()}`);
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1');
		socket.on('connect', () => { socket.destroy(); resolve(true); });
		socket.on('error', () => resolve(false));
	});
}

// The configuration of most tests: one feed, one contact, both channels. Each
// section may be given anew; `parts` are merged key by key.
function makeConfig({ dir, redis, feed, sink, parts = {} }) {
	const conf = {
		observatory: {
			name: 'sidpc62', sender: 'sidpc62@prefecture.example', title: 'SIDPC du Pas-de-Calais',
			departements: ['62'], timezone: 'Europe/Paris', live: false,
		},
		store: { address: redis.address, secrets: path.join(dir, 'secrets'), admin: redis.admin },
		bus: { url: 'redis:', partitions: 1 },
		paths: {
			rules: path.join(top, 'config', 'default', 'rules.d'), lists: path.join(top, 'config', 'default', 'lists.d'),
			documents: path.join(dir, 'documents'), journal: path.join(dir, 'journal'),
		},
		feed: { vigicrues: { driver: 'vigicrues', url: feed.url, every: '1 s' } },
		channel: {},
		contact: {},
	};
	if (sink) {
		conf.channel = { email: { relay: `127.0.0.1:${sink.smtp}`, from: 'tocsin@prefecture.example' }, webhook: { secret_file: sink.secret } };
		conf.contact.astreinte = {
			function: "agent d'astreinte", audiences: ['sidpc', 'communes'], departements: ['62'],
			email: 'astreinte@prefecture.example', webhook: `${sink.url}astreinte`,
		};
	}
	for (const [name, keys] of Object.entries(parts))
		conf[name] = { ...conf[name], ...keys };
	return conf;
}

function writeConfig(dir, conf) {
	const file = path.join(dir, 'tocsin.conf');
	fs.mkdirSync(dir, { recursive: true });
	fs.writeFileSync(file, confText(conf));
	return file;
}

// `tocsin run` on a configuration file.
function startRun({ config, realm, args = [], env = {}, file }) {
	const words = ['run', '--config', config, ...(realm ? ['--realm', realm] : []), ...args];
	const program = new Program(path.join(bin, 'tocsin'), words, { env, file });
	program.stop = () => program.kill('SIGTERM');
	// {name: pid} of its daemons, as they were last started.
	program.daemons = () => Object.fromEntries(
		[...program.err.matchAll(/daemon\.started name="([^"]*)" pid=(\d+)/g)].map((m) => [m[1], Number(m[2])]));
	return program;
}

// Is that process there, and not a zombie?
function isAlive(pid) {
	try {
		return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}

// One daemon alone, for instance daemon('tocsin-rules', {config}).
function startDaemon(name, { config, realm, args = [], env = {} }) {
	const words = ['--config', config, ...(realm ? ['--realm', realm] : []), ...args];
	return new Program(path.join(bin, name), words, { env });
}

// One command of the CLI, to its end: {code, signal, out, err}.
async function cli(args, { config, realm, env = {}, input, uid } = {}) {
	const [command, ...rest] = args;
	const words = [command, ...(config ? ['--config', config] : []), ...(realm ? ['--realm', realm] : []), ...rest];
	const program = new Program(path.join(bin, 'tocsin'), words, { env, input, uid });
	const timer = setTimeout(() => program.signal('SIGKILL'), 60000);
	const exit = await program.ended;
	clearTimeout(timer);
	return { ...exit, out: program.out, err: program.err };
}

async function stop(all) {
	for (const client of clients)
		client.close();
	clients.clear();
	try {
		await stopPrograms(all);
	} finally {
		for (const feed of feeds)
			await feed.stop();
		feeds.clear();
		for (const [dir, keep] of folders) {
			if (keep && !all)
				continue;
			fs.rmSync(dir, { recursive: true, force: true });
			folders.delete(dir);
		}
	}
}

// End what runs and remove its folders: after each test all but what was started
// to be kept, after the last test that too.
const stopAll = () => stop(false);
const stopKept = () => stop(true);

module.exports = {
	Program, bin, top, signal, issued, vigicrues, waitFor, tempDir, freePort, startRedis, connect, startFeed, startSink,
	startKafka, startSecureKafka, startKafkaCluster, kafkaMissing, kafkaOrSkip, startDovecot, dovecotMissing,
	makeConfig, writeConfig, startRun, startDaemon, isAlive, cli, stopAll, stopKept,
};
