// polls.js - 200 feeds of mixed rhythms in one collector: what a poll costs, and
// how late polls are. First the healthy feeds alone, then with sick ones beside
// them: what these are must not be seen in the figures of the others.
//
//   node polls.js [SECONDS]
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const t = require('../flow/lib/tocsin.js');
const { percentile, cpuOf, quietMoment, privateDirtyMb, run } = require('./lib.js');

const settleMs = 5000; // the first poll of all feeds at once is no rhythm
const sampleMs = 100;
const timeoutMs = 3000;

// How many of them, and how often they are polled.
const healthy = [[10, 1], [20, 2], [30, 5], [40, 10], [30, 30], [20, 60]];
const sick = { slow: 10, hanging: 10, failing: 10, large: 5, hostile: 5, page: 5, cut: 5 };
const sickSeconds = [2, 5, 10];

function rss(items, length) {
	const text = '<p>La préfecture informe de la <b>circulation</b> et des travaux.</p>'.repeat(length);
	const all = Array.from({ length: items }, (_, i) => `<item><title>Arrêté ${i}</title><link>https://prefecture.example/${i}</link>`
		+ `<description><![CDATA[${text}]]></description><pubDate>${new Date(Date.now() - i * 3600000).toUTCString()}</pubDate><guid>${i}</guid></item>`);
	return `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Préfecture</title>${all.join('')}</channel></rss>`;
}

const ordinary = rss(30, 4);
const large = rss(200, 250).replace('Arrêté 0<', 'Arrêté @<'); // 3.5 MB
const hostile = Buffer.from(`<rss><channel>${'<item><title>&#1;]]></titel><description>&lt;table&gt;'.repeat(60000)}`);

// A body that differs at each poll: it must be read, not only compared.
let serial = 0;
const changed = (text, mark) => text.replace(mark, `Arrêté modifié ${serial++}<`);

// Kind of a feed -> how it answers.
const answers = {
	// Every tenth time with news; of the others half with validators, half whole.
	healthy(request, response, n) {
		if (n % 10 === 0)
			response.end(changed(ordinary, 'Arrêté 3<'));
		else if (n % 2 === 0)
			response.writeHead(304).end();
		else
			response.end(ordinary);
	},
	slow(request, response) {
		const timer = setInterval(() => response.write(' '), 200);
		response.writeHead(200).write('<?xml version="1.0"?>');
		response.on('close', () => clearInterval(timer));
	},
	hanging() {},
	failing: (request, response) => response.writeHead(500).end('no'),
	large: (request, response) => response.end(changed(large, 'Arrêté @<')),
	hostile: (request, response) => response.end(Buffer.concat([hostile, Buffer.from(String(serial++))])),
	page: (request, response) => response.end(`<html><body>Vérification en cours ${serial++}</body></html>`),
	cut: (request, response) => response.end(changed(ordinary, 'Arrêté 3<').slice(0, 5000)),
};

// Feeds by name: {kind, every}.
function feedsOf({ isSick }) {
	const feeds = {};
	for (const [n, every] of healthy) {
		for (let i = 0; i < n; i++)
			feeds[`healthy-${every}-${i}`] = { kind: 'healthy', every };
	}
	for (const [kind, n] of Object.entries(isSick ? sick : {})) {
		for (let i = 0; i < n; i++)
			feeds[`${kind}-${i}`] = { kind, every: sickSeconds[i % sickSeconds.length] };
	}
	return feeds;
}

