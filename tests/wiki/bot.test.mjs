// The bot in a real MediaWiki, as on wikis that take no extension: pages kept current, comments that notify subscribers, messages
// to people who asked, links found by asking, and the page that stops it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { unescape } from '../browser/lib/visitor.mjs';
import { beside } from './lib/site.mjs';
import { until } from './lib/until.mjs';
import { start } from './lib/wiki.mjs';

const BOT = { bot_account: 'StoaBot@tests', bot_secret: 'stoa0bot0password0for0tests00000', bot_base: 'Project:Stoa', bot_pause: '5', bot: '1' };
const LIMIT_MS = 40_000;

let wiki, site, alice, ada;
before(async () => {
	wiki = await start("<?php\n$wgReadOnlyFile = __DIR__ . '/read-only';\n", '--with', 'Linter', '--with', 'VisualEditor', '--with', 'DiscussionTools');
	site = await beside(wiki);
	await site.connect();
	alice = await wiki.person('Alice');
	ada = await site.signUp('Ada', alice.id);
	await site.signUp('Robert');
	await site.admin.send(`/admin/wikis/${site.name}`, `/admin/wikis/${site.name}/bot`, BOT);
});
after(async () => {
	await site?.stop();
	await wiki?.stop();
});

const robert = () => site.people.get('Robert');
/** The text of a page. */
async function source(title) {
	const { query } = await wiki.anybody.api({ action: 'query', prop: 'revisions', rvprop: 'content|user|flags|comment', rvslots: 'main', titles: title });
	const [revision] = query.pages[0].revisions ?? [];
	return revision ? { text: revision.slots.main.content, model: revision.slots.main.contentmodel, user: revision.user, comment: revision.comment } : undefined;
}
const becomes = (title, pattern) => until(async () => {
	const found = await source(title);
	return found && pattern.test(found.text) && found;
}, `${title} does not match ${pattern}`, LIMIT_MS);
/** Every notification, of whatever sort. */
async function notifications(person) {
	const answer = await person.api({ action: 'query', meta: 'notifications', notformat: 'model', notprop: 'list', notlimit: '50', notsections: 'alert|message' });
	return answer.query.notifications.list;
}

test('data and a list are kept on the wiki', async () => {
	const topic = await site.begin(ada, 'Is {{this}} right?', 'About the page.', { pages: 'Green tea' });
	const data = await becomes('Project:Stoa/data.json', /Is \{\{this\}\} right\?/);
	assert.equal(data.model, 'json');
	assert.equal(data.user, 'StoaBot');
	const said = JSON.parse(data.text);
	assert.equal(said.pages['Green tea'][0].id, topic);
	const list = await becomes('Project:Stoa/list', /this/);
	assert.ok(!list.text.includes('{{this}}'));
	await alice.edit('Lists', '{{Project:Stoa/list}}');
	const html = unescape(await wiki.article('Lists'));
	assert.ok(html.includes('Is {{this}} right?') && html.includes(`${site.base}/t/-/${topic}`), html.slice(0, 2000));
});

