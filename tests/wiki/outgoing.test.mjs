// What a wiki tells the site, and how it heals when messages were lost.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Forum, discussion } from './lib/forum.mjs';
import { until } from './lib/until.mjs';
import { joined, start } from './lib/wiki.mjs';

let forum, wiki, cdn, alice, admin;
const purged = [];
before(async () => {
	forum = await new Forum().listen();
	cdn = createServer((request, response) => {
		purged.push([request.method, request.url]);
		response.end();
	});
	await new Promise((done) => cdn.listen(0, '127.0.0.1', done));
	wiki = await start(joined(forum, `
$wgUseCdn = true;
$wgCdnServers = [ '127.0.0.1:${cdn.address().port}' ];
$wgGroupPermissions['user']['move'] = true;`));
	[alice, admin] = await Promise.all([wiki.person('Alice'), wiki.person('Admin')]);
	await wiki.sql(`INSERT INTO interwiki (iw_prefix, iw_url, iw_api, iw_wikiid, iw_local, iw_trans) VALUES ('forum', '${forum.base}/$1', '', '', 0, 0)`);
});
after(async () => {
	await wiki?.stop();
	await forum?.close();
	cdn?.closeAllConnections();
	cdn?.close();
});

/** Jobs run after requests for pages. */
const heard = (type, title, count = 1) => until(async () => {
	await wiki.html('Special:BlankPage');
	const found = forum.heardOf(type, title);
	return found.length >= count && found;
}, `no ${type} of ${title}`);
const pageId = async (title) => (await alice.api({ action: 'query', titles: title })).query.pages[0].pageid;
const shows = (title, text) => until(async () => (await wiki.article(title)).includes(text), `${title} does not show "${text}"`);

test('a page that begins and ceases to link to discussions says so, signed', async () => {
	const { edit } = await alice.edit('Links', `[${forum.base}/t/green-or-black/7 a] [${forum.base}/t/-/9/3 b] [[forum:t/-/11]] [https://example.org/t/x/12 no] <discussion id="7" />`);
	const [first] = await heard('page.links', 'Links');
	assert.deepEqual(first, {
		id: first.id, good: true, type: 'page.links', wiki: 'test', page_id: await pageId('Links'), title: 'Links',
		links: [7, 9, 11], embeds: [7], rev: edit.newrevid,
	});
	assert.match(first.id, /^[A-Za-z0-9_.-]{1,64}$/);
	const second = await alice.edit('Links', `[${forum.base}/t/-/9 b]`);
	const [, next] = await heard('page.links', 'Links', 2);
	assert.deepEqual([next.links, next.embeds, next.rev], [[9], [], second.edit.newrevid]);
	await alice.edit('Links', 'Nothing.');
	const [, , last] = await heard('page.links', 'Links', 3);
	assert.deepEqual([last.links, last.embeds], [[], []]);
});

test('an edit that changes no link says nothing', async () => {
	await alice.edit('Talk:Quiet page', `[${forum.base}/t/-/13 a]`);
	const [first] = await heard('page.links', 'Talk:Quiet page');
	assert.deepEqual(first.links, [13]);
	await alice.edit('Talk:Quiet page', `[${forum.base}/t/-/13/2 the same] and words`);
	await alice.edit('Loud page', `[${forum.base}/t/-/14 a]`);
	await heard('page.links', 'Loud page');
	assert.equal(forum.heardOf('page.links', 'Talk:Quiet page').length, 1);
});

test('a moved page says so, and its discussions move with it at once', async () => {
	await wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, 15, 1, { title: 'Moves along', pages: [{ wiki: 'test', title: 'Old name' }] }) }));
	await alice.edit('Old name', '<discussions page="this" />');
	await shows('Old name', 'Moves along');
	await alice.act({ action: 'move', from: 'Old name', to: 'New name', noredirect: '' });
	const [moved] = await heard('page.moved', 'New name');
	assert.deepEqual(moved, { id: moved.id, good: true, type: 'page.moved', wiki: 'test', page_id: await pageId('New name'), from: 'Old name', title: 'New name', redirect: true });
	await shows('New name', 'Moves along');
	// What comes later is shown there too.
	await wiki.jobs();
	await wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, 151, 1, { title: 'Came after', pages: [{ wiki: 'test', title: 'New name' }] }) }));
	await shows('New name', 'Came after');
});

test('a deleted and a restored page say so', async () => {
	await alice.edit('Short lived', `[${forum.base}/t/-/16 a]`);
	const id = await pageId('Short lived');
	await admin.act({ action: 'delete', title: 'Short lived' });
	const [deleted] = await heard('page.deleted', 'Short lived');
	assert.deepEqual(deleted, { id: deleted.id, good: true, type: 'page.deleted', wiki: 'test', page_id: id, title: 'Short lived' });
	await admin.act({ action: 'undelete', title: 'Short lived' });
	const [restored] = await heard('page.restored', 'Short lived');
	assert.deepEqual([restored.good, restored.page_id], [true, id]);
	const all = await heard('page.links', 'Short lived', 2);
	assert.deepEqual(all.at(-1).links, [16]);
});

