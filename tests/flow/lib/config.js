// config.js - a tocsin.conf as an object: {section: {key: value}} or
// {section: {TITLE: {key: value}}} for sections that have titles.
'use strict';

const TITLED = new Set(['feed', 'contact', 'channel']);

function value(v) {
	if (typeof v === 'boolean')
		return v ? 'yes' : 'no';
	if (typeof v === 'number')
		return String(v);
	if (Array.isArray(v))
		return `{${v.map(value).join(', ')}}`;
	return `"${String(v).replace(/["\\]/g, '\\$&')}"`;
}

function section(head, keys) {
	const lines = Object.entries(keys)
		.filter(([, v]) => v !== undefined)
		.map(([k, v]) => `\t${k.includes('.') ? `'${k}'` : k} = ${value(v)}\n`);
	return `${head} {\n${lines.join('')}}\n`;
}

function confText(conf) {
	let text = '';
	for (const [name, keys] of Object.entries(conf)) {
		if (!TITLED.has(name)) {
			text += section(name, keys);
			continue;
		}
		for (const [title, inner] of Object.entries(keys))
			text += section(`${name} ${title}`, inner);
	}
	return text;
}

module.exports = { confText };
