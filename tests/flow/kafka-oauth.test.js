// OAUTHBEARER: the token comes from a server of the test's own, is renewed
// before it ends, and neither it nor the secret is in any log.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const test = require('node:test');
const { stablePort } = require('./lib/kafka.js');
const t = require('./lib/tocsin.js');

const skip = t.kafkaMissing();
const MODULE = 'org.apache.kafka.common.security.oauthbearer';
const SECRET = 'sésame+ouvre/toi';
const s = { asked: [], tokens: [], answer: null };

// A token that nobody signed, which Kafka takes when it is told to.
function token(life) {
	const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
	const now = Math.floor(Date.now() / 1000);
	const text = `${part({ alg: 'none' })}.${part({ sub: 'tocsin', iat: now - 1, exp: now + life, scope: 'bus' })}.`;
	s.tokens.push(text);
	return text;
}

// Every 5 s is a new token, which lives 6 s.
function serveTokens() {
	s.server = http.createServer((request, response) => {
		let body = '';
		request.on('data', (data) => { body += data; });
		request.on('end', () => {
			s.asked.push({ method: request.method, type: request.headers['content-type'], basic: request.headers.authorization, body, at: Date.now() });
			const { status = 200, text } = s.answer ?? { text: JSON.stringify({ access_token: token(6), token_type: 'Bearer', expires_in: 6 }) };
			response.writeHead(status, { 'Content-Type': 'application/json' });
			response.end(text);
		});
	});
	return new Promise((resolve) => s.server.listen(0, '127.0.0.1', resolve));
}

