// A functional mailbox on a real Dovecot: what comes is signalled, once, and
// nothing in it is touched.
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const zlib = require('node:zlib');
const { makeCerts } = require('./lib/certs.js');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

const skip = t.dovecotMissing();
const RECOGNISERS = path.join(t.top, 'tests', 'data', 'feeds', 'mailbox', 'recognisers.xml');

// Dovecot, and all of Tocsin watching it; `options` of the feed are changed
// from what is right. Times are those of the machine: expiry counts from when a
// mail came.
async function start(options = {}, { cert = 'good' } = {}) {
	const dir = t.tempDir();
	const certs = makeCerts(dir);
	const password = path.join(dir, 'password');
	fs.writeFileSync(password, 'sésame\n', { mode: 0o600 });
	const [redis, dovecot] = await Promise.all([t.startRedis(), t.startDovecot(certs[cert])]);
	const client = await t.connect(redis);
	const conf = t.makeConfig({ dir, redis, feed: { url: 'http://127.0.0.1:1/' } });
	conf.feed = { boite: {
		driver: 'mailbox', server: `localhost:${dovecot.tlsPort}`, ca_file: certs.ca.cert, user: 'tocsin', password_file: password,
		recognisers: RECOGNISERS, departements: ['62'], every: '10 s', ...options,
	} };
	const config = t.writeConfig(dir, conf);
	const s = { dir, certs, redis, client, dovecot, config };
	s.run = () => { s.running = t.startRun({ config, args: ['--log-level', 'debug'] }); return s.running; };
	s.signals = async () => (await client.stream('tocsin.signals.0')).map(read).filter((x) => x.status !== 'System');
	s.wait = (n, timeout = 30000) => t.waitFor(async () => (await s.signals()).length >= n && s.signals(),
		{ timeout, what: `${n} signals`, detail: () => s.running.text().slice(-4000) + dovecot.log().slice(-1000) });
	return s;
}

function read({ k, v }) {
	const one = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(v)?.[1];
	const all = (name) => [...v.matchAll(new RegExp(`<valueName>${name}</valueName>\\s*<value>([^<]*)</value>`, 'g'))].map((m) => m[1]);
	return {
		key: k, status: one('status'), headline: one('headline'), event: one('event'), description: one('description'),
		files: [...v.matchAll(/<resourceDesc>([^<]*)</g)].map((m) => m[1]), insee: all('INSEE'), level: all('tocsin:level')[0],
		from: all('tocsin:mail-from')[0], xml: v,
	};
}

const mail = (n, subject, text = 'Bonjour,', from = 'contact@mairie.example') =>
	`From: ${from}\r\nSubject: ${subject}\r\nMessage-ID: <${n}@test.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`;
const apic = (n, level) => mail(n, 'APIC', `Niveau : ${level}\nCommunes concernées : 62040\n`, 'apic@meteo.example');

test('feeds test reads the mailbox once, and says what it understood or why it could not', { skip }, async () => {
	const s = await start();
	s.dovecot.drop(apic(1, 'pluies intenses'));
	const { code, out, err } = await t.cli(['feeds', 'test', 'boite'], { config: s.config });
	assert.strictEqual(code, 0, err);
	assert.match(out, /^mail {2}\d+ bytes$/m);
	assert.match(out, /Pluies intenses, niveau orange : /);
	assert.strictEqual(s.dovecot.seen(), 0);
	fs.writeFileSync(path.join(s.dir, 'password'), 'autre\n');
	const refused = await t.cli(['feeds', 'test', 'boite'], { config: s.config });
	assert.strictEqual(refused.code, 1);
	assert.match(refused.err, /no answer: \S/);
});

