// Who may tell a wiki anything, and what the wiki answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Forum, pair } from './lib/forum.mjs';
import { joined, start } from './lib/wiki.mjs';

let forum, wiki;
before(async () => {
	forum = await new Forum().listen();
	wiki = await start(joined(forum));
});
after(async () => {
	await wiki?.stop();
	await forum?.close();
});

const ping = { type: 'ping' };
const now = () => Math.floor(Date.now() / 1000);

test('a good signature is taken', async () => {
	const answer = await wiki.deliver(forum.sign(ping));
	assert.equal(answer.status, 200);
	assert.deepEqual(answer.data, { status: 'ok' });
});

test('an altered body is refused', async () => {
	const signed = forum.sign({ type: 'discussion.deleted', id: 7, seq: 1 });
	const answer = await wiki.deliver({ ...signed, body: signed.body.replace('7', '8') });
	assert.equal(answer.status, 401);
});

test('an altered id is refused', async () => {
	const signed = forum.sign(ping);
	signed.headers['webhook-id'] = 'evt_another';
	assert.equal((await wiki.deliver(signed)).status, 401);
});

test('a message of ten minutes ago, or of the future, is refused', async () => {
	assert.equal((await wiki.deliver(forum.sign(ping, { time: now() - 600 }))).status, 401);
	assert.equal((await wiki.deliver(forum.sign(ping, { time: now() + 600 }))).status, 401);
	assert.equal((await wiki.deliver(forum.sign(ping, { time: now() - 200 }))).status, 200);
});

test('a forged signature by a key that nobody knows is refused', async () => {
	assert.equal((await wiki.deliver(forum.sign(ping, { key: pair() }))).status, 401);
	const { headers, body } = forum.sign(ping);
	for (const signature of ['', 'v1a,', 'v1a,AAAA', 'v1,c2VjcmV0', headers['webhook-signature'].slice(0, -8)]) {
		assert.equal((await wiki.deliver({ body, headers: { ...headers, 'webhook-signature': signature } })).status, 401, signature);
	}
});

test('while a key is being replaced, either one is enough', async () => {
	assert.equal((await wiki.deliver(forum.sign(ping, { key: forum.next }))).status, 200);
	assert.equal((await wiki.deliver(forum.sign(ping, { key: pair(), second: forum.next }))).status, 200);
});

test('a replay is carried out once and says so', async () => {
	const event = { type: 'discussion.deleted', id: 900, seq: 5 };
	const signed = forum.sign(event);
	assert.deepEqual((await wiki.deliver(signed)).data, { status: 'stored' });
	assert.deepEqual((await wiki.deliver(signed)).data, { status: 'duplicate' });
	// Sent again later with the same id, as after an answer that was lost.
	assert.deepEqual((await wiki.deliver(forum.sign(event, { id: signed.headers['webhook-id'], time: now() - 1 }))).data, { status: 'duplicate' });
});

test('what is not understood is refused for good, and a replay of it is not called done', async () => {
	for (const event of [
		{ type: 'nonsense' },
		{ type: 'discussion.updated', discussion: { id: 1 } },
		{ type: 'discussion.updated', discussion: { id: 'x', seq: 1 } },
		{ type: 'discussion.deleted', id: -1, seq: 1 },
		{ type: 'forum.state', state: 'gone', base_url: 'https://example.org' },
		{ type: 'forum.state', state: 'moved', base_url: 'javascript:alert(1)' },
		{ type: 'notification', id: 1, kind: 'gossip', discussion: 1, post: 1, recipients: [] },
	]) {
		const signed = forum.sign(event);
		assert.equal((await wiki.deliver(signed)).status, 422, JSON.stringify(event));
		assert.equal((await wiki.deliver(signed)).status, 422, JSON.stringify(event));
	}
	assert.equal((await wiki.deliver(forum.sign([1, 2]))).status, 400);
});

test('a body that is not JSON is refused', async () => {
	const signed = forum.sign(ping);
	signed.headers['content-type'] = 'text/plain';
	assert.equal((await wiki.deliver(signed)).status, 415);
});

test('a read-only wiki says "later" before anything else, and loses nothing', async () => {
	const signed = forum.sign({ type: 'discussion.deleted', id: 901, seq: 5 });
	wiki.readOnly(true);
	const answer = await wiki.deliver(signed, { patient: false });
	assert.equal(answer.status, 503);
	assert.match(answer.headers.get('retry-after'), /^\d+$/);
	const about = await (await fetch(`${wiki.url}/rest.php/stoa/v1/about`)).json();
	assert.equal(about.read_only, true);
	wiki.readOnly(false);
	assert.deepEqual((await wiki.deliver(signed)).data, { status: 'stored' });
});

test('"about" says what an administrator compares', async () => {
	const about = await (await fetch(`${wiki.url}/rest.php/stoa/v1/about`)).json();
	assert.deepEqual({ ...about, time: 0 }, {
		extension: '1.0', wiki: 'test', site: forum.base, echo: true, read_only: false,
		keys: [forum.keys.public.slice(0, 8), forum.next.public.slice(0, 8)], time: 0,
	});
	assert.ok(Math.abs(about.time - now()) < 60);
});