test.before(async () => {
	if (skip)
		return;
	await serveTokens();
	const [port, plainPort, controllerPort] = [await stablePort(), await stablePort(), await stablePort()];
	const dir = t.tempDir();
	const [redis, kafka, feed, sink] = await Promise.all([t.startRedis(), t.startKafka({ port: plainPort, controllerPort, settings: {
		'sasl.enabled.mechanisms': 'OAUTHBEARER',
		listeners: `CONTROLLER://127.0.0.1:${controllerPort},BROKER://127.0.0.1:${plainPort},TOKENS://127.0.0.1:${port}`,
		'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT,TOKENS:SASL_PLAINTEXT',
		'listener.name.tokens.sasl.enabled.mechanisms': 'OAUTHBEARER',
		'listener.name.tokens.oauthbearer.connections.max.reauth.ms': '5000',
		'listener.name.tokens.oauthbearer.sasl.server.callback.handler.class': `${MODULE}.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`,
		'listener.name.tokens.oauthbearer.sasl.jaas.config': `${MODULE}.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
	} }), t.startFeed(), t.startSink(dir)]);
	fs.writeFileSync(path.join(dir, 'client.secret'), `${SECRET}\n`, { mode: 0o600 });
	const parts = {
		bus: { url: `kafka://127.0.0.1:${port}` },
		kafka: {
			'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'OAUTHBEARER',
			'sasl.oauthbearer.token.endpoint.url': `http://127.0.0.1:${s.server.address().port}/token`,
			'sasl.oauthbearer.client.id': 'tocsin sidpc62', 'sasl.oauthbearer.client.secret_file': 'client.secret',
			'sasl.oauthbearer.scope': 'bus écrire', 'sasl.oauthbearer.extensions': 'logicalCluster=lkc',
		},
	};
	const config = t.writeConfig(dir, t.makeConfig({ dir, redis, feed, sink, parts }));
	Object.assign(s, { dir, redis, kafka, feed, sink, parts, config });
});
test.after(async () => {
	s.server?.closeAllConnections();
	s.server?.close();
	await t.stopAll();
});

function assertKept(text) {
	for (const one of [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64'), ...s.tokens.map((one) => one.split('.')[1])])
		assert.ok(!text.includes(one), `"${one}" was said`);
}

const basic = `Basic ${Buffer.from(`tocsin%20sidpc62:${encodeURIComponent(SECRET)}`).toString('base64')}`;

test('what makes the topics asks for its token', { skip }, async () => {
	const made = await t.cli(['bus', 'init'], { config: s.config });
	assert.strictEqual(made.code, 0, made.err);
	assert.match(made.out, /^tocsin\.signals: made/m);
	assert.strictEqual(s.asked.length, 1);
	const { method, type, basic: sent, body } = s.asked[0];
	assert.deepStrictEqual({ method, type, sent, body }, {
		method: 'POST', type: 'application/x-www-form-urlencoded', sent: basic,
		body: 'grant_type=client_credentials&scope=bus%20%C3%A9crire',
	});
	assertKept(made.out + made.err);
});

test('the daemons flow over it, and longer than a token lives', { skip }, async () => {
	s.feed.serve(t.vigicrues(t.issued(60)));
	s.run = t.startRun({ config: s.config, args: ['--log-level', 'debug'] });
	await s.run.waitText(/vigicrues: fresh/, { timeout: 30000 });
	s.feed.serve(t.vigicrues(t.issued(50), { AP5: 'orange' }));
	await s.sink.wait((m) => /INFORMATION – Vigilance crues orange : Aa/.test(m.subject ?? ''), { timeout: 30000 });
	const before = s.asked.length;
	const end = Date.now() + 8000; // a token lives 6 s
	await t.waitFor(() => Date.now() > end && s.asked.length >= before + 4, { timeout: 30000, what: 'tokens to be renewed' });
	s.feed.serve(t.vigicrues(t.issued(40), { AP5: 'rouge' }));
	await s.sink.wait((m) => /INFORMATION – Vigilance crues rouge : Aa/.test(m.subject ?? ''), { timeout: 30000 });
	assertKept(s.run.text());
	assert.doesNotMatch(s.run.err, /unit\.revoked|daemon\.ended/);
});

test('who looks asks for tokens too', { skip }, async () => {
	const lag = await t.cli(['bus', 'lag'], { config: s.config });
	assert.strictEqual(lag.code, 0, lag.err);
	assert.match(lag.out, /^rules +signals +0$/m);
	const scan = await t.cli(['bus', 'scan', 'alerts', '--format', 'value'], { config: s.config });
	assert.strictEqual(scan.code, 0, scan.err);
	assert.match(scan.out, /<headline>ESSAI – INFORMATION – Vigilance crues rouge : Aa/);
});

test('what goes wrong with tokens is said, and it goes on when that is over', { skip }, async () => {
	s.answer = { status: 401, text: '{"error":"invalid_client","error_description":"hush-hush"}' };
	const made = await t.cli(['bus', 'init'], { config: s.config });
	assert.strictEqual(made.code, 1);
	assert.match(made.err, /no token from http:\/\/127\.0\.0\.1:\d+\/token: HTTP 401 \(invalid_client\); see client\.id/);
	await s.run.waitText(/bus\.down.*HTTP 401 \(invalid_client\)/, { timeout: 20000 });
	for (const [text, said] of [['no JSON', /its answer is no JSON/], ['{}', /has no access_token/], ['{"access_token":"x"}', /no expires_in/],
		['{"access_token":"a\\u0001b","expires_in":60}', /has no access_token/]]) {
		s.answer = { text };
		const answer = await t.cli(['bus', 'init'], { config: s.config });
		assert.strictEqual(answer.code, 1, `${text}: ${answer.out}`);
		assert.match(answer.err, said);
	}
	s.feed.serve(t.vigicrues(t.issued(30), { AP5: 'orange' }));
	s.answer = null;
	await s.sink.wait((m) => /INFORMATION – Vigilance crues orange : Aa/.test(m.subject ?? ''),
		{ timeout: 40000, after: s.sink.messages().findIndex((m) => /rouge/.test(m.subject ?? '')) });
	assert.doesNotMatch(s.run.text() + made.err, /hush-hush/);
	assertKept(s.run.text());
	await s.server.close();
	s.server.closeAllConnections();
	const none = await t.cli(['bus', 'init'], { config: s.config });
	assert.strictEqual(none.code, 1);
	assert.match(none.err, /no token from .*[Cc]onnect/);
});
