// feed.js - a source on loopback: it serves what the test gives it.
'use strict';

const http = require('node:http');

class Feed {
	constructor() {
		this.requests = []; // {url, headers, at} of each
		this.answer = { status: 503, headers: {}, body: 'nothing yet' };
		this.server = http.createServer((request, response) => {
			this.requests.push({ url: request.url, headers: request.headers, at: Date.now() });
			const { status, headers, body } = this.answer;
			response.writeHead(status, headers);
			response.end(body);
		});
	}

	async start() {
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${this.server.address().port}/InfoVigiCru.geojson`;
		return this;
	}

	// What is answered from now on; an object is sent as JSON.
	serve(body, status = 200, headers = {}) {
		const text = typeof body === 'object' ? JSON.stringify(body) : body;
		this.answer = { status, headers: { 'Content-Type': 'application/json', ...headers }, body: text };
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise((resolve) => this.server.close(resolve));
	}
}

module.exports = { Feed };
