// world.js - one store, one bus, one sink, one `tocsin run`, and what is put into
// it. A world on Kafka has a broker of its own: no offset, no member of another
// world is left in it.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { startBus, conf: busConf } = require('../flow/lib/bus.js');
const t = require('../flow/lib/tocsin.js');

const RULE = `<?xml version="1.0" encoding="UTF-8"?>
  <rule id="crues" title="Vigilance crues" owner="SIDPC (essai)" basis="essai" review="2099-01-01">
    <when><source is="vigicrues"/><level at-least="orange"/></when>
    <raise nature="information" audience="sidpc" expires="source">
      <headline>Vigilance crues {level} : {zone}</headline>
    </raise>
    <raise nature="alerte" audience="communes" decision="authority" expires="source">
      <headline>Vigilance crues {level} : {zone}</headline>
      <action for="communes">Vérifier les points bas.</action>
    </raise>
  </rule>
`;

const FIELD = `<?xml version="1.0" encoding="UTF-8"?>
  <rule id="terrain" title="Terrain" owner="SIDPC (essai)" basis="essai" review="2099-01-01">
    <when><source is="terrain"/></when>
    <raise nature="information" audience="sidpc" expires="source"/>
  </rule>
`;

function minute(offset) {
	return new Date(Math.floor(Date.now() / 1000) * 1000 + offset * 1000).toISOString().replace('.000Z', '+00:00');
}

async function world({ bus: kind = 'redis', feed: hasFeed = false, env = {}, sinkArgs = [], informationOnly = false, isBench = false }) {
	const dir = t.tempDir();
	const redis = await t.startRedis();
	const w = { dir, redis, published: [], life: null };
	const connect = async () => { w.client = await t.connect(w.redis); };
	await connect();
	w.bus = await startBus(kind, { redis, db: () => w.client });
	const sink = await t.startSink(dir, sinkArgs);
	const feed = await t.startFeed();
	const rules = path.join(dir, 'rules.d');
	fs.mkdirSync(rules, { recursive: true });
	const rule = informationOnly ? RULE.replace(/ *<raise nature="alerte"[^]*?<\/raise>\n/, '') : RULE;
	fs.writeFileSync(path.join(rules, '10-crues.xml'), rule);
	fs.writeFileSync(path.join(rules, '20-terrain.xml'), FIELD);
	const secret = path.join(dir, 'essai.whsec');
	fs.writeFileSync(secret, `whsec_${Buffer.from('une clef pour les essais seuls !').toString('base64')}\n`, { mode: 0o600 });
	feed.serve(t.vigicrues(minute(-600)));
	const config = t.writeConfig(dir, t.makeConfig({
		dir, redis, feed, sink,
		parts: {
			paths: { rules },
			bus: busConf(w.bus),
			feed: {
				vigicrues: { driver: 'vigicrues', url: feed.url, every: hasFeed ? '1 s' : '1 h' },
				...(hasFeed ? { terrain: { driver: 'report' } } : {}),
			},
			channel: { webhook: { format: 'cap', secret_file: secret, slots: 8, retry_base: '200 ms', retry_cap: '1 s' } },
			contact: {
				astreinte: {
					function: "agent d'astreinte", audiences: ['sidpc'], departements: ['62'], webhook: `${sink.url}astreinte`,
					email: hasFeed ? 'astreinte@prefecture.example' : undefined,
				},
				pcs: { function: 'cellule PCS', audiences: ['communes'], departements: ['62'], webhook: `${sink.url}pcs` },
			},
		},
	}));
	await w.bus.init(config);
	const run = t.startRun({ config, env, file: isBench ? path.join(dir, 'run.log') : undefined });
	Object.assign(w, { sink, feed, config, run });
	w.ready = () => t.waitFor(async () => (await w.client.call('KEYS', 'tocsin.lease:*')).length >= (hasFeed ? 5 : 4),
		{ timeout: 30000, what: 'the daemons to own their units', detail: () => run.text().slice(-3000) });
	w.inHand = () => inHand(w);
	w.pidOf = (name) => {
		try {
			return Number(execFileSync('pgrep', ['-P', String(run.pid), '-x', name.slice(0, 15)], { encoding: 'utf8' }).split('\n')[0]);
		} catch {
			return 0; // it is being started again
		}
	};
	w.restartRedis = async () => {
		await redis.kill();
		await redis.start();
		await connect();
	};
	w.settled = (timeout = 60000) => settled(w, timeout);
	w.life = () => life(w);
	await w.ready();
	return w;
}

const NOTED = / (warning|error) | info (unit|outbox|bus|store|daemon)\./;
const WAITS = /"state":"(QUEUED|SENDING|WAITING)"/;
const RANK = { orange: 3, rouge: 4 };

// What the bus has said it took and the sink has not: zones whose highest level
// has not arrived and has not expired.
async function inHand(w) {
	const there = new Map();
	for (const m of w.sink.messages()) {
		const zone = /<valueName>tocsin:zone<\/valueName>\s*<value>([^<]*)</.exec(m.body)?.[1];
		const level = /<value>[^<]*vigicrues:(orange|rouge)</.exec(m.body)?.[1];
		there.set(zone, Math.max(there.get(zone) ?? 0, RANK[level] ?? 0));
	}
	const want = new Map();
	for (const p of w.published.filter((one) => one.expires > Date.now()))
		want.set(p.zone, Math.max(want.get(p.zone) ?? 0, RANK[p.level]));
	return [...want].filter(([zone, rank]) => (there.get(zone) ?? 0) < rank).length;
}

