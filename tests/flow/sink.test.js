// The sink alone: what it takes is in its file before it answers, and signed
// posts are checked. SMTP is spoken here byte by byte.
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

// A conversation: say(text) sends, hear(regexp) waits for it and gives the
// match; what was heard up to it is gone.
async function talk(port) {
	const socket = net.connect(port, '127.0.0.1');
	let heard = '';
	let isOver = false;
	socket.setEncoding('utf8').on('data', (data) => { heard += data; });
	socket.on('close', () => { isOver = true; });
	socket.on('error', () => { isOver = true; });
	await new Promise((resolve) => socket.once('connect', resolve));
	const self = {
		say: (text) => socket.write(text),
		hear: (regexp) => t.waitFor(() => {
			const match = regexp.exec(heard);
			if (match)
				heard = heard.slice(match.index + match[0].length);
			return match;
		}, { what: `the sink to say ${regexp}`, detail: () => heard }),
		isOver: () => isOver,
		over: () => t.waitFor(() => isOver, { what: 'the sink to close' }),
		end: () => socket.destroy(),
	};
	return self;
}

const greeted = async (sink) => {
	const smtp = await talk(sink.smtp);
	await smtp.hear(/^220 .*\r\n/);
	smtp.say('EHLO essai.example\r\n');
	await smtp.hear(/^250-(.*\r\n)+?250 .*\r\n/);
	return smtp;
};

const envelope = (to) => `MAIL FROM:<tocsin@prefecture.example>\r\nRCPT TO:<${to}>\r\nDATA\r\n`;

// {status, isCut} of one POST.
function post(sink, where, body, headers = {}, agent) {
	return new Promise((resolve) => {
		const request = http.request(`${sink.url}${where}`, { method: 'POST', headers, agent }, (response) => {
			response.resume().on('end', () => resolve({ status: response.statusCode }));
		});
		request.on('error', () => resolve({ isCut: true }));
		request.end(body);
	});
}

test('a mail is in the file, decoded, when the sink says yes', async () => {
	const sink = await t.startSink();
	const smtp = await greeted(sink);
	smtp.say(envelope('maire@mairie.example'));
	await smtp.hear(/^250 .*\r\n250 .*\r\n354 .*\r\n/);
	smtp.say('Subject: =?UTF-8?Q?=C3=89vacuation?=\r\nMessage-ID: <0011@prefecture.example>\r\n' +
		'In-Reply-To: <00aa@prefecture.example>\r\nX-Tocsin-Key: 0011\r\n' +
		'Content-Transfer-Encoding: quoted-printable\r\n\r\n..point\r\n=C3=A9t=\r\n=C3=A9\r\n.\r\n');
	await smtp.hear(/^250 .*\r\n/);
	const [message] = sink.messages();
	assert.equal(message.channel, 'email');
	assert.equal(message.to, 'maire@mairie.example');
	assert.equal(message.key, '0011');
	assert.equal(message.message_id, '<0011@prefecture.example>');
	assert.equal(message.in_reply_to, '<00aa@prefecture.example>');
	assert.equal(message.subject, 'Évacuation');
	assert.equal(message.text, '.point\nété\n');
	assert.equal(message.signature, null);
	assert.match(sink.program.out, /email to maire@mairie\.example key 0011\n {4}Évacuation\n/);
	smtp.say('QUIT\r\n');
	await smtp.over();
});

test('the name of a recipient says how it is answered', async () => {
	const sink = await t.startSink();
	const smtp = await greeted(sink);
	smtp.say(envelope('later@mairie.example'));
	await smtp.hear(/^250 .*\r\n451 .*\r\n554 .*\r\n/);
	smtp.say('RSET\r\n' + envelope('refuse@mairie.example'));
	await smtp.hear(/^250 .*\r\n250 .*\r\n550 .*\r\n554 .*\r\n/);
	smtp.say('RSET\r\n' + envelope('slow@mairie.example'));
	await smtp.hear(/^250 .*\r\n250 .*\r\n250 .*\r\n354 .*\r\n/);
	const before = Date.now();
	smtp.say('\r\nlentement\r\n.\r\n');
	await smtp.hear(/^250 .*\r\n/);
	assert.ok(Date.now() - before >= 1900);
	smtp.say(envelope('cut@mairie.example'));
	await smtp.hear(/^250 .*\r\n250 .*\r\n354 .*\r\n/);
	smtp.say('\r\ncoupé\r\n.\r\n');
	await smtp.over();
	assert.deepEqual(sink.messages().map((m) => m.to), ['slow@mairie.example', 'cut@mairie.example']);

	const mute = await greeted(sink);
	mute.say(envelope('hang@mairie.example'));
	await mute.hear(/354 .*\r\n/);
	mute.say('\r\nmuet\r\n.\r\nNOOP\r\n');
	// Another is served meanwhile.
	const other = await greeted(sink);
	other.say(envelope('maire@mairie.example'));
	await other.hear(/354 .*\r\n/);
	other.say('\r\nautre\r\n.\r\n');
	await other.hear(/^250 .*\r\n/);
	assert.equal(mute.isOver(), false);
	assert.equal(sink.messages().length, 3);
	mute.end();
});

