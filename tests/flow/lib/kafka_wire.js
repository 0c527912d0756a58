// kafka_wire.js - the one request of Kafka's protocol that kcat cannot send, so
// that topics are made in milliseconds and not by a Java program.
'use strict';

const net = require('node:net');
const { once } = require('node:events');

const CREATE_TOPICS = 19;
const VERSION = 4; // the last one without compact strings and tagged fields

const int8 = (n) => Buffer.from([n]);
const int16 = (n) => { const b = Buffer.alloc(2); b.writeInt16BE(n); return b; };
const int32 = (n) => { const b = Buffer.alloc(4); b.writeInt32BE(n); return b; };
const string = (text) => Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
const array = (items) => Buffer.concat([int32(items.length), ...items]);

function createRequest(names, partitions, configs) {
	const pairs = Object.entries(configs).map(([k, v]) => Buffer.concat([string(k), string(String(v))]));
	// -1: the broker's default number of replicas.
	const topics = names.map((name) => Buffer.concat([string(name), int32(partitions), int16(-1), array([]), array(pairs)]));
	const body = Buffer.concat([
		int16(CREATE_TOPICS), int16(VERSION), int32(1), string('tests'), array(topics), int32(15000), int8(0),
	]);
	return Buffer.concat([int32(body.length), body]);
}

// [{name, code, message}]; in front are the correlation and the throttle time.
function parseCreated(bytes) {
	let at = 8;
	const take16 = () => { at += 2; return bytes.readInt16BE(at - 2); };
	const takeString = () => {
		const n = take16();
		at += Math.max(n, 0);
		return n < 0 ? null : bytes.toString('utf8', at - n, at);
	};
	const n = bytes.readInt32BE(at);
	at += 4;
	return Array.from({ length: n }, () => ({ name: takeString(), code: take16(), message: takeString() }));
}

async function readFrame(socket) {
	let bytes = Buffer.alloc(0);
	for await (const data of socket) {
		bytes = Buffer.concat([bytes, data]);
		if (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0))
			return bytes.subarray(4, 4 + bytes.readInt32BE(0));
	}
	throw new Error('kafka: connection closed before the answer');
}

// Throws unless the broker at `port` has made each of them.
async function createTopics(port, names, partitions, configs) {
	const socket = net.connect(port, '127.0.0.1');
	try {
		await once(socket, 'connect');
		socket.setTimeout(20000, () => socket.destroy(new Error('kafka: no answer in 20 s')));
		socket.write(createRequest(names, partitions, configs));
		const bad = parseCreated(await readFrame(socket)).filter((topic) => topic.code !== 0);
		if (bad.length > 0)
			throw new Error(bad.map((t) => `kafka: topic ${t.name}: error ${t.code} ${t.message ?? ''}`).join('\n'));
	} finally {
		socket.destroy();
	}
}

module.exports = { createTopics };
