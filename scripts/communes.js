#!/usr/bin/env node
// communes.js FOLDER FILE - communes.json and epci.json of the npm package
// @etalab/decoupage-administratif, in FOLDER, to the one compact FILE that the
// programs read (territory/communes.h).
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const PARTS = { 'commune-deleguee': 'd', 'commune-associee': 'a', 'arrondissement-municipal': 'm' };

function die(text) {
	process.stderr.write(`communes.js: ${text}\n`);
	process.exit(1);
}

function read(folder, name) {
	const rows = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
	if (!Array.isArray(rows) || rows.length === 0)
		die(`${name} is not a list`);
	return rows;
}

function field(value) {
	const text = String(value ?? '').trim();
	if (/[;\r\n]/.test(text))
		die(`'${text}' has a character of its own meaning`);
	return text;
}

function byCode(a, b) {
	return a.code < b.code ? -1 : a.code > b.code ? 1 : 0;
}

function epciOf(list) {
	const of = new Map();
	for (const epci of list)
		for (const member of epci.membres)
			of.set(member.code, epci.code);
	return of;
}

// A code in use today wins, then a part that has a name; what is left is known
// by its number alone.
function partsOf(rows, today) {
	const parts = new Map();
	for (const row of rows) {
		const letter = PARTS[row.type];
		const of = row.chefLieu ?? row.commune;
		if (letter && today.has(of))
			parts.set(row.code, { code: row.code, letter, name: row.nom, of });
	}
	for (const commune of today.values())
		for (const code of commune.anciensCodes ?? [])
			if (!parts.has(code) && !today.has(code))
				parts.set(code, { code, letter: 'x', name: '', of: commune.code });
	return [...parts.values()].sort(byCode);
}

function main(folder, file) {
	const rows = read(folder, 'communes.json');
	const epci = read(folder, 'epci.json').sort(byCode);
	const members = epciOf(epci);
	const communes = rows.filter((row) => row.type === 'commune-actuelle').sort(byCode);
	const today = new Map(communes.map((row) => [row.code, row]));
	const lines = [
		...epci.map((e) => ['e', e.code, e.nom]),
		...communes.map((c) => ['c', c.code, c.nom, members.get(c.code), c.population, (c.codesPostaux ?? []).join(' ')]),
		...partsOf(rows, today).map((p) => [p.letter, p.code, p.name, p.of]),
	].map((line) => line.map(field).join(';'));
	const text = ['tocsin-communes;1', ...lines, `fin;${lines.length}`, ''].join('\n');
	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(`${file}.new`, text);
	fs.renameSync(`${file}.new`, file);
}

if (process.argv.length !== 4)
	die('usage: communes.js FOLDER FILE');
main(process.argv[2], process.argv[3]);