test('a post is in the file when the sink says yes, with its signature checked', async () => {
	const sink = await t.startSink();
	const secret = Buffer.from(fs.readFileSync(sink.secret, 'utf8').trim().slice('whsec_'.length), 'base64');
	const body = JSON.stringify({ subject: 'Évacuation', text: 'Partez.\n' });
	const signed = (id, at, text) => ({
		'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(at),
		'webhook-signature': `v1,AAAA v1,${crypto.createHmac('sha256', secret).update(`${id}.${at}.${text}`).digest('base64')}`,
	});
	const now = Math.floor(Date.now() / 1000);
	assert.equal((await post(sink, 'pcs', body, signed('k1', now, body))).status, 200);
	assert.equal((await post(sink, 'pcs', body, signed('k2', now, `${body} `))).status, 200);
	assert.equal((await post(sink, 'pcs', body, signed('k3', now - 3600, body))).status, 200);
	assert.equal((await post(sink, 'pcs', body)).status, 200);
	const messages = sink.messages();
	assert.deepEqual(messages.map((m) => m.signature), ['ok', 'bad', 'bad', 'bad']);
	assert.deepEqual(messages.map((m) => m.key), ['k1', 'k2', 'k3', null]);
	assert.equal(messages[0].path, '/pcs');
	assert.equal(messages[0].subject, 'Évacuation');
	assert.equal(messages[0].text, 'Partez.\n');
	assert.equal(messages[0].body, body);
	assert.equal(messages[0].headers['content-type'], 'application/json');
});

test('the last part of a path says how it is answered', async () => {
	const sink = await t.startSink();
	assert.equal((await post(sink, 'hook/later', 'x')).status, 503);
	assert.equal((await post(sink, 'hook/refuse', 'x')).status, 410);
	assert.equal((await post(sink, 'hook/slow?a=b', 'x')).status, 200);
	assert.ok((await post(sink, 'hook/cut', 'x')).isCut);
	assert.deepEqual(sink.messages().map((m) => m.path), ['/hook/slow?a=b', '/hook/cut']);

	let answer = null;
	post(sink, 'hook/hang', 'x').then((given) => { answer = given; });
	assert.equal((await post(sink, 'hook', 'x')).status, 200);
	assert.equal(answer, null);
	assert.equal(sink.messages().length, 3);
});

test('what is too large or not in its protocol does no harm', async () => {
	const sink = await t.startSink();
	assert.notEqual((await post(sink, 'pcs', Buffer.alloc(1000001))).status, 200);
	const smtp = await greeted(sink);
	smtp.say(`${'A'.repeat(100000)}`);
	await smtp.hear(/^500 .*\r\n/);
	await smtp.over();
	const large = await greeted(sink);
	large.say(envelope('maire@mairie.example'));
	await large.hear(/354 .*\r\n/);
	for (let i = 0; i < 20; i++)
		large.say(`${'x'.repeat(998)}\r\n`.repeat(60));
	large.say('.\r\n');
	await large.hear(/552 .*\r\n/);
	large.say('\xff\x00\r\nMAIL\r\nRCPT TO:<a@b.example>\r\nDATA\r\n');
	await large.hear(/^500 .*\r\n501 .*\r\n503 .*\r\n554 .*\r\n/);
	const raw = await talk(sink.http);
	raw.say('\x00\xff GET\r\n\r\n');
	await raw.over();
	assert.deepEqual(sink.messages(), []);
	assert.equal((await post(sink, 'pcs', 'encore là')).status, 200);
});

test('hundreds are served at once, and each message is one line', async () => {
	const sink = await t.startSink();
	const agent = new http.Agent({ keepAlive: true, maxSockets: 300 });
	const posts = [];
	for (let i = 0; i < 3000; i++)
		posts.push(post(sink, 'pcs', `{"text":"${i}"}`, { 'webhook-id': `k${i}` }, agent));
	const mails = [];
	for (let i = 0; i < 200; i++)
		mails.push((async () => {
			const smtp = await greeted(sink);
			smtp.say(envelope('maire@mairie.example'));
			await smtp.hear(/354 .*\r\n/);
			smtp.say(`X-Tocsin-Key: m${i}\r\n\r\n${i}\r\n.\r\n`);
			await smtp.hear(/^250 .*\r\n/);
			smtp.end();
		})());
	const answers = await Promise.all(posts);
	await Promise.all(mails);
	agent.destroy();
	assert.ok(answers.every((answer) => answer.status === 200));
	const keys = sink.messages().map((m) => m.key);
	assert.equal(keys.length, 3200);
	assert.equal(new Set(keys).size, 3200);
});

test('a file that cannot be written means later, not yes', { skip: !fs.existsSync('/dev/full') }, async () => {
	const program = new t.Program(path.join(t.bin, 'tocsin'), ['sink', '--smtp', '0', '--http', '0', '--file', '/dev/full']);
	const [, smtpPort, httpPort] = await program.waitText(/smtp=127\.0\.0\.1:(\d+) http=127\.0\.0\.1:(\d+)/);
	assert.equal((await post({ url: `http://127.0.0.1:${httpPort}/` }, 'pcs', 'x')).status, 503);
	const smtp = await greeted({ smtp: Number(smtpPort) });
	smtp.say(envelope('maire@mairie.example'));
	await smtp.hear(/354 .*\r\n/);
	smtp.say('\r\nx\r\n.\r\n');
	await smtp.hear(/^451 .*\r\n/);
	smtp.end();
});
