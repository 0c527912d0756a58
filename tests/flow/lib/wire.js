// wire.js - what docs/wire-format.md and config/schema/ say of a record, held
// against records. A schema allows members that it does not name, for those
// who read; here it does not, so that neither it nor the page falls behind.
'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { tempDir, top } = require('./tocsin.js');

// Debian's modules are where Debian's node looks; any other has to be told.
process.env.NODE_PATH = [process.env.NODE_PATH, '/usr/share/nodejs'].filter(Boolean).join(path.delimiter);
Module._initPaths();
const Ajv = require('ajv');

const CAP = ['signals', 'proposals', 'alerts'];
const folder = path.join(top, 'config', 'schema');
const xsd = path.join(folder, 'cap-1.2.xsd');
const schemas = Object.fromEntries(fs.readdirSync(folder).filter((name) => name.endsWith('.json'))
	.map((name) => [name.slice(0, -5), JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))]));
const topics = [...CAP, ...Object.keys(schemas)];

// A copy in which every object that names its members has no others.
function closed(schema) {
	if (Array.isArray(schema))
		return schema.map(closed);
	if (schema === null || typeof schema !== 'object')
		return schema;
	const copy = {};
	for (const [key, value] of Object.entries(schema))
		copy[key] = key === 'properties' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, closed(v)])) : closed(value);
	return schema.properties && !('additionalProperties' in schema) ? { ...copy, additionalProperties: false } : copy;
}

const shipped = {};
const strict = {};
for (const [topic, schema] of Object.entries(schemas)) {
	shipped[topic] = new Ajv({ allErrors: true }).compile(schema);
	strict[topic] = new Ajv({ allErrors: true }).compile(closed(schema));
}

// Every member that a schema names, of any kind.
function members(schema, found = new Set()) {
	if (schema !== null && typeof schema === 'object') {
		if (schema.properties && !Array.isArray(schema))
			Object.keys(schema.properties).forEach((name) => found.add(name));
		Object.values(schema).forEach((value) => members(value, found));
	}
	return found;
}

/* The page */

const page = fs.readFileSync(path.join(top, 'docs', 'wire-format.md'), 'utf8');

// {heading: text} of the sections `level` deep.
function sections(text, level) {
	const parts = text.split(new RegExp(`^${'#'.repeat(level)} (.*)$`, 'm'));
	const found = {};
	for (let i = 1; i < parts.length; i += 2)
		found[parts[i]] = parts[i + 1];
	return found;
}

