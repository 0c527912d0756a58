// points.js - every failpoint of the source, and the program that reaches it.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { top } = require('../flow/lib/tocsin.js');

const PROGRAMS = ['collector', 'rules', 'dispatcher', 'journal'];
const FOLDERS = ['core', 'collectors', 'rules', 'dispatcher', 'journal'];

function* sources(folder) {
	for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory())
			yield* sources(file);
		else if (entry.name.endsWith('.c'))
			yield file;
	}
}

// Is that point passed by that program on that bus? What waits for an earlier
// crash (the mark of a suspected record) is reached by the worker's own tests;
// the journal publishes nothing, and only what is published to Kafka has an
// outbox.
function isPassed(bus, program, name) {
	const own = PROGRAMS.find((p) => name.startsWith(`${p}.`));
	if (name === 'worker.marked' || (own && own !== program))
		return false;
	return !name.startsWith('outbox.') || (bus === 'kafka' && program !== 'journal');
}

// "program/point", of every failpoint in the source.
function points(bus) {
	const names = new Set();
	for (const folder of FOLDERS) {
		for (const file of sources(path.join(top, folder))) {
			for (const match of fs.readFileSync(file, 'utf8').matchAll(/tcs_failpoint\("([^"]+)"\)/g))
				names.add(match[1]);
		}
	}
	return [...names].sort().flatMap((name) => PROGRAMS.filter((program) => isPassed(bus, program, name))
		.map((program) => `tocsin-${program}/${name}`));
}

module.exports = { points };
