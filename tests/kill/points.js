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

// Names that begin with a daemon's word are that daemon's; the others belong
// to core and are reached by each. What waits for an earlier crash (the mark
// of a suspected record) is reached by the worker's own tests.
function points() {
	const names = new Set();
	for (const folder of FOLDERS) {
		for (const file of sources(path.join(top, folder))) {
			for (const match of fs.readFileSync(file, 'utf8').matchAll(/tcs_failpoint\("([^"]+)"\)/g))
				names.add(match[1]);
		}
	}
	names.delete('worker.marked');
	return [...names].sort().flatMap((name) => {
		const own = PROGRAMS.find((program) => name.startsWith(`${program}.`));
		return own ? [`tocsin-${own}/${name}`]
			: PROGRAMS.filter((p) => !(p === 'collector' && name === 'worker.record')).map((p) => `tocsin-${p}/${name}`);
	});
}

module.exports = { points };