test('the comment of the bot notifies whoever subscribed to the discussion', async () => {
	const topic = await site.begin(ada, 'Which kettle?', 'A copper one?');
	const page = await site.admin.open(`/t/${topic}/wikis`);
	assert.ok(page.html.includes(`action="/t/${topic}/mirror"`));
	await site.admin.send(`/t/${topic}/wikis`, `/t/${topic}/mirror`, {});
	const { text } = await becomes('Project talk:Stoa', /== Which kettle\? ==/);
	assert.match(text, /\[\[User:StoaBot/);
	// As the button "subscribe" does it.
	const info = await wiki.anybody.api({ action: 'discussiontoolspageinfo', page: 'Project talk:Stoa', prop: 'threaditemshtml' });
	const heading = info.discussiontoolspageinfo.threaditemshtml.find((item) => item.type === 'heading' && /Which kettle/.test(item.html));
	await alice.act({ action: 'discussiontoolssubscribe', page: 'Project talk:Stoa', commentname: heading.name, subscribe: '1' });
	await site.reply(robert(), topic, 'An iron one, from [[Main Page]].');
	const after = await becomes('Project talk:Stoa', /An iron one/);
	assert.ok(!after.text.includes('[[Main Page]]'), 'nothing of it is wikitext');
	const told = await until(async () => (await notifications(alice)).filter((one) => one.type === 'dt-subscribed-new-comment')[0], 'no notification came', LIMIT_MS);
	assert.match(JSON.stringify(told), /StoaBot/);
});

test('somebody who asked for it hears of things on their talk page', async () => {
	site.sql("update wikis set login = 1, oauth_client = 'x'");
	// The site learns of settings that were changed behind its back when something else changes.
	await site.admin.send(`/admin/wikis/${site.name}`, `/admin/wikis/${site.name}`, {});
	await ada.send('/settings/wikis', `/settings/wikis/${site.name}/talk-page`, { talk_page: '1' });
	site.sql("update wiki_accounts set name = 'Alice'");
	const topic = await site.begin(robert(), 'Who knows?', 'A question.');
	await site.reply(robert(), topic, '@Ada you do!');
	const { text } = await becomes('User talk:Alice', /Robert mentioned you/);
	assert.match(text, /== News from /);
	await until(async () => (await notifications(alice)).some((one) => one.type === 'edit-user-talk'), 'no notification came', LIMIT_MS);
});

test('links to the site are found by asking', async () => {
	const topic = await site.begin(ada, 'Linked from afar', 'Is it?');
	await alice.edit('Far away', `See [${site.base}/t/linked-from-afar/${topic}#p1 there].`);
	site.sql('update wikis set links_asked_at = null');
	await until(async () => (await ada.open(`/t/${topic}`)).html.includes('Far away'), 'the link was not found', LIMIT_MS);
	const bound = await site.begin(ada, 'About a page that moves', 'Does it follow?', { pages: 'Far away' });
	await until(async () => /\d/.test(site.sql(`select page_id from topic_pages where topic_id = ${bound} and page_id is not null`)), 'the page is not known', LIMIT_MS);
	await alice.act({ action: 'move', from: 'Far away', to: 'Near by', noredirect: '1' });
	site.sql('update topic_pages set checked_at = null');
	await until(async () => (await ada.open(`/t/${bound}`)).html.includes('Near by'), 'the topic did not go with the page', LIMIT_MS);
});

test('a discussion on a talk page becomes a topic, and its author finds it there', async () => {
	const bob = await wiki.person('Bob');
	await bob.edit('Talk:Oolong', `== How long? ==\nMinutes, as in [[Green tea]]? {{nothing}} --~~~~\n`);
	await alice.edit('Talk:Oolong', `${(await source('Talk:Oolong')).text}\n:Three. ~~~~\n:: And ''hot''. --~~~~\n`);
	const page = await site.admin.open('/bring?page=Talk:Oolong');
	assert.ok(page.html.includes('How long?') && page.html.includes('3 comments') && page.html.includes('2 people'), page.html);
	const section = unescape(/name="section" value="([^"]*)"/.exec(page.html)[1]);
	const category = /<option value="(\d+)"/.exec(page.html)[1];
	await site.admin.send('/bring?page=Talk:Oolong', '/bring', { page: 'Talk:Oolong', section, category });
	// Alice is known here as Ada; Bob was never here.
	const rows = site.sql("select u.name || '|' || p.raw || '|' || coalesce(p.in_reply_to, 0) from posts p join users u on u.id = p.author_id where p.topic_id = (select max(id) from topics) order by p.number");
	const first = `Bob|Minutes, as in [Green tea](${wiki.url}/wiki/Green_tea)? [Template:Nothing](${wiki.url}/wiki/Template:Nothing)|0`;
	assert.deepEqual(rows.match(/(?<=\(').*?(?=',\))/g), [first, 'Ada|Three.|1', 'Ada|And *hot*.|2']);
	const times = site.sql('select max(abs(created_at / 1000000 - cast(strftime(\'%s\', \'now\') as integer))) from posts where topic_id = (select max(id) from topics)');
	assert.ok(Number(/\d+/.exec(times)[0]) < 180, `the times are those of the comments: ${times}`);
	const topic = await ada.open(`/t/${/\d+/.exec(site.sql('select max(id) from topics'))[0]}`);
	const link = /Brought here from<?[^<]*<a href="([^"]*)"/.exec(topic.html)[1];
	const there = await wiki.html('Talk:Oolong');
	assert.ok(there.includes(`id="${decodeURIComponent(new URL(unescape(link)).hash.slice(1))}"`), `${link} leads to the comment`);
	assert.ok((await site.admin.open('/bring?page=Talk:Oolong')).html.includes('nothing new'));
});

test('a wiki that is read-only is waited for, and the stop page stops the bot', async () => {
	wiki.readOnly(true);
	await site.begin(ada, 'While it was read-only', 'Still here?');
	await new Promise((done) => setTimeout(done, 2_000));
	wiki.readOnly(false);
	site.sql('update wiki_bots set next_at = null');
	await becomes('Project:Stoa/list', /While it was read-only/);
	const bob = await wiki.person('Bob');
	await bob.edit('Project:Stoa/stop', 'Please stop.');
	// It looks there before it writes, not when there is nothing to write.
	await site.begin(ada, 'After somebody said stop', 'Not for the wiki yet.');
	site.sql('update wiki_bots set next_at = null');
	await until(() => /Please stop/.test(site.sql('select stopped_why from wiki_bots')), 'it goes on', LIMIT_MS);
	const page = await site.admin.open(`/admin/wikis/${site.name}`);
	assert.ok(page.html.includes('Please stop.') && page.html.includes('Bob'));
	assert.ok(!(await source('Project:Stoa/list')).text.includes('After somebody said stop'));
	await site.begin(ada, 'Not told of yet', 'Quiet.');
	await bob.edit('Project:Stoa/stop', '');
	site.sql('update wiki_bots set next_at = null');
	await becomes('Project:Stoa/list', /Not told of yet/);
});
