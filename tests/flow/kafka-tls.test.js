// A Kafka whose clients must speak TLS and have a password: the real daemons and
// the command line over it, and what is said when it is not as it should be.
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const t = require('./lib/tocsin.js');

const skip = t.kafkaMissing();
const s = {};

test.before(async () => {
	if (skip)
		return;
	const dir = t.tempDir();
	const [redis, kafka, feed, sink] = await Promise.all([t.startRedis(), t.startSecureKafka(), t.startFeed(), t.startSink(dir)]);
	Object.assign(s, { dir, redis, kafka, feed, sink });
	s.config = write('right');
});
test.after(t.stopAll);

// A configuration in a folder of its own, with other properties than the right ones.
function write(name, other = {}) {
	const dir = path.join(s.dir, name);
	const { 'sasl.password': _, ...properties } = s.kafka.secureProperties();
	return t.writeConfig(dir, t.makeConfig({ ...s, dir: s.dir, parts: {
		bus: { url: s.kafka.secureUrl },
		kafka: { ...properties, 'sasl.password_file': s.kafka.passwordFile, ...other },
	} }));
}

function issue(ago, levels) {
	s.feed.serve(t.vigicrues(t.issued(ago), levels));
}

const about = (level) => (m) => new RegExp(`INFORMATION – Vigilance crues ${level} : Aa`).test(m.subject ?? '');

// `tocsin bus init` fails, soon, and says that; never a password.
async function initFails(config, said) {
	const from = Date.now();
	const made = await t.cli(['bus', 'init'], { config });
	assert.strictEqual(made.code, 1, made.out);
	assert.match(made.err, said);
	assert.ok(Date.now() - from < 20000, 'it took too long');
	assert.ok(!made.err.includes(s.kafka.password));
	return made;
}

test('topics are made and alerts flow over TLS with a password', { skip }, async () => {
	const made = await t.cli(['bus', 'init'], { config: s.config });
	assert.strictEqual(made.code, 0, made.err);
	assert.match(made.out, /^tocsin\.signals: made/m);
	issue(60, {});
	s.run = t.startRun({ config: s.config, args: ['--log-level', 'debug'] });
	await s.run.waitText(/vigicrues: fresh/, { timeout: 30000 });
	issue(50, { AP5: 'orange' });
	await s.sink.wait(about('orange'), { timeout: 30000 });
	const lag = await t.cli(['bus', 'lag'], { config: s.config });
	assert.strictEqual(lag.code, 0, lag.err);
	assert.match(lag.out, /^rules +signals +0$/m);
});

test('kcat reads a CAP alert off it, as a stranger does, and the schema accepts it', { skip }, async () => {
	const { code, out, err } = await s.kafka.kcat(['-C', '-t', 'tocsin.alerts', '-o', 'beginning', '-e', '-c', '1', '-q', '-f', '%s'],
		{ address: s.kafka.secureAddress, properties: s.kafka.secureProperties() });
	assert.strictEqual(code, 0, err);
	const file = path.join(s.dir, 'alert.xml');
	fs.writeFileSync(file, Buffer.from(out, 'latin1'));
	execFileSync('xmllint', ['--nonet', '--noout', '--schema', path.join(t.top, 'config', 'schema', 'cap-1.2.xsd'), file], { stdio: 'pipe' });
	assert.match(fs.readFileSync(file, 'utf8'), /<headline>ESSAI – INFORMATION – Vigilance crues orange : Aa/);
});

test('a wrong password, an unknown CA and no TLS are refused with a word', { skip }, async () => {
	const wrong = path.join(s.dir, 'wrong');
	fs.writeFileSync(wrong, 'sesame\n', { mode: 0o600 });
	await initFails(write('password', { 'sasl.password_file': wrong }),
		/no server of kafka:\/\/127\.0\.0\.1:\d+ answers: .*Authentication failed.*; see sasl\.mechanism, sasl\.username and sasl\.password_file/);
	await initFails(write('system-ca', { 'ssl.ca.location': '/etc/ssl/certs/ca-certificates.crt' }),
		/certificate verify failed.*; see ssl\.ca\.location/);
	await initFails(write('plain', { 'security.protocol': 'SASL_PLAINTEXT' }), /answers: .*Disconnected/);
	await initFails(write('no-ca', { 'ssl.ca.location': '/nonexistent/ca.pem' }), /ssl\.ca\.location/);
	// A daemon says it too, once, and goes on trying.
	const rules = t.startDaemon('tocsin-rules', { config: write('password', { 'sasl.password_file': wrong }), args: ['--instance', 'other'] });
	await rules.waitText(/bus\.down .*Authentication failed.*; see sasl\.mechanism/, { timeout: 20000 });
	assert.strictEqual(rules.exit, null);
	assert.deepStrictEqual(await rules.kill('SIGTERM'), { code: 0, signal: null });
	assert.doesNotMatch(rules.text(), /sesame/);
});

