// certs.js - certificates for one test, made by openssl: an authority, and
// certificates that it signed. makeCerts(dir) gives {ca, good, other, expired,
// self}, each {cert, key}; `good` is of localhost and 127.0.0.1.
'use strict';

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const OURS = 'subjectAltName=DNS:localhost,IP:127.0.0.1';

const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });

function makeCerts(dir) {
	const pair = (name) => ({ cert: path.join(dir, `${name}.pem`), key: path.join(dir, `${name}.key`) });
	const signed = (name, san, days) => {
		const csr = path.join(dir, `${name}.csr`);
		openssl('req', '-new', ...EC, '-subj', '/CN=server', '-addext', san, '-keyout', pair(name).key, '-out', csr);
		openssl('x509', '-req', '-in', csr, '-CA', pair('ca').cert, '-CAkey', pair('ca').key, '-CAcreateserial',
			'-days', days, '-copy_extensions', 'copyall', '-out', pair(name).cert);
		return pair(name);
	};
	const self = (name, ...more) => {
		openssl('req', '-x509', ...EC, '-days', '2', '-subj', '/CN=Tocsin, for a test', ...more,
			'-keyout', pair(name).key, '-out', pair(name).cert);
		return pair(name);
	};
	return {
		ca: self('ca'), self: self('self', '-addext', OURS), good: signed('good', OURS, '2'),
		other: signed('other', 'subjectAltName=DNS:other.example', '2'), expired: signed('expired', OURS, '-1'),
	};
}

module.exports = { makeCerts };