// The source of all feeds: when each was asked.
async function startSource(feeds) {
	const asked = Object.fromEntries(Object.keys(feeds).map((name) => [name, []]));
	const server = http.createServer((request, response) => {
		const name = request.url.slice(1);
		asked[name].push(Date.now());
		answers[feeds[name].kind](request, response, asked[name].length);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', 512, resolve));
	return { asked, url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}

// Every instant at which a poll was due, as stored: feed -> [ms].
function watchDue(client) {
	const due = {};
	const timer = setInterval(async () => {
		const flat = await client.call('ZRANGE', 'tocsin.src:due', 0, -1, 'WITHSCORES').catch(() => []);
		for (let i = 0; i < flat.length; i += 2) {
			const list = due[flat[i].split('|')[0]] ??= [];
			if (flat[i].endsWith('|poll') && list.at(-1) !== Number(flat[i + 1]))
				list.push(Number(flat[i + 1]));
		}
	}, sampleMs);
	return { due, stop: () => clearInterval(timer) };
}

// ms between the instant that a poll was due and its arrival, since `from`.
function lateness(due, asked, from) {
	const late = [];
	for (const [name, list] of Object.entries(due)) {
		for (const [i, at] of list.entries()) {
			const arrived = asked[name]?.find((ms) => ms >= at);
			const isNext = i + 1 === list.length || arrived < list[i + 1];
			if (at >= from && arrived !== undefined && isNext)
				late.push(arrived - at);
		}
	}
	return late;
}

async function startCollector(feeds, source) {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const client = await t.connect(redis);
	const feed = Object.fromEntries(Object.entries(feeds).map(([name, { every }]) =>
		[name, { driver: 'rss', url: `${source.url}/${name}`, every: `${every} s`, interval: '0 s', timeout: `${timeoutMs / 1000} s` }]));
	const conf = t.makeConfig({ dir, redis, feed: { url: source.url } });
	conf.feed = feed;
	const config = t.writeConfig(dir, conf);
	fs.mkdirSync(path.join(dir, 'secrets'), { mode: 0o700 });
	fs.writeFileSync(path.join(dir, 'secrets', 'tocsin.collector'), 'fictif\n', { mode: 0o600 });
	await client.call('ACL', 'SETUSER', 'tocsin.collector', 'on', '>fictif', '~tocsin.*', '+@all');
	return { client, redis, program: t.startDaemon('tocsin-collector', { config, args: ['rss'] }) };
}

async function measure(what, { isSick, seconds }) {
	const feeds = feedsOf({ isSick });
	const source = await startSource(feeds);
	const { client, redis, program } = await startCollector(feeds, source);
	const started = Date.now();
	await t.waitFor(() => Object.values(source.asked).every((list) => list.length > 0), { timeout: 60000, what: 'all feeds to be polled', detail: () => program.text().slice(-3000) });
	const firstMs = Date.now() - started;
	await new Promise((resolve) => setTimeout(resolve, settleMs));
	const watched = watchDue(client);
	await new Promise((resolve) => setTimeout(resolve, 2 * sampleMs));
	const from = Date.now();
	const count = () => Object.values(source.asked).reduce((sum, list) => sum + list.length, 0);
	const before = count();
	const { cpu } = await cpuOf({ collector: program.pid, redis: redis.program.pid },
		() => new Promise((resolve) => setTimeout(resolve, 1000 * seconds)));
	const polls = count() - before;
	const tookMs = Date.now() - from;
	watched.stop();
	const isHealthy = (name) => feeds[name]?.kind === 'healthy';
	const late = lateness(Object.fromEntries(Object.entries(watched.due).filter(([name]) => isHealthy(name))), source.asked, from);
	const result = {
		feeds: Object.keys(feeds).length, polls, rate: 1000 * polls / tookMs, firstMs,
		cpuUs: cpu.collector / polls, core: 100 * cpu.collector / 1000 / tookMs, redisUs: cpu.redis / polls,
		late: late.length, p50: percentile(late, 0.5), p99: percentile(late, 0.99), max: Math.max(...late),
		memory: privateDirtyMb(program.pid),
	};
	console.log(`polls ${what}: ${result.feeds} feeds, first polls of all within ${firstMs} ms; ${polls} polls in ${(tookMs / 1000).toFixed(0)} s (${result.rate.toFixed(1)}/s), `
		+ `${result.cpuUs.toFixed(0)} us of CPU a poll, ${result.core.toFixed(1)} % of a core, Redis ${result.redisUs.toFixed(0)} us a poll, Private_Dirty ${result.memory.toFixed(1)} MB`);
	console.log(`polls ${what}: ${result.late} polls of healthy feeds late by p50 ${result.p50} ms, p99 ${result.p99} ms, at most ${result.max} ms`);
	await program.kill('SIGTERM');
	source.stop();
	await t.stopAll();
	return result;
}


run(async () => {
	const seconds = Number(process.argv[2] ?? 30);
	await quietMoment();
	const alone = await measure('healthy alone', { isSick: false, seconds });
	await quietMoment();
	const beside = await measure('with sick ones', { isSick: true, seconds });
	console.log(`polls: with ${beside.feeds - alone.feeds} sick feeds beside them the healthy ones are late by p50 ${beside.p50 - alone.p50} ms and p99 ${beside.p99 - alone.p99} ms more`);
});
