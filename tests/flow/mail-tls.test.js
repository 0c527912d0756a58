// A relay that wants TLS and a password: alerts go over it, and what is wrong
// with it is said, with nothing in the clear.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { makeCerts } = require('./lib/certs.js');
const t = require('./lib/tocsin.js');

test.afterEach(t.stopAll);

const about = (level) => (m) => new RegExp(`INFORMATION – Vigilance crues ${level} : Aa`).test(m.subject ?? '');

// All of Tocsin with a sink that shows the certificate `cert` and knows the
// password "sésame"; `channel` is changed from what is right.
async function start(cert, channel = {}, args = []) {
	const dir = t.tempDir();
	const certs = makeCerts(dir);
	const password = path.join(dir, 'password');
	fs.writeFileSync(password, 'sésame\n', { mode: 0o600 });
	const [redis, feed, sink] = await Promise.all([t.startRedis(), t.startFeed(), t.startSink(dir, [
		'--cert', certs[cert].cert, '--key', certs[cert].key, '--user', 'tocsin', '--password-file', password, ...args])]);
	const conf = t.makeConfig({ dir, redis, feed, sink });
	Object.assign(conf.channel.email, { relay: `localhost:${sink.smtp}`, tls: 'starttls', ca_file: certs.ca.cert,
		user: 'tocsin', password_file: password, ...channel });
	delete conf.channel.webhook;
	delete conf.contact.astreinte.webhook;
	const config = t.writeConfig(dir, conf);
	feed.serve(t.vigicrues(t.issued(60)));
	const run = t.startRun({ config });
	await run.waitText(/vigicrues: fresh/, { timeout: 30000 });
	feed.serve(t.vigicrues(t.issued(50), { AP5: 'orange' }));
	return { dir, sink, run, config };
}

// What became of the deliveries: the channel is down, for that reason.
async function isDown(s, why) {
	const receipts = await t.waitFor(async () => {
		const scan = await t.cli(['bus', 'scan', 'receipts', '--format', 'value'], { config: s.config });
		return why.test(scan.out) && scan.out;
	}, { timeout: 30000, what: `a receipt that says ${why}`, detail: () => s.run.text().slice(-3000) });
	assert.match(receipts, /WAITING/);
	assert.deepStrictEqual(s.sink.messages(), []);
}

for (const [tls, args] of [['starttls', []], ['implicit', ['--implicit']]]) {
	test(`alerts go over TLS with a password: ${tls}`, async () => {
		const s = await start('good', { tls }, args);
		const mail = await s.sink.wait(about('orange'), { timeout: 30000 });
		assert.strictEqual(mail.tls, 'yes');
		assert.strictEqual(mail.to, 'astreinte@prefecture.example');
		assert.deepStrictEqual(await s.run.stop(), { code: 0, signal: null });
		assert.doesNotMatch(s.run.text(), /sésame|c8Opc2FtZQ/);
	});
}

test('a certificate with another name is refused, with the reason, and nothing is sent', async () => {
	const s = await start('other');
	await isDown(s, /certificate is refused: hostname mismatch/);
});

test('a wrong password is refused, with the reason, and nothing is sent', async () => {
	const wrong = path.join(t.tempDir(), 'wrong');
	fs.writeFileSync(wrong, 'ouvre-toi\n', { mode: 0o600 });
	const s = await start('good', { password_file: wrong });
	await isDown(s, /the relay answered AUTH with 535/);
	assert.doesNotMatch(s.run.text(), /ouvre-toi/);
});
