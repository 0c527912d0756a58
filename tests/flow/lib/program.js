// program.js - one child process: its lines, its end; all are ended by stopAll.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { waitFor } = require('./wait.js');

const top = path.resolve(__dirname, '..', '..', '..');
const bin = path.resolve(top, process.env.TOCSIN_BIN ?? 'build/dev/bin');
const running = new Set();
const faults = []; // what sanitizers said of any program

class Program {
	// `options.env` is added to ours; `options.input` is given on stdin;
	// `options.uid` is another user's, for root. `options.endSignal` is what
	// stopPrograms sends; `options.keep`: only when it ends all. `options.file`
	// takes what it writes, both, instead of us: a bench is not woken by it.
	constructor(command, args, options = {}) {
		this.name = path.basename(command);
		this.endSignal = options.endSignal ?? 'SIGTERM';
		this.keep = options.keep ?? false;
		this.out = '';
		this.err = '';
		this.exit = null; // {code, signal} once it has ended
		const to = options.file === undefined ? 'pipe' : fs.openSync(options.file, 'a');
		this.file = options.file;
		this.child = spawn(command, args, {
			cwd: options.cwd ?? top,
			env: { ...process.env, ...options.env },
			...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
			stdio: [options.input === undefined ? 'ignore' : 'pipe', to, to],
		});
		if (to !== 'pipe')
			fs.closeSync(to);
		running.add(this);
		this.child.stdout?.setEncoding('utf8').on('data', (data) => { this.out += data; });
		this.child.stderr?.setEncoding('utf8').on('data', (data) => { this.err += data; });
		this.ended = new Promise((resolve) => {
			const end = (code, signal) => {
				this.exit = this.exit ?? { code, signal };
				running.delete(this);
				const fault = /^.*(?:(?:Address|Leak|UndefinedBehavior)Sanitizer|runtime error:)[^]*/m.exec(this.err);
				if (fault)
					faults.push(`${this.name}: ${fault[0].slice(0, 4000)}`);
				resolve(this.exit);
			};
			this.child.on('error', (error) => {
				this.err += `${error}\n`;
				end(-1, null);
			});
			this.child.on('close', end);
		});
		if (options.input !== undefined)
			this.child.stdin.end(options.input);
	}

	get pid() {
		return this.child.pid;
	}

	text() {
		return this.file === undefined ? this.out + this.err : fs.readFileSync(this.file, 'utf8');
	}

	// Wait until what was written so far matches; gives the match.
	waitText(regexp, { timeout = 15000 } = {}) {
		return waitFor(() => {
			const match = regexp.exec(this.text());
			if (!match && this.exit)
				throw new Error(`${this.name} ended (${JSON.stringify(this.exit)}) without ${regexp}:\n${this.text()}`);
			return match;
		}, { timeout, what: `${this.name} to write ${regexp}`, detail: () => this.text().slice(-4000) });
	}

	// Its exit, once it ends by itself; a bounded wait.
	async waitEnd({ timeout = 60000 } = {}) {
		await waitFor(() => this.exit, { timeout, what: `${this.name} to end`, detail: () => this.text().slice(-4000) });
		return this.exit;
	}

	signal(name) {
		if (!this.exit)
			this.child.kill(name);
	}

	// Send a signal and wait for the end; after `timeout` KILL.
	async kill(name = 'SIGTERM', { timeout = 15000 } = {}) {
		this.signal(name);
		const timer = setTimeout(() => this.signal('SIGKILL'), timeout);
		const exit = await this.ended;
		clearTimeout(timer);
		return exit;
	}
}

// End all that still runs, the last started first; a stopped one is continued.
// Throws what a sanitizer found in any of them. `all`: those to keep as well.
async function stopPrograms(all = false) {
	for (const program of [...running].reverse().filter((p) => all || !p.keep)) {
		program.signal('SIGCONT');
		await program.kill(program.endSignal);
	}
	if (faults.length > 0)
		throw new Error(faults.splice(0).join('\n'));
}

process.on('exit', () => {
	for (const program of running)
		program.signal('SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM'])
	process.on(name, () => process.exit(1));

module.exports = { Program, stopPrograms, bin, top };
