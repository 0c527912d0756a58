// dovecot.js - a real Dovecot (tests/dovecot/dovecotd): the user tocsin with the
// password sésame, a Maildir, certificates as makeCerts() has them.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { Program, top } = require('./program.js');
const { waitFor } = require('./wait.js');

const dovecotMissing = () => (fs.existsSync('/usr/sbin/dovecot') ? false : 'dovecot is not installed');

// Two ports that follow each other.
async function freePorts() {
	for (;;) {
		const servers = [net.createServer(), net.createServer()];
		const listen = (server, port) => new Promise((resolve) => {
			server.once('error', () => resolve(0));
			server.listen(port, '127.0.0.1', () => resolve(server.address().port));
		});
		const port = await listen(servers[0], 0);
		const next = port < 65535 ? await listen(servers[1], port + 1) : 0;
		await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
		if (next)
			return port;
	}
}

function listens(port) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1');
		socket.on('connect', () => { socket.destroy(); resolve(true); });
		socket.on('error', () => resolve(false));
	});
}

class Dovecot {
	constructor(dir) {
		this.dir = dir;
		this.dropped = 0;
	}

	async start({ cert, key }) {
		fs.mkdirSync(this.dir, { recursive: true });
		this.port ??= await freePorts(); // STARTTLS
		this.tlsPort = this.port + 1;
		this.program = new Program(path.join(top, 'tests', 'dovecot', 'dovecotd'), [this.dir, String(this.port), cert, key]);
		await waitFor(() => listens(this.tlsPort), { what: 'dovecot to listen', detail: () => this.log() });
		return this;
	}

	async stop() {
		await this.program.kill('SIGTERM');
		await waitFor(async () => !await listens(this.tlsPort), { what: 'dovecot to end' });
	}

	log() {
		const file = path.join(this.dir, 'log');
		return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
	}

	// A mail arrives in the inbox.
	drop(message) {
		const home = path.join(this.dir, 'mail', 'tocsin');
		const { uid, gid } = fs.statSync(path.join(this.dir, 'mail'));
		for (const part of ['', 'tmp', 'new', 'cur']) {
			fs.mkdirSync(path.join(home, part), { recursive: true, mode: 0o700 });
			fs.chownSync(path.join(home, part), uid, gid);
		}
		const name = `${++this.dropped}.test`;
		fs.writeFileSync(path.join(home, 'tmp', name), message);
		fs.chownSync(path.join(home, 'tmp', name), uid, gid);
		fs.renameSync(path.join(home, 'tmp', name), path.join(home, 'new', name));
	}

	// How many mails are marked as seen.
	seen() {
		const cur = path.join(this.dir, 'mail', 'tocsin', 'cur');
		return fs.readdirSync(cur).filter((name) => /:2,.*S/.test(name)).length;
	}

	// Every mail gets another UID.
	async renumber() {
		const home = path.join(this.dir, 'mail', 'tocsin');
		for (const name of fs.readdirSync(home)) {
			if (name.startsWith('dovecot'))
				fs.rmSync(path.join(home, name));
		}
		await new Promise((resolve) => setTimeout(resolve, 1100)); // UIDVALIDITY is the second
	}
}

module.exports = { Dovecot, dovecotMissing };
