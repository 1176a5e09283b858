// Notices of the site as notifications of Echo: for whom, how they look, and how they are read.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Forum, discussion } from './lib/forum.mjs';
import { until } from './lib/until.mjs';
import { Person, joined, start } from './lib/wiki.mjs';

const KINDS = ['mention', 'reply', 'quote', 'topic', 'event', 'moderation'];

let forum, wiki, alice, bob, carol;
before(async () => {
	forum = await new Forum().listen();
	wiki = await start(joined(forum, `
$wgAutoCreateTempUser['enabled'] = true;
$wgEnableEmail = true;
$wgHooks['AlternateUserMailer'][] = static function ( $headers, $to, $from, $subject, $body ) {
	file_put_contents( __DIR__ . '/mails', json_encode( [ (string)$to[0]->address, $subject, (string)$body ] ) . PHP_EOL, FILE_APPEND );
	return false;
};`), '--user', 'Carol', '--user', 'Dora');
	[alice, bob, carol] = await Promise.all(['Alice', 'Bob', 'Carol'].map((name) => wiki.person(name)));
});
after(async () => {
	await wiki?.stop();
	await forum?.close();
});

let lastId = 1000;
function notice(to, more = {}) {
	return {
		type: 'notification', id: ++lastId, kind: 'reply', discussion: 7, post: 34, title: 'Green or black?', lang: 'en', dir: 'ltr',
		actor: { name: 'Ada', sub: null }, recipients: [to].flat().map((person) => ({ sub: String(person.id ?? person) })),
		excerpt: 'I prefer green.', time: new Date().toISOString(), ...more,
	};
}
async function send(event, expected = 'notified') {
	const answer = await wiki.deliver(forum.sign(event));
	assert.deepEqual([answer.status, answer.data.status], [200, expected], JSON.stringify(answer.data));
	return answer.data;
}
/** A person's notifications about a discussion of its own, so that tests do not meet. */
const about = async (person, id, more) => (await person.notifications(more)).filter((one) => one['*'].links.primary.url.includes(`/${id}`));
const one = (person, id) => until(async () => (await about(person, id))[0], 'no notification');
const nothing = async (person, id) => assert.deepEqual(await about(person, id), []);

test('a linked person is notified, with who, where and what', async () => {
	await send(notice(alice, { discussion: 20, post: 3 }));
	const got = await one(alice, 20);
	assert.equal(got.type, 'stoa-reply');
	assert.match(got['*'].header, /Ada.* replied to you in <strong>.*Green or black\?/);
	assert.equal(got['*'].body, 'I prefer green.');
	assert.match(got['*'].links.primary.url, new RegExp(`^${wiki.url}/wiki/Special:DiscussionLink/20/3\\?markasread=\\d+`));
	assert.equal(got['*'].links.primary.label, 'View post');
	await nothing(bob, 20);
});

test('each of the six kinds has its words and its preference', async () => {
	for (const [i, kind] of KINDS.entries()) {
		await send(notice(carol, { kind, discussion: 30 + i, post: kind === 'event' ? null : 1 }));
		const got = await one(carol, 30 + i);
		assert.equal(got.type, `stoa-${kind}`);
		assert.equal(got.section, kind === 'topic' || kind === 'event' ? 'message' : 'alert');
		for (const text of [got['*'].header, got['*'].compactHeader]) assert.doesNotMatch(text, /⧼|\$\d/);
	}
	const preferences = await (await carol.fetch('/wiki/Special:Preferences')).text();
	for (const kind of KINDS) assert.ok(preferences.includes(`echo-subscriptions-web-stoa-${kind}`) || preferences.includes(`web-stoa-${kind}`), kind);
	assert.ok(preferences.includes('Replies in the community'));
});

test('whom the wiki does not know is named in the answer', async () => {
	const answer = await send(notice([alice, 999999, 'mw:CentralAuth:888888', 'nonsense'], { discussion: 21 }));
	assert.deepEqual(answer.unknown, ['999999', 'mw:CentralAuth:888888', 'nonsense']);
	assert.deepEqual((await send(notice(['777777'], { discussion: 21 }), 'none')).unknown, ['777777']);
	await one(alice, 21);
});

test('a scope before the number is understood', async () => {
	await send(notice([`mw:local:${alice.id}`], { discussion: 22 }));
	await one(alice, 22);
});

test('a renamed person is found by the number, and the site is told the new name', async () => {
	const dora = await wiki.person('Dora');
	await wiki.script('renameUser', 'Dora', 'Dorothea', '--performer', 'Admin', '--reason', 'A test', '--skip-page-moves').catch(async () => {
		const admin = await wiki.person('Admin');
		await admin.edit('Dummy', 'x');
		throw new Error('rename failed');
	});
	await wiki.jobs();
	await send(notice(dora.id, { discussion: 23 }));
	const renamed = await wiki.person('Dorothea');
	await one(renamed, 23);
	await until(() => forum.heardOf('user.renamed').length === 1, 'the site was not told');
	const [said] = forum.heardOf('user.renamed');
	assert.deepEqual([said.good, said.wiki, said.sub, said.name], [true, 'test', String(dora.id), 'Dorothea']);
});

