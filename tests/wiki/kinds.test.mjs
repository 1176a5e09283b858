// Wikis of other kinds: private, read-only, in Arabic, with a CAPTCHA, with a policy for scripts, without Echo, behind a proxy.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Forum, discussion } from './lib/forum.mjs';
import { until } from './lib/until.mjs';
import { joined, start } from './lib/wiki.mjs';

let forum, closed, arabic, guarded;
before(async () => {
	forum = await new Forum().listen();
	[closed, arabic, guarded] = await Promise.all([
		start(joined(forum), '--private'),
		start(joined(forum), '--lang', 'ar', '--csp', 'http://127.0.0.1'),
		start(joined(forum, `
$wgCaptchaTriggers['addurl'] = true;
$wgStoaExternalLinks = (bool)@file_get_contents( __DIR__ . '/external' );`), '--with', 'ConfirmEdit'),
	]);
});
after(async () => {
	await Promise.all([closed, arabic, guarded].map((wiki) => wiki?.stop()));
	await forum?.close();
});

const tell = (wiki, id, more) => wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, id, 1, more) }));
const notice = (person, more) => ({
	type: 'notification', id: 1, kind: 'reply', discussion: 7, post: 2, title: 'Green or black?', lang: 'en', dir: 'ltr',
	actor: { name: 'Ada', sub: null }, recipients: [{ sub: String(person.id) }], excerpt: 'Green.', time: new Date().toISOString(), ...more,
});

test('a private wiki takes signed events, and shows nothing to strangers', async () => {
	assert.equal((await tell(closed, 7, { title: 'Inside', pages: [{ wiki: 'test', title: 'Main Page' }] })).data.status, 'stored');
	assert.equal((await fetch(`${closed.url}/rest.php/stoa/v1/about`)).status, 200);
	const alice = await closed.person('Alice');
	assert.equal((await closed.deliver(forum.sign(notice(alice)))).data.status, 'notified');
	await until(async () => (await alice.notifications()).length === 1);
	const path = '/rest.php/stoa/v1/page/Main_Page/discussions';
	assert.equal((await closed.anybody.fetch(path)).status, 403);
	const answer = await alice.fetch(path);
	assert.match(answer.headers.get('cache-control'), /^private/);
	assert.equal((await answer.json()).discussions[0].title, 'Inside');
	assert.ok(!(await closed.html('Special:Discussions')).includes('Inside'));
});

test('an Arabic wiki shows an English discussion from right to left, with its own words and times', async () => {
	await tell(arabic, 7, { title: 'Green or black?', texts: ['Which?', 'Black.', 'Green.', 'Both.'] });
	await tell(arabic, 8, { title: 'الشاي', lang: 'ar', dir: 'rtl', texts: ['<p>أخضر أم أسود؟</p>'] });
	const alice = await arabic.person('Alice');
	await alice.edit('شاي', '<discussion id="7" posts="4" />\n\n{{#نقاشات: limit=5 }}');
	const html = await arabic.html('شاي');
	assert.match(html, /<html[^>]* dir="rtl"/);
	assert.match(html, /class="ext-stoa-text" lang="en" dir="ltr"/);
	assert.match(html, /lang="ar" dir="rtl"><a[^>]*>الشاي</);
	for (const text of ['٣ ردود', 'شارك في هذا النقاش', 'نوفمبر ٢٠٢٦', 'ناقش هذه الصفحة']) assert.ok(html.includes(text), text);
	assert.doesNotMatch(html, /⧼/);
	const special = await arabic.html('خاص:نقاشات');
	assert.ok(special.includes('الشاي') && special.includes('تصفية') && special.includes('آخر رسالة'));
	assert.equal((await arabic.deliver(forum.sign(notice(alice)))).data.status, 'notified');
	const [got] = await until(async () => {
		const all = await alice.notifications();
		return all.length && all;
	});
	assert.match(got['*'].header, /رد .*Ada.* عليك في/);
});