test('a mail is a signal at once, as its recogniser says it, and is not marked', { skip }, async () => {
	const s = await start();
	s.dovecot.drop(mail(0, 'avant'));
	s.run();
	await s.running.waitText(/boite: fresh/, { timeout: 30000 });
	s.dovecot.drop(apic(1, 'pluies intenses'));
	const from = Date.now();
	const first = (await s.wait(2)).find((x) => x.event === 'Pluies intenses');
	assert.ok(Date.now() - from < 8000, 'IDLE tells of it before the next poll is due');
	assert.match(first.level, /orange$/);
	assert.deepStrictEqual(first.insee, ['62040']);
	assert.strictEqual(first.key, '62');
	s.dovecot.drop(fs.readFileSync(path.join(t.top, 'tests', 'data', 'feeds', 'mailbox', '04-mixed.eml')));
	s.dovecot.drop(mail(2, 'Route coupée'));
	const all = await s.wait(4);
	const pdf = all.find((x) => x.files.includes('bulletin.pdf'));
	const hash = crypto.createHash('sha256').update('%PDF-1.4').digest('hex');
	assert.ok(pdf.xml.includes(hash));
	const kept = fs.readdirSync(path.join(s.dir, 'documents'), { recursive: true }).find((name) => name.includes(hash));
	assert.strictEqual(zlib.gunzipSync(fs.readFileSync(path.join(s.dir, 'documents', kept))).toString(), '%PDF-1.4');
	assert.strictEqual(all.find((x) => x.headline.includes('Route coupée')).event, 'Courriel');
	assert.strictEqual(s.dovecot.seen(), 0);
	assert.doesNotMatch(s.running.text(), /sésame/);
});

test('what came while nothing ran is read from the position that was held, once', { skip }, async () => {
	const s = await start();
	s.dovecot.drop(mail(1, 'un'));
	s.run();
	await s.wait(1);
	assert.deepStrictEqual(await s.running.stop(), { code: 0, signal: null });
	for (let n = 2; n <= 26; n++)
		s.dovecot.drop(mail(n, `n° ${n}`));
	s.run();
	const all = await s.wait(26, 60000);
	assert.strictEqual(new Set(all.map((x) => x.headline)).size, 26);
	// Renumbered: all is read again, and nothing is told again.
	assert.deepStrictEqual(await s.running.stop(), { code: 0, signal: null });
	await s.dovecot.renumber();
	s.dovecot.drop(mail(27, 'après'));
	s.run();
	await t.waitFor(async () => (await s.signals()).some((x) => x.headline.includes('après')),
		{ timeout: 60000, what: 'the mail after it', detail: () => s.running.text().slice(-3000) });
	assert.strictEqual((await s.signals()).length, 27);
	assert.strictEqual(s.dovecot.seen(), 0);
});

test('a server that goes away is silent, and what came meanwhile is read when it is back', { skip }, async () => {
	const s = await start();
	s.dovecot.drop(mail(0, 'avant'));
	s.run();
	await s.running.waitText(/boite: fresh/, { timeout: 30000 });
	await s.dovecot.stop();
	await s.running.waitText(/boite: (silent|late)/, { timeout: 60000 });
	s.dovecot.drop(mail(1, 'entre-temps'));
	await s.dovecot.start(s.certs.good);
	await s.wait(2, 60000);
	await s.running.waitText(/boite: fresh[^]*boite: (silent|late)[^]*boite: fresh/, { timeout: 30000 });
});

test('a wrong password and a wrong certificate are said, and nothing is read', { skip }, async () => {
	const wrong = path.join(t.tempDir(), 'wrong');
	fs.writeFileSync(wrong, 'ouvre-toi\n', { mode: 0o600 });
	for (const [options, more, why] of [[{ password_file: wrong }, {}, /user or password is refused/],
		[{}, { cert: 'other' }, /certificate is refused/]]) {
		const s = await start(options, more);
		s.dovecot.drop(mail(1, 'un'));
		s.run();
		await s.running.waitText(why, { timeout: 40000 });
		assert.deepStrictEqual(await s.signals(), []);
		assert.doesNotMatch(s.running.text(), /ouvre-toi|sésame/);
		await s.running.stop();
		await s.dovecot.stop();
	}
});