test('a temporary account is never notified', async () => {
	const somebody = new Person(wiki);
	await somebody.edit('By nobody', 'Words.');
	const { query } = await wiki.anybody.api({ action: 'query', prop: 'revisions', titles: 'By nobody', rvprop: 'user|userid' });
	const { user, userid } = query.pages[0].revisions[0];
	assert.match(user, /^~/);
	const answer = await send(notice(userid, { discussion: 24 }), 'none');
	assert.deepEqual(answer.unknown, [String(userid)]);
});

test('who has muted the author hears nothing of the author', async () => {
	await bob.act({ action: 'echomute', type: 'user', mute: 'Carol' });
	const actor = { name: 'Carol', sub: String(carol.id) };
	await send(notice(bob, { discussion: 25, actor }), 'none');
	await nothing(bob, 25);
	await send(notice([bob, alice], { discussion: 25, actor }));
	await one(alice, 25);
	await nothing(bob, 25);
	await send(notice(bob, { discussion: 26 }));
	await one(bob, 26);
});

test('who has opted out of a kind hears nothing of that kind', async () => {
	await bob.option('echo-subscriptions-web-stoa-quote', '0');
	await send(notice(bob, { discussion: 27, kind: 'quote' }), 'none');
	await send(notice(bob, { discussion: 28, kind: 'mention' }));
	await one(bob, 28);
	await nothing(bob, 27);
});

test('nobody is told of what they did', async () => {
	await send(notice(alice, { discussion: 29, actor: { name: 'Alice', sub: String(alice.id) } }), 'none');
	await nothing(alice, 29);
});

test('a replay notifies once, and so does a second message with the same notice', async () => {
	const event = notice([alice, 555555], { discussion: 40 });
	const signed = forum.sign(event);
	assert.equal((await wiki.deliver(signed)).data.status, 'notified');
	assert.equal((await wiki.deliver(signed)).data.status, 'duplicate');
	assert.equal((await wiki.deliver(forum.sign(event))).data.status, 'none');
	// One more recipient: only that one is new.
	assert.equal((await wiki.deliver(forum.sign({ ...event, recipients: [...event.recipients, { sub: String(bob.id) }] }))).data.status, 'notified');
	await one(bob, 40);
	assert.equal((await about(alice, 40)).length, 1);
});

test('replays at the same moment notify once', async () => {
	const signed = forum.sign(notice(alice, { discussion: 41 }));
	const answers = await Promise.all(Array.from({ length: 6 }, () => wiki.deliver(signed)));
	assert.equal(answers.filter((answer) => answer.data.status === 'notified').length, 1);
	await one(alice, 41);
	assert.equal((await about(alice, 41)).length, 1);
});

test('two messages with one notice at the same moment notify once', async () => {
	const event = notice(alice, { discussion: 55 });
	const answers = await Promise.all(Array.from({ length: 6 }, () => wiki.deliver(forum.sign(event))));
	assert.deepEqual(answers.map((answer) => answer.data.status).sort(), ['none', 'none', 'none', 'none', 'none', 'notified']);
	await one(alice, 55);
	assert.equal((await about(alice, 55)).length, 1);
});

test('a read-only wiki notifies when it can be written again', async () => {
	const signed = forum.sign(notice(alice, { discussion: 42 }));
	wiki.readOnly(true);
	assert.equal((await wiki.deliver(signed, { patient: false })).status, 503);
	wiki.readOnly(false);
	assert.equal((await wiki.deliver(signed)).data.status, 'notified');
	await one(alice, 42);
});

test('two notices about one discussion are a bundle', async () => {
	await send(notice(carol, { discussion: 43, post: 1, actor: { name: 'Ada', sub: null } }));
	await send(notice(carol, { discussion: 43, post: 2, actor: { name: 'Grace', sub: null } }));
	const bundle = await until(async () => {
		const found = (await about(carol, 43, { notbundle: '1' }))[0];
		return found?.bundledNotifications?.length && found;
	}, 'no bundle');
	assert.match(bundle['*'].header, /2 new replies to you in <strong>.*Green or black\?/);
	assert.equal(bundle['*'].body, '');
	assert.equal(bundle.bundledNotifications.length, 2);
	// Its link marks both.
	await carol.fetch(bundle['*'].links.primary.url.replace('%7C', '|'));
	await until(async () => (await about(carol, 43)).every((each) => each.read), 'not both are read');
});

test('following the link marks as read and leads to the site by numbers alone', async () => {
	await send(notice(alice, { discussion: 44, post: 9 }));
	const got = await one(alice, 44);
	assert.equal(got.read, undefined);
	const answer = await alice.fetch(got['*'].links.primary.url);
	assert.equal(answer.status, 303);
	assert.equal(answer.headers.get('location'), `${forum.base}/t/-/44/9`);
	await until(async () => (await one(alice, 44)).read, 'it is not read');
	// Without Echo's parameter, as from a mail.
	await send(notice(alice, { discussion: 45, post: 2 }));
	await one(alice, 45);
	assert.equal((await alice.fetch('/wiki/Special:DiscussionLink/45/2')).status, 303);
	await until(async () => (await one(alice, 45)).read, 'it is not read');
});