test('pages keep to a policy for scripts that allows the wiki alone', async () => {
	const answer = await arabic.anybody.fetch('/wiki/%D8%B4%D8%A7%D9%8A');
	assert.match(answer.headers.get('content-security-policy'), /default-src/);
	const html = await answer.text();
	const own = html.slice(html.indexOf('ext-stoa-discussion'), html.indexOf('printfooter'));
	// Nothing of another host is loaded: links only.
	assert.doesNotMatch(own, /<(img|script|link|iframe|style)\b| style=| src=/);
});

test('a CAPTCHA against links does not stop a page that shows a discussion, unless links are stored', async () => {
	await tell(guarded, 7, {});
	const alice = await guarded.person('Alice');
	const link = await alice.edit('Guarded link', `[${forum.base}/t/-/7 a]`);
	assert.equal(link.edit.result, 'Failure');
	assert.ok(link.edit.captcha);
	const tag = await alice.edit('Guarded', '<discussion id="7" />\n\n<discussions />');
	assert.equal(tag.edit.result, 'Success');
	assert.ok((await guarded.article('Guarded')).includes('First words of 7.'));
	const links = async () => (await alice.api({ action: 'query', list: 'exturlusage', euquery: '127.0.0.1', euprotocol: 'http' })).query.exturlusage.map((use) => use.url);
	assert.deepEqual(await links(), []);
	const { writeFileSync } = await import('node:fs');
	writeFileSync(`${guarded.dir}/external`, '1');
	const stored = await alice.edit('Guarded more', '<discussion id="7" />');
	assert.equal(stored.edit.result, 'Failure');
	const admin = await guarded.person('Admin');
	assert.equal((await admin.edit('Guarded more', '<discussion id="7" />')).edit.result, 'Success');
	assert.deepEqual(await links(), [`${forum.base}/t/-/7`]);
});

test('a read-only wiki goes on to show everything', async () => {
	guarded.readOnly(true);
	const html = await guarded.html('Guarded');
	assert.ok(html.includes('First words of 7.'));
	const answer = await guarded.anybody.fetch('/wiki/Special:DiscussionLink/7/1');
	assert.deepEqual([answer.status, answer.headers.get('location')], [303, `${forum.base}/t/-/7/1`]);
	assert.equal((await guarded.deliver(forum.sign({ type: 'ping' }), { patient: false })).status, 503);
	guarded.readOnly(false);
});

test('a wiki without Echo shows discussions and tells nobody; a proxy is used where one is set', async () => {
	const asked = [];
	const proxy = createServer(async (request, response) => {
		asked.push(request.url);
		const answer = await fetch(request.url);
		response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
	});
	await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
	await closed.stop();
	closed = await start(joined(forum, `$wgStoaHttpProxy = 'http://127.0.0.1:${proxy.address().port}';`), '--no-echo');
	assert.equal((await (await fetch(`${closed.url}/rest.php/stoa/v1/about`)).json()).echo, false);
	const alice = await closed.person('Alice');
	await tell(closed, 7, { texts: ['No bells.'] });
	forum.known.set(60, discussion(forum.base, 60, 1, { texts: ['By proxy.'] }));
	await alice.edit('Plain', '<discussion id="7" /> <discussion id="60" />');
	await until(async () => ['No bells.', 'By proxy.'].every(((html) => (text) => html.includes(text))(await closed.article('Plain'))), 'not both are shown');
	assert.ok(asked.includes(`${forum.base}/api/v1/discussions/60`), asked.join());
	assert.equal((await closed.deliver(forum.sign(notice(alice)))).data.status, 'none');
	assert.deepEqual((await closed.deliver(forum.sign({ type: 'notification.read', id: 1, recipients: [{ sub: String(alice.id) }] }))).data, { status: 'ok' });
	assert.equal((await alice.fetch('/wiki/Special:DiscussionLink/7/1')).status, 303);
	assert.equal((await alice.fetch('/wiki/Special:Preferences')).status, 200);
	proxy.closeAllConnections();
	proxy.close();
});
