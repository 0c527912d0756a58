// redis.js - a Redis of the test's own, and a client that speaks to it.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { Program } = require('./program.js');
const { waitFor } = require('./wait.js');

// One connection to a UNIX socket; answers come in the order of the commands.
// An error answer is an Error, given back by try() and thrown by call().
class RedisClient {
	constructor(socket) {
		this.socket = socket;
		this.pending = [];
		this.bytes = Buffer.alloc(0);
		socket.on('data', (data) => this.#read(data));
		socket.on('error', (error) => this.#lost(error));
		socket.on('close', () => this.#lost(new Error('redis: connection closed')));
	}

	static async connect(file, user, password) {
		const socket = net.connect(file);
		await new Promise((resolve, reject) => {
			socket.once('connect', resolve);
			socket.once('error', reject);
		});
		const client = new RedisClient(socket);
		if (user !== undefined)
			await client.call('AUTH', user, password);
		return client;
	}

	async try(...words) {
		if (this.error)
			throw this.error;
		const parts = [`*${words.length}\r\n`];
		for (const word of words) {
			const bytes = Buffer.from(String(word));
			parts.push(`$${bytes.length}\r\n`, bytes, '\r\n');
		}
		this.socket.write(Buffer.concat(parts.map((p) => Buffer.from(p))));
		return new Promise((resolve, reject) => this.pending.push({ resolve, reject }));
	}

	async call(...words) {
		const answer = await this.try(...words);
		if (answer instanceof Error)
			throw answer;
		return answer;
	}

	// {field: value} of a hash.
	async hash(key) {
		const flat = await this.call('HGETALL', key);
		const hash = {};
		for (let i = 0; i < flat.length; i += 2)
			hash[flat[i]] = flat[i + 1];
		return hash;
	}

	// Every entry of a stream: [{position, k, v, headers}].
	async stream(key) {
		const entries = await this.call('XRANGE', key, '-', '+');
		return entries.map(([position, flat]) => {
			const record = { position, headers: {} };
			for (let i = 0; i < flat.length; i += 2) {
				if (flat[i].startsWith('h.'))
					record.headers[flat[i].slice(2)] = flat[i + 1];
				else
					record[flat[i]] = flat[i + 1];
			}
			return record;
		});
	}

	// The content of every key that begins with `prefix`, to compare.
	async dump(prefix) {
		const all = {};
		for (const key of (await this.call('KEYS', `${prefix}*`)).sort()) {
			const type = await this.call('TYPE', key);
			if (type === 'string')
				all[key] = await this.call('GET', key);
			else if (type === 'hash')
				all[key] = await this.hash(key);
			else if (type === 'set')
				all[key] = (await this.call('SMEMBERS', key)).sort();
			else if (type === 'zset')
				all[key] = await this.call('ZRANGE', key, 0, -1, 'WITHSCORES');
			else
				all[key] = await this.call('XRANGE', key, '-', '+');
		}
		return all;
	}

	close() {
		this.socket.destroy();
	}

	#lost(error) {
		this.error = this.error ?? error;
		for (const waiter of this.pending.splice(0))
			waiter.reject(this.error);
	}

	#read(data) {
		this.bytes = this.bytes.length ? Buffer.concat([this.bytes, data]) : data;
		let at = 0;
		for (;;) {
			const got = parse(this.bytes, at);
			if (got === undefined)
				break;
			at = got.end;
			this.pending.shift().resolve(got.value);
		}
		this.bytes = this.bytes.subarray(at);
	}
}

// RESP2: one value at `at`, or undefined while it is not complete.
function parse(bytes, at) {
	const line = bytes.indexOf('\r\n', at);
	if (line < 0)
		return undefined;
	const text = bytes.toString('utf8', at + 1, line);
	const end = line + 2;
	switch (String.fromCharCode(bytes[at])) {
	case '+':
		return { value: text, end };
	case '-':
		return { value: new Error(text), end };
	case ':':
		return { value: Number(text), end };
	case '$':
		return parseBulk(bytes, Number(text), end);
	case '*':
		return parseArray(bytes, Number(text), end);
	default:
		throw new Error(`redis: unexpected answer ${text}`);
	}
}

function parseBulk(bytes, n, at) {
	if (n < 0)
		return { value: null, end: at };
	if (bytes.length < at + n + 2)
		return undefined;
	return { value: bytes.toString('utf8', at, at + n), end: at + n + 2 };
}

function parseArray(bytes, n, at) {
	if (n < 0)
		return { value: null, end: at };
	const value = [];
	for (let i = 0; i < n; i++) {
		const got = parse(bytes, at);
		if (got === undefined)
			return undefined;
		value.push(got.value);
		at = got.end;
	}
	return { value, end: at };
}

// A server in `dir`, with the settings that Tocsin asks for, unless `settings`
// says otherwise (undefined: not set). The administrator is the user `default`;
// without ACL file its password is a requirepass.
class Redis {
	constructor(dir, settings) {
		this.dir = dir;
		this.socket = path.join(dir, 'redis.sock');
		this.address = `unix:${this.socket}`;
		this.admin = path.join(dir, 'admin');
		this.password = crypto.randomBytes(16).toString('hex');
		fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
		fs.writeFileSync(this.admin, this.password + '\n', { mode: 0o600 });
		const sum = crypto.createHash('sha256').update(this.password).digest('hex');
		fs.writeFileSync(path.join(dir, 'users.acl'), `user default on #${sum} ~* &* +@all\n`);
		const conf = {
			port: 0, unixsocket: this.socket, unixsocketperm: 700, dir, save: '""',
			appendonly: 'yes', appendfsync: 'always', 'no-appendfsync-on-rewrite': 'no',
			'maxmemory-policy': 'noeviction', aclfile: path.join(dir, 'users.acl'),
			...settings,
		};
		if (conf.aclfile === undefined)
			conf.requirepass = this.password;
		fs.writeFileSync(path.join(dir, 'redis.conf'), Object.entries(conf)
			.filter(([, v]) => v !== undefined).map(([k, v]) => `${k} ${v}\n`).join(''));
	}

	async start() {
		this.program = new Program('redis-server', [path.join(this.dir, 'redis.conf')]);
		await waitFor(async () => {
			if (this.program.exit)
				throw new Error(`redis-server ended:\n${this.program.text()}`);
			const client = await this.connect().catch(() => null);
			const answer = client && await client.try('PING').catch(() => null);
			client?.close();
			return answer === 'PONG';
		}, { what: 'redis-server to answer' });
		return this;
	}

	// The administrator's, or another user's connection.
	connect(user = 'default', password = this.password) {
		return RedisClient.connect(this.socket, user, password);
	}

	kill() {
		return this.program.kill('SIGKILL');
	}

	stop() {
		return this.program.kill('SIGTERM');
	}
}

module.exports = { Redis, RedisClient };