test('Special:DiscussionLink leads nowhere else, and marks nothing of others', async () => {
	for (const bad of ['', 'x', '0', '7/x', '7/1/2', '../7', '//evil.example', '7/1?returnto=//evil.example', 'https://evil.example']) {
		const answer = await alice.fetch(`/wiki/Special:DiscussionLink/${bad}`);
		const location = answer.headers.get('location');
		assert.ok(answer.status === 404 || location?.startsWith(`${forum.base}/t/-/7`) || location?.startsWith(wiki.url), `${bad}: ${answer.status} ${location}`);
	}
	await send(notice(bob, { discussion: 46, post: 2 }));
	const got = await one(bob, 46);
	await alice.fetch(`/wiki/Special:DiscussionLink/46/2?markasread=${got.id}`);
	await wiki.anybody.fetch('/wiki/Special:DiscussionLink/46/2');
	assert.equal((await one(bob, 46)).read, undefined);
});

test('reading the page that shows the discussion marks as read', async () => {
	await wiki.deliver(forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, 47, 1) }));
	await alice.edit('Shows it', '<discussion id="47" />');
	await send(notice(bob, { discussion: 47, post: 1 }));
	assert.equal((await one(bob, 47)).read, undefined);
	await bob.fetch('/wiki/Shows_it');
	await until(async () => (await one(bob, 47)).read, 'it is not read');
});

test('what was read on the site is read here', async () => {
	const event = notice([alice, bob], { discussion: 48 });
	await send(event);
	await Promise.all([one(alice, 48), one(bob, 48)]);
	await send({ type: 'notification.read', id: event.id, recipients: [{ sub: String(alice.id) }] }, 'ok');
	await until(async () => (await one(alice, 48)).read, 'it is not read');
	assert.equal((await one(bob, 48)).read, undefined);
});

test('names, titles and excerpts are never read as wikitext or HTML', async () => {
	const nasty = `<b>x</b> [[Main Page|y]] {{SITENAME}} {{PLURAL:1|p}} '''q''' <script>alert(1)</script> $1 $2`;
	await send(notice(carol, { discussion: 49, title: nasty, actor: { name: nasty, sub: null }, excerpt: nasty }));
	const got = await one(carol, 49);
	for (const text of [got['*'].header, got['*'].body]) {
		assert.doesNotMatch(text, /<script|<b>|<a |TestWiki/);
		assert.match(text, /&lt;b&gt;x/);
	}
	assert.match(got['*'].body, /\[\[Main Page\|y\]\] \{\{SITENAME\}\} \{\{PLURAL:1\|p\}\} (?:'|&#0?39;){3}q/);
	assert.match(got['*'].body, /\$1 \$2/);
});

test('the time is that of the event, but never in the future', async () => {
	await send(notice(alice, { discussion: 50, time: '2026-01-02T03:04:05Z' }));
	assert.equal((await one(alice, 50)).timestamp.utciso8601, '2026-01-02T03:04:05Z');
	await send(notice(alice, { discussion: 51, time: '2126-01-02T03:04:05Z' }));
	assert.ok(new Date((await one(alice, 51)).timestamp.utciso8601) < new Date(Date.now() + 60_000));
});

test('a notice of a discussion that is not public any more is not shown, but moderation is', async () => {
	await send(notice(alice, { discussion: 52 }));
	await send(notice(alice, { discussion: 52, kind: 'moderation', post: 2 }));
	await until(async () => (await about(alice, 52)).length === 2, 'not both came');
	await wiki.deliver(forum.sign({ type: 'discussion.deleted', id: 52, seq: 2 }));
	await until(async () => (await about(alice, 52)).map((each) => each.type).join() === 'stoa-moderation', 'it is still shown');
});

test('who asks for mails gets them, with words and a link of this wiki', async () => {
	await wiki.script('resetUserEmail', '--no-reset-password', 'Bob', 'bob@example.org');
	await bob.option('echo-subscriptions-email-stoa-mention', '1');
	await send(notice(bob, { discussion: 53, post: 4, kind: 'mention' }));
	await send(notice(bob, { discussion: 54, post: 4, kind: 'topic' }));
	const file = `${wiki.dir}/mails`;
	const mails = await until(() => existsSync(file) && readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line)), 'no mail');
	assert.equal(mails.length, 1);
	const [to, subject, body] = mails[0];
	assert.equal(to, 'bob@example.org');
	assert.match(subject, /Ada.* mentioned you in .*Green or black\?/);
	assert.doesNotMatch(subject, /[<>]/);
	assert.ok(body.includes(`${wiki.url}/wiki/Special:DiscussionLink/53/4`) && body.includes('I prefer green.'), body);
});
