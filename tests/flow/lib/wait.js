// wait.js - bounded waits on conditions; nothing sleeps for a fixed time.
'use strict';

// Ask `condition` again and again until it gives something true; give it back.
// What it throws ends the wait at once. `detail` is asked when time is over.
async function waitFor(condition, { timeout = 15000, every = 20, what = 'a condition', detail } = {}) {
	const end = Date.now() + timeout;
	for (;;) {
		const value = await condition();
		if (value)
			return value;
		if (Date.now() > end) {
			const more = detail ? `\n${await detail()}` : '';
			throw new Error(`waited ${timeout} ms in vain for ${what}${more}`);
		}
		await new Promise((resolve) => setTimeout(resolve, every));
	}
}

module.exports = { waitFor };