// {name: {topic: word}} of the table in `text` whose first column is `first`.
function table(text, first) {
	const lines = text.split('\n');
	const at = lines.findIndex((line) => line.startsWith(`| ${first} |`));
	const cells = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());
	const heads = cells(lines[at]);
	const rows = {};
	for (let i = at + 2; lines[i]?.startsWith('|'); i++) {
		const [name, ...rest] = cells(lines[i]);
		rows[name.replace(/`/g, '')] = Object.fromEntries(rest.map((cell, k) => [heads[k + 1], cell]));
	}
	return rows;
}

const chapters = sections(page, 2);
const about = sections(chapters.Topics, 3); // {topic: its section}
const headers = table(chapters.Headers, 'header');
const parameters = table(chapters['CAP profile'], 'parameter');

// The examples of a topic: [{k, headers, v}]. Each is a block of headers, the
// key first, and a block with the value.
function examples(topic) {
	const blocks = [...about[topic].matchAll(/^```text\nkey +(.*)\n([^]*?)```\n+```(?:json|xml)\n([^]*?)```/gm)];
	return blocks.map(([, k, lines, v]) => ({
		k, v, headers: Object.fromEntries(lines.trim().split('\n').map((line) => /^(\S+) +(.*)$/.exec(line).slice(1))),
	}));
}

/* Records */

const DEPARTEMENT = '0[1-9]|[13-8][0-9]|2[1-9]|2[AB]|9[0-5]|9[78][0-9]';
// resume is published once a partition, under a key that falls there.
const KEYS = { decisions: `FR[0-9]*|${DEPARTEMENT}`, receipts: `FR[0-9]*|${DEPARTEMENT}`, rejected: '.*' };
const HEADERS = { id: /^[!-~]{1,255}$/, trace: /^[0-9a-f]{16}$/ };

function headerFaults(topic, record) {
	const faults = [];
	for (const [name, value] of Object.entries(record.headers)) {
		const cell = headers[name]?.[topic];
		if (cell === undefined || cell === '–')
			faults.push(`header ${name}: not documented`);
		if (!(HEADERS[name] ?? /^[0-9]{13}$/).test(value))
			faults.push(`header ${name}: ${JSON.stringify(value)}`);
	}
	for (const [name, cells] of Object.entries(headers)) {
		if (cells[topic] === 'always' && !(name in record.headers))
			faults.push(`header ${name}: missing`);
	}
	return faults;
}

function jsonFaults(topic, text) {
	let value;
	try {
		value = JSON.parse(text);
	} catch (error) {
		return [`no JSON: ${error.message}`];
	}
	const say = (validate) => (validate(value) ? [] : validate.errors.map((e) => `${e.dataPath} ${e.message} ${JSON.stringify(e.params)}`));
	return [...say(shipped[topic]), ...say(strict[topic])];
}

// [[name, value]] of the <parameter>s or <geocode>s of a CAP document.
function values(cap, tag) {
	const one = new RegExp(`<${tag}>\\s*<valueName>([^<]*)</valueName>\\s*<value>([^<]*)</value>\\s*</${tag}>`, 'g');
	return [...cap.matchAll(one)].map((match) => match.slice(1));
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/;
const FORMS = {
	level: /^[a-z]+:\S+$/, 'previous-level': /^[a-z]+:\S+$/, issued: TIME, fetched: TIME, fact: TIME, reported: TIME, 'first-sight': /^yes$/, end: /^yes$/,
	estimated: /^yes$/, nature: /^(information|alerte)$/, action: /^(raise|lift|prolong)$/, thread: /^[A-Za-z0-9.:_-]+\/[a-z0-9-]+$/,
	code: /^[2-9A-HJKMNP-TV-Z]{3}$/, number: /^[1-9][0-9]*$/, version: /^[1-9][0-9]*$/, 'decision-mode': /^(none|authority)$/,
	audience: /^[a-z0-9-]+( [a-z0-9-]+)*$/, 'signal-reference': /^[^\s,]+,[^\s,]+,[^\s,]+$/, 'intended-status': /^(Actual|Exercise|Test)$/,
	decision: /^id=\S+ read=[0-9a-f]{6} bound=[0-9a-f]{6} (basis=.* )?(asked=\S+ )?(answered=\S+ )?authority=.* how=.* at=\S+$/,
};
const STATUS = { signals: 'Actual|Exercise|Test|System', proposals: 'Draft', alerts: 'Actual|Exercise|Test' };
const SCOPE = { signals: 'Public', proposals: 'Restricted', alerts: 'Restricted' };

// What the profile asks beyond CAP; the schema is checked for many at once.
function profileFaults(topic, record) {
	const faults = [];
	const cap = record.v;
	const tag = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(cap)?.[1];
	const wants = (name, form) => {
		if (!new RegExp(`^(${form})$`).test(tag(name) ?? ''))
			faults.push(`<${name}>: ${tag(name)}`);
	};
	wants('status', STATUS[topic]);
	wants('scope', SCOPE[topic]);
	wants('msgType', 'Alert|Update');
	wants('language', 'fr-FR');
	if (tag('identifier') !== record.headers.id)
		faults.push(`<identifier>: ${tag('identifier')} is not the header id`);
	const given = values(cap, 'parameter').map(([name, value]) => [name.replace(/^tocsin:/, ''), value]);
	for (const [name, value] of given) {
		const cell = parameters[name]?.[topic];
		if (cell === undefined || cell === '–')
			faults.push(`parameter ${name}: not documented`);
		if (!(FORMS[name] ?? /\S/).test(value))
			faults.push(`parameter ${name}: ${value}`);
	}
	for (const [name, cells] of Object.entries(parameters)) {
		if (cells[topic] === 'always' && !given.some(([one]) => one === name))
			faults.push(`parameter ${name}: missing`);
	}
	if (/tocsin:nature<\/valueName>\s*<value>alerte/.test(cap) && topic === 'alerts' && !given.some(([one]) => one === 'decision'))
		faults.push('an alerte without decision');
	const isSelf = given.some(([name, value]) => name === 'source' && value === 'tocsin');
	const isField = given.some(([name, value]) => name === 'source' && value === 'terrain');
	wants('category', isSelf ? 'Infra' : isField ? 'Safety' : 'Met');
	wants('event', isSelf ? 'Surveillance des sources' : isField ? 'Signalement du terrain' : 'Vigilance.*');
	const codes = values(cap, 'geocode');
	const key = codes.find(([name]) => name === 'INSEE:DEP')?.[1] ?? 'FR';
	if (key !== record.k)
		faults.push(`INSEE:DEP: ${key}, but the key is ${record.k}`);
	for (const [name, value] of codes) {
		if (!/^(INSEE|INSEE:DEP|VIGICRUES|TERRAIN|TOCSIN:FEED)$/.test(name) || (name === 'INSEE' && !/^[0-9][0-9AB][0-9]{3}$/.test(value)))
			faults.push(`geocode ${name}: ${value}`);
	}
	return faults;
}

// What is wrong with CAP documents, by CAP's own schema; one xmllint for all.
function schemaFaults(documents) {
	const dir = tempDir();
	const files = documents.map((text, i) => {
		fs.writeFileSync(path.join(dir, `${i}.xml`), text);
		return `${i}.xml`;
	});
	if (files.length === 0)
		return [];
	const { status, stderr, error } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', xsd, ...files], { cwd: dir, encoding: 'utf8' });
	if (error)
		throw error;
	const lines = stderr.split('\n').filter((line) => line && !/^\d+\.xml validates$/.test(line));
	return status === 0 ? [] : lines;
}

// Everything that is wrong with records of one topic, as texts.
function faults(topic, records) {
	const all = [];
	for (const record of records) {
		const found = headerFaults(topic, record);
		if (!new RegExp(`^(${KEYS[topic] ?? `FR|${DEPARTEMENT}`})$`).test(record.k))
			found.push(`key ${record.k}`);
		if (Buffer.byteLength(record.v) > 1000000)
			found.push('more than 1 000 000 bytes');
		found.push(...(CAP.includes(topic) ? profileFaults(topic, record) : jsonFaults(topic, record.v)));
		all.push(...found.map((text) => `${topic} ${record.position ?? record.headers.id}: ${text}`));
	}
	if (CAP.includes(topic))
		all.push(...schemaFaults(records.map((record) => record.v)).map((text) => `${topic}: ${text}`));
	return all;
}

module.exports = { topics, schemas, CAP, page, about, headers, parameters, members, examples, faults };