test('what the site did not take is sent again, in order and with the same id', async () => {
	forum.mood = 'fail';
	await alice.edit('Patience', `[${forum.base}/t/-/17 a]`);
	await alice.edit('Patience', `[${forum.base}/t/-/18 a]`);
	await until(async () => {
		await wiki.html('Special:BlankPage');
		return /so_attempts\] => [1-9]/.test(await wiki.sql('SELECT so_attempts FROM stoa_outbox'));
	}, 'it was not tried');
	const waiting = await wiki.sql('SELECT so_message FROM stoa_outbox ORDER BY so_id');
	assert.deepEqual(forum.heardOf('page.links', 'Patience'), []);
	forum.mood = 'well';
	const status = await (await admin.fetch('/wiki/Special:StoaStatus')).text();
	assert.match(status, /page\.links<\/code> status 500/);
	await wiki.sql(`UPDATE stoa_outbox SET so_next = '20200101000000'`);
	// Hearing from the site is a sign that it is there.
	await wiki.deliver(forum.sign({ type: 'ping' }));
	const said = await heard('page.links', 'Patience', 2);
	assert.deepEqual(said.map((event) => event.links), [[17], [18]]);
	assert.deepEqual(said.map((event) => event.id), [...waiting.matchAll(/so_message\] => (\S+)/g)].map((match) => match[1]));
});

test('an update purges the page and its history at the CDN', async () => {
	await wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, 19, 1) }));
	await alice.edit('Behind a CDN', '<discussion id="19" />');
	await shows('Behind a CDN', 'First words');
	const headers = (await wiki.anybody.fetch('/wiki/Behind_a_CDN')).headers.get('cache-control');
	assert.ok(Number(/s-maxage=(\d+)/.exec(headers)[1]) <= 3600, headers);
	purged.length = 0;
	await wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, 19, 2) }));
	await until(() => ['/wiki/Behind_a_CDN', 'action=history'].every((part) => purged.some(([method, url]) => method === 'PURGE' && url.includes(part))), 'nothing was purged');
});

test('reconciling heals events that were lost', async () => {
	await wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, 30, 1, { texts: ['Before.'] }) }));
	await wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, 31, 1, { texts: ['To be deleted.'] }) }));
	await alice.edit('Healed', '<discussion id="30" />\n\n<discussion id="31" />\n\n<discussions tag="healed" />');
	await shows('Healed', 'Before.');
	const changed = discussion(forum.base, 30, 2, { texts: ['After.'] });
	forum.known.set(30, changed);
	// Lists come without posts.
	const { posts, ...summary } = changed;
	forum.log = { discussions: [summary, discussion(forum.base, 32, 1, { title: 'Was missed', tags: ['healed'] })], deleted: [31], next: 'place-1', more: false };
	assert.match(await wiki.reconcile(), /2 stored, 1 deleted/);
	assert.equal(forum.since, null);
	for (const text of ['After.', 'Was missed', 'This discussion is not public.']) await shows('Healed', text);
	forum.log = { discussions: [], deleted: [], next: 'place-2', more: false };
	assert.match(await wiki.reconcile(), /0 stored, 0 deleted/);
	assert.equal(forum.since, 'place-1');
});

test('reconciling in full forgets what the site does not have, and a site that fails changes nothing', async () => {
	forum.log = { discussions: [discussion(forum.base, 30, 3, { texts: ['Only this.'] })], deleted: [], next: 'place-3', more: false };
	forum.mood = 'fail';
	await assert.rejects(wiki.reconcile('--full'), /status 500/);
	await shows('Healed', 'Was missed');
	forum.mood = 'well';
	await wiki.reconcile('--full');
	await shows('Healed', 'Only this.');
	await until(async () => !(await wiki.article('Healed')).includes('Was missed'), 'it is still there');
	// The site had it all the time, and says so without a change.
	forum.log.discussions.push(discussion(forum.base, 32, 1, { title: 'Was missed', tags: ['healed'] }));
	await wiki.reconcile('--full');
	await shows('Healed', 'Was missed');
});

test('numbers that the site never had are forgotten after a month', async () => {
	await alice.edit('Any number', '<discussion id="987654" />');
	const rows = async () => /987654/.test(await wiki.sql('SELECT sd_id FROM stoa_discussion WHERE sd_id = 987654'));
	await until(async () => {
		await wiki.html('Special:BlankPage');
		return rows();
	}, 'it was not asked for');
	await wiki.reconcile();
	assert.ok(await rows());
	await wiki.sql(`UPDATE stoa_discussion SET sd_last = '20200101000000' WHERE sd_id = 987654`);
	await wiki.reconcile();
	assert.ok(!await rows());
});

test('Special:StoaStatus is for administrators, and tests the connection', async () => {
	const refused = await (await alice.fetch('/wiki/Special:StoaStatus')).text();
	assert.ok(refused.includes('do not have permission to see how this wiki') && !refused.includes(forum.base));
	const page = await (await admin.fetch('/wiki/Special:StoaStatus')).text();
	for (const text of [forum.base, 'test', forum.keys.public.slice(0, 8), forum.wiki.public.slice(0, 8)]) assert.ok(page.includes(text), text);
	assert.ok(!page.includes(forum.wiki.seed), 'the secret key is shown');
	const fields = new URLSearchParams([...page.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [/name="([^"]*)"/.exec(input)?.[1] ?? '', /value="([^"]*)"/.exec(input)?.[1] ?? '']));
	const tested = await (await admin.fetch('/wiki/Special:StoaStatus', { method: 'POST', body: fields })).text();
	assert.ok(tested.includes('The community answered, and knows this wiki.'));
	assert.equal(forum.heardOf('ping').at(-1).good, true);
	forum.mood = 'fail';
	const failed = await (await admin.fetch('/wiki/Special:StoaStatus', { method: 'POST', body: fields })).text();
	forum.mood = 'well';
	assert.ok(failed.includes('status 500'));
});
