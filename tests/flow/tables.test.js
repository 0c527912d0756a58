// `tocsin tables`: what is built in, and whether it agrees with Météo-France.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { afterEach, test } = require('node:test');
const t = require('./lib/tocsin.js');

afterEach(t.stopAll);

const map = path.join(t.top, 'tests', 'data', 'feeds', 'vigicrues', '03-orange.geojson');

// The carte of the moment when `map` was issued: each colour by département.
function carte(folder, issued, colours) {
	const file = path.join(folder, 'carte.json');
	const domains = Object.entries(colours).map(([id, colour]) => ({
		domain_id: id, phenomenon_items: [{ phenomenon_id: '4', phenomenon_max_color_id: colour }],
	}));
	fs.writeFileSync(file, JSON.stringify({
		product: { update_time: issued, periods: [{ echeance: 'J', timelaps: { domain_ids: domains } }] },
	}));
	return file;
}

test('show prints the shipped table, which can be given back', async () => {
	for (const name of ['troncons', 'massifs']) {
		const { code, out } = await t.cli(['tables', 'show', name]);
		assert.equal(code, 0);
		assert.equal(out, fs.readFileSync(path.join(t.top, 'config', 'default', 'tables', `${name}.csv`), 'utf8'));
	}
	const { code, err } = await t.cli(['tables', 'show', 'rivers']);
	assert.equal(code, 2);
	assert.match(err, /troncons or massifs/);
});

test('check names the départements that differ, with their rows', async () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-'));
	try {
		const { DtHrInfoVigiCru: issued } = JSON.parse(fs.readFileSync(map, 'utf8'));
		const same = await t.cli(['tables', 'check', map, carte(folder, issued, { 62: 3, 59: 1 })]);
		assert.equal(same.code, 0, same.err + same.out);
		assert.match(same.out, /2 agree, 0 differ/);
		const other = await t.cli(['tables', 'check', map, carte(folder, issued, { 62: 2 })]);
		assert.equal(other.code, 1);
		assert.match(other.out, /^62 Pas-de-Calais: Météo-France jaune, its tronçons orange\n {4}AP5 +orange +not verified +Aa$/m);
		const own = path.join(folder, 'own.csv');
		fs.writeFileSync(own, 'zone;nom;departements;verifie\nAP5;Aa;59;oui\n');
		const moved = await t.cli(['tables', 'check', '--troncons', own, map, carte(folder, issued, { 59: 1 })]);
		assert.equal(moved.code, 1);
		assert.match(moved.out, /^59 Nord: .*\n {4}AP5 +orange +verified +Aa$/m);
	} finally {
		fs.rmSync(folder, { recursive: true });
	}
});

test('what cannot be read is named', async () => {
	const gone = await t.cli(['tables', 'check', map, '/nonexistent/carte.json']);
	assert.equal(gone.code, 1);
	assert.match(gone.err, /\/nonexistent\/carte\.json/);
	const wrong = await t.cli(['tables', 'check', map, map]);
	assert.equal(wrong.code, 1);
	assert.match(wrong.err, /not a cartevigilance/);
	assert.equal((await t.cli(['tables', 'check', map])).code, 2);
	assert.equal((await t.cli(['tables', 'erase', 'troncons'])).code, 2);
});