const GROUPS = {
	signals: ['rules', 'journal'], proposals: ['dispatcher', 'journal'], decisions: ['dispatcher', 'journal'],
	alerts: ['journal'], receipts: ['journal'], reports: ['reports', 'journal'],
};

// What is still to be done: records not read, deliveries that wait, outboxes
// with an entry.
async function unsettled(w) {
	const left = [];
	const last = await w.bus.last(Object.keys(GROUPS));
	for (const [topic, names] of Object.entries(GROUPS)) {
		for (const group of names) {
			const at = await w.client.call('GET', `tocsin.pos:${group}:${topic}.0`);
			if (last[topic] && at !== last[topic])
				left.push(`${group} at ${at} of ${topic}, which ends at ${last[topic]}`);
		}
	}
	const rows = Object.values(await w.client.hash('tocsin.ledger:rows')).filter((row) => WAITS.test(row));
	if (rows.length > 0)
		left.push(`${rows.length} deliveries, such as ${rows[0]}`);
	for (const key of await w.client.call('KEYS', 'tocsin.outbox:*'))
		left.push(`${await w.client.call('HLEN', key)} entries in ${key}`);
	return left;
}

async function settled(w, timeout) {
	let left;
	await t.waitFor(async () => {
		left = await unsettled(w);
		return left.length === 0;
	}, { timeout, every: w.bus.kind === 'kafka' ? 300 : 100, what: 'everything to be delivered',
		detail: () => [...left, ...w.run.text().split('\n').filter((line) => NOTED.test(line)).slice(-60)].join('\n') });
}

// What somebody saw, typed in; it arrives everywhere, and so does its end, which
// would supersede what has not left yet.
async function speak(w) {
	const type = (words) => t.waitFor(async () => {
		const answer = await t.cli(['report', ...words], { config: w.config });
		return answer.code === 0 && /^report +(\S+)$/m.exec(answer.out)[1];
	}, { timeout: 45000, every: 500, what: `report ${words}`, detail: () => w.run.text().slice(-3000) });
	const arrived = (what) => w.sink.wait((m) => m.path?.endsWith('astreinte') && m.body.includes('terrain:none') && m.body.includes(what),
		{ timeout: 45000, what: `the report, ${what}` });
	const id = await type(['--where', '62040', '--what', 'essai', '--from', 'mairie (essai)']);
	await arrived('Monitor');
	await w.settled();
	await type(['--end', id]);
	await arrived('AllClear');
}

// The life of one alert: green, then orange (information at once, the alerte
// decided), then red, through every program. Waits are on what arrives.
async function life(w) {
	const arrived = (who, level) => w.sink.wait(
		(m) => m.path?.endsWith(who) && m.body.includes(`vigicrues:${level}`), { timeout: 45000, what: `${level} at ${who}` });
	const decide = async (level) => {
		const code = await t.waitFor(async () => {
			const waiting = Object.values(await w.client.hash('tocsin.ledger:proposals')).map((text) => JSON.parse(text))
				.find((p) => p.nature === 'alerte' && p.state === 'waiting' && p.level.endsWith(level));
			return waiting && `${waiting.code}-${waiting.hash.slice(0, 6)}`;
		}, { timeout: 45000, what: `the proposal of ${level}`, detail: () => w.run.text().slice(-3000) });
		await t.waitFor(async () => (await t.cli(['decide', code, 'approve', '--authority', 'sous-préfet de permanence (essai)',
			'--how', 'verbal', '--reason', 'essai'], { config: w.config })).code === 0,
		{ timeout: 45000, every: 500, what: `the decision on ${code}`, detail: () => w.run.text().slice(-3000) });
	};
	await t.waitFor(async () => (await w.client.call('HEXISTS', 'tocsin.src:feeds', 'vigicrues|held')) === 1,
		{ timeout: 45000, what: 'the first state', detail: () => w.run.text().slice(-3000) });
	await speak(w);
	for (const [i, level] of ['orange', 'rouge'].entries()) {
		w.feed.serve(t.vigicrues(minute(-300 + 60 * i), { AP5: level }));
		await arrived('astreinte', level);
		await decide(level);
		await arrived('pcs', level);
		await w.settled();
	}
	w.hasLife = true;
}

// Signals put on the bus at a rate; `published` has each as soon as the bus does.
async function publish(w, { first, count, rate, level, expires }) {
	const tool = path.join(t.bin, '..', 'bench', 'publish_signals');
	const until = Math.floor(Date.now() / 1000) * 1000 + expires * 1000;
	let done = 0;
	// The bus may be away for a moment: what was not taken is sent again by a
	// new call.
	while (done < count) {
		const program = new t.Program(tool, [w.redis.address, 'default', w.redis.admin, String(first + done),
			String(count - done), String(rate), level, String(Math.max(1, Math.round((until - Date.now()) / 1000))), w.bus.url]);
		let at = 0;
		const take = () => {
			for (let end; (end = program.out.indexOf('\n', at)) >= 0; at = end + 1) {
				w.published.push({ zone: program.out.slice(at).split(' ', 1)[0], level, expires: until });
				done++;
			}
		};
		program.child.stdout.on('data', take);
		await program.ended;
		take();
		if (/Sanitizer/.test(program.err))
			throw new Error(program.err);
		if (program.exit.code === 0)
			break;
	}
}

module.exports = { world, publish };