test('SCRAM: taken, or refused with the reason where librdkafka cannot', { skip }, async () => {
	const config = write('scram', { 'sasl.mechanism': 'SCRAM-SHA-512' });
	const [, version] = /librdkafka (\d+\.\d+\.\d+)/.exec((await s.kafka.kcat(['-V'])).out);
	const [major, minor, patch] = version.split('.').map(Number);
	if (major * 1e6 + minor * 1e3 + patch >= 2006001) {
		const made = await t.cli(['bus', 'init'], { config });
		assert.strictEqual(made.code, 0, made.err);
		return;
	}
	await initFails(config, /Authentication failed.*SCRAM-SHA-512.*with Kafka 4 have librdkafka 2\.6\.1 or later/);
});

// The Kafka before 4 takes SCRAM as every librdkafka speaks it.
test('alerts flow over TLS with SCRAM, and a wrong password is refused', { skip: t.kafkaMissing('TOCSIN_SCRAM_KAFKA_JARS') }, async () => {
	const dir = t.tempDir();
	const [redis, kafka, feed, sink] = await Promise.all([t.startRedis(),
		t.startSecureKafka({ jars: process.env.TOCSIN_SCRAM_KAFKA_JARS }), t.startFeed(), t.startSink(dir)]);
	const { 'sasl.password': _, ...properties } = kafka.secureProperties({ mechanism: 'SCRAM-SHA-512' });
	const wrong = path.join(dir, 'wrong');
	fs.writeFileSync(wrong, 'sesame\n', { mode: 0o600 });
	const configWith = (name, file) => t.writeConfig(path.join(dir, name), t.makeConfig({ dir, redis, feed, sink, parts: {
		bus: { url: kafka.secureUrl }, kafka: { ...properties, 'sasl.password_file': file },
	} }));
	const refused = await t.cli(['bus', 'init'], { config: configWith('wrong-password', wrong) });
	assert.strictEqual(refused.code, 1, refused.out);
	assert.match(refused.err, /Authentication failed.*SCRAM-SHA-512/);
	const config = configWith('right-password', kafka.passwordFile);
	const made = await t.cli(['bus', 'init'], { config });
	assert.strictEqual(made.code, 0, made.err);
	feed.serve(t.vigicrues(t.issued(60)));
	const run = t.startRun({ config });
	await run.waitText(/vigicrues: fresh/, { timeout: 30000 });
	feed.serve(t.vigicrues(t.issued(50), { AP5: 'orange' }));
	await sink.wait(about('orange'), { timeout: 30000 });
	assert.deepStrictEqual(await run.stop(), { code: 0, signal: null });
	assert.ok(!(run.text() + refused.err).includes(kafka.password));
});

test('a certificate with another name is refused, and all goes on with the right one', { skip }, async () => {
	const file = path.join(s.kafka.dir, 'server.pem');
	const right = fs.readFileSync(file);
	const [key, crt] = ['other.key', 'other.crt'].map((name) => path.join(s.dir, name));
	execFileSync('openssl', ['req', '-x509', '-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc',
		'-keyout', key, '-out', crt, '-subj', '/CN=other', '-addext', 'subjectAltName=DNS:other.example',
		'-CA', s.kafka.ca, '-CAkey', path.join(s.kafka.dir, 'ca.key')], { stdio: 'pipe' });
	await s.kafka.kill();
	fs.writeFileSync(file, Buffer.concat([fs.readFileSync(key), fs.readFileSync(crt)]), { mode: 0o600 });
	await s.kafka.start();
	await initFails(s.config, /certificate verify failed.*; see ssl\.ca\.location, and whether the certificate of the server has the name/);
	await s.run.waitText(/bus\.down .*certificate verify failed/, { timeout: 20000 });
	issue(40, { AP5: 'rouge' });
	await s.kafka.kill();
	fs.writeFileSync(file, right);
	await s.kafka.start();
	await s.sink.wait(about('rouge'), { timeout: 40000 });
	assert.deepStrictEqual(await s.run.stop(), { code: 0, signal: null });
	assert.ok(!s.run.text().includes(s.kafka.password));
});
