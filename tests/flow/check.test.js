// The program tocsin, offline: its commands, what it takes, tocsin check.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

const shipped = path.join(t.top, 'config', 'default', 'demonstration.whsec');
const redis = { address: 'unix:/run/r.sock', admin: '/run/admin' };
const feed = { url: 'http://127.0.0.1:9/' };
const sink = { smtp: 2525, http: 8025, url: 'http://127.0.0.1:8025/', secret: shipped };

function written(parts) {
	const dir = t.tempDir();
	return t.writeConfig(dir, t.makeConfig({ dir, redis, feed, sink, parts }));
}

test('a sound configuration passes, from the option or the environment', async () => {
	const config = written();
	const said = `${config}: 1 feed, 1 contact, 2 channels, ${fs.readdirSync(path.join(t.top, 'config', 'default', 'rules.d')).length} rules, `;
	const byOption = await t.cli(['check'], { config });
	assert.deepStrictEqual([byOption.code, byOption.out.startsWith(said)], [0, true], byOption.err);
	const byName = await t.cli(['check'], { env: { TOCSIN_CONFIG: config } });
	assert.strictEqual(byName.code, 0, byName.err);
});

test('each fault is said with file and line, and nothing on stdout', async () => {
	const config = written({ bus: { partitions: 0 }, cli: { grup: 'tocsin' } });
	const lines = fs.readFileSync(config, 'utf8').split('\n');
	const line = (words) => lines.findIndex((l) => l.includes(words)) + 1;
	const { code, out, err } = await t.cli(['check'], { config });
	assert.deepStrictEqual([code, out], [1, '']);
	assert.deepStrictEqual(err.trim().split('\n'), [
		`${config}:${line('partitions')}: partitions: "0" is less than 1; write: partitions = 1`,
		`${config}:${line('grup')}: cli has no key "grup"; write: group = …`,
	]);
});

test('a feed whose driver has no source needs a url', async () => {
	const config = written({ feed: { vigicrues: { driver: 'rss', url: undefined } } });
	fs.writeFileSync(config, fs.readFileSync(config, 'utf8').split('\n').filter((l) => !/^\s*url = "?(http|undefined)/.test(l)).join('\n'));
	const { code, err } = await t.cli(['check'], { config });
	assert.strictEqual(code, 1);
	assert.match(err, /^.*:\d+: feed vigicrues: the driver rss has no source of its own; write: url = "https:\/\/…"/m);
});

// Secrets do not ship: what is missing there is one.
test('the configurations that ship pass, without a warning', async () => {
	const folder = path.join(t.top, 'config', 'default');
	for (const [file, says] of [['tocsin.conf', /: 2 feeds, /], [path.join('exemples', 'feeds.conf'), /: \d+ feeds, /]]) {
		const { code, out, err } = await t.cli(['check'], { config: path.join(folder, file) });
		const faults = err.split('\n').filter((line) => line && !/\.password: No such file/.test(line));
		assert.deepStrictEqual([code, faults], [0, []]);
		assert.match(out, says);
	}
});

test('every driver is in the example of feeds', async () => {
	const text = fs.readFileSync(path.join(t.top, 'config', 'default', 'exemples', 'feeds.conf'), 'utf8');
	const { out } = await t.cli(['feeds', 'drivers']);
	for (const [, driver] of out.matchAll(/^([a-z]+) /gm))
		assert.ok(text.includes(`driver = "${driver}"`), driver);
});

test('a program does not start on a configuration that check refuses', async () => {
	const config = written({ bus: { partitions: 0 } });
	const { code, err } = await t.cli(['status'], { config });
	assert.strictEqual(code, 1);
	assert.match(err, /: partitions: "0" is less than 1/);
});

test('an unknown command and an unknown option are refused with status 2', async () => {
	for (const words of [['frobnicate'], ['check', '--frobnicate'], ['check', 'operand']])
		assert.strictEqual((await t.cli(words)).code, 2);
});

test('every command that --help names has a --help of its own', async () => {
	const { code, out } = await t.cli(['--help']);
	assert.strictEqual(code, 0);
	const names = [...out.matchAll(/^  ([a-z]+) +\S/gm)].map((m) => m[1]).filter((name) => name !== 'tocsin');
	assert.ok(names.includes('check') && names.includes('run'), out);
	for (const name of names) {
		const help = await t.cli([name, '--help']);
		assert.strictEqual(help.code, 0, `${name}: ${help.err}`);
		assert.match(help.out, new RegExp(`^usage: tocsin ${name}`), name);
	}
});

test('--help-config names every key that ships', async () => {
	const { out } = await t.cli(['--help-config']);
	const text = fs.readFileSync(path.join(t.top, 'config', 'default', 'tocsin.conf'), 'utf8');
	for (const [, key] of text.matchAll(/^\t([a-z_]+) =/gm))
		assert.match(out, new RegExp(`^  ${key} `, 'm'));
});
