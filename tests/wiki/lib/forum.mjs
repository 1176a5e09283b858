// A small site in place of Stoa: signs events, answers what wikis ask, and checks and keeps what they say.
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import { createServer } from 'node:http';

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_BYTES = 32;

/** A pair of Ed25519 keys, as a site and a wiki have them. */
export function pair() {
	const seed = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(-SPKI_BYTES);
	const secret = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
	const open = createPublicKey(secret);
	return { secret, open, seed: seed.toString('base64'), public: open.export({ type: 'spki', format: 'der' }).subarray(-SPKI_BYTES).toString('base64') };
}

/** A discussion as the site describes it. */
export function discussion(base, id, seq, more = {}) {
	const url = `${base}/t/topic-${id}/${id}`;
	const person = (name) => ({ name, url: `${base}/u/${encodeURIComponent(name)}` });
	const texts = more.texts ?? [`First words of ${id}.`];
	const posts = texts.map((text, i) => ({
		number: i + 1, author: person(i % 2 ? 'Grace' : 'Ada'), time: `2026-11-2${Math.min(i, 5)}T08:00:00Z`, url: `${url}/${i + 1}`,
		lang: 'en', dir: 'ltr', html: text.startsWith('<') ? text : `<p>${text}</p>`,
	}));
	const { texts: _, ...rest } = more;
	return {
		id, seq, title: `Topic ${id}`, url, lang: 'en', dir: 'ltr', state: 'open',
		categories: [{ slug: 'help', name: 'Help' }], tags: [], groups: [], author: person('Ada'),
		replies: texts.length - 1, participants: 1, likes: 0, created: '2026-11-20T08:00:00Z', last: '2026-11-25T08:00:00Z',
		last_author: person('Grace'), excerpt: `Excerpt of ${id}.`, pages: [], posts, posts_left_out: 0, ...rest,
	};
}

export class Forum {
	constructor() {
		this.keys = pair();
		this.next = pair();
		this.wiki = pair();
		/** What wikis said, with `good` for a signature that fits. */
		this.heard = [];
		/** Paths that were asked for. */
		this.asked = [];
		this.known = new Map();
		this.log = { discussions: [], deleted: [], next: '1', more: false };
		/** well, hang, fail (500) or redirect */
		this.mood = 'well';
		this.hanging = new Set();
	}

	async listen() {
		this.server = createServer((request, response) => this.answer(request, response));
		await new Promise((done) => this.server.listen(this.port ?? 0, '127.0.0.1', done));
		this.port = this.server.address().port;
		this.base = `http://127.0.0.1:${this.port}`;
		return this;
	}

	/** Nobody answers at its port. */
	async close() {
		for (const response of this.hanging) response.destroy();
		this.hanging.clear();
		this.server.closeAllConnections();
		await new Promise((done) => this.server.close(done));
	}

	async answer(request, response) {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		const body = Buffer.concat(chunks).toString();
		const url = new URL(request.url, this.base);
		this.asked.push(url.pathname);
		const json = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
		if (this.mood === 'hang') return void this.hanging.add(response);
		if (this.mood === 'fail') return json(500, { error: 'for a test' });
		if (this.mood === 'redirect') return void response.writeHead(302, { location: `${this.elsewhere}${url.pathname}` }).end();
		if (request.method === 'POST' && url.pathname === '/api/v1/wiki/events') {
			const id = request.headers['webhook-id'];
			const time = request.headers['webhook-timestamp'];
			const signature = /^v1a,(.+)$/.exec(request.headers['webhook-signature'] ?? '')?.[1] ?? '';
			const good = Math.abs(Date.now() / 1000 - Number(time)) < 300
				&& verify(null, Buffer.from(`${id}.${time}.${body}`), this.wiki.open, Buffer.from(signature, 'base64'));
			this.heard.push({ id, good, ...JSON.parse(body) });
			return json(good ? 200 : 401, { status: good ? 'stored' : 'refused' });
		}
		const one = /^\/api\/v1\/discussions\/(\d+)$/.exec(url.pathname);
		if (one) {
			const found = this.known.get(Number(one[1]));
			return found ? json(200, found) : json(404, {});
		}
		if (/^\/api\/v1\/wiki\/[^/]+\/discussions$/.test(url.pathname)) {
			this.since = url.searchParams.get('since');
			return json(200, this.log);
		}
		json(404, {});
	}

	/** The headers and the body of an event. */
	sign(event, { key = this.keys, id = `evt_${randomUUID()}`, time = Math.floor(Date.now() / 1000), second } = {}) {
		const body = JSON.stringify(event);
		const line = (one) => `v1a,${sign(null, Buffer.from(`${id}.${time}.${body}`), one.secret).toString('base64')}`;
		return {
			body,
			headers: {
				'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(time),
				'webhook-signature': [key, second].filter(Boolean).map(line).join(' '),
			},
		};
	}

	/** Of what was heard, those of a type about a page. */
	heardOf(type, title) {
		return this.heard.filter((event) => event.type === type && (title === undefined || event.title === title));
	}
}
