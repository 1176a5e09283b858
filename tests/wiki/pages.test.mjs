// Discussions and lists on pages: what is shown, how soon it follows the site, and what happens when the site is not there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Forum, discussion } from './lib/forum.mjs';
import { until } from './lib/until.mjs';
import { joined, start } from './lib/wiki.mjs';

let forum, wiki, alice;
before(async () => {
	forum = await new Forum().listen();
	wiki = await start(joined(forum));
	alice = await wiki.person('Alice');
});
after(async () => {
	await wiki?.stop();
	await forum?.close();
});

const updated = (id, seq, more) => forum.sign({ type: 'discussion.updated', discussion: discussion(forum.base, id, seq, more) });
async function tell(id, seq, more) {
	const answer = await wiki.deliver(updated(id, seq, more));
	assert.deepEqual([answer.status, answer.data.status], [200, 'stored']);
}
const shows = (title, text) => until(async () => (await wiki.article(title)).includes(text), `${title} does not show "${text}"`);
/** The first look after an event's answer: "within two seconds" without a clock. */
const showsNow = async (title, text) => assert.ok((await wiki.article(title)).includes(text), `${title} does not show "${text}"`);

/** Jobs run after requests for pages. */
const asked = (id) => until(async () => {
	await wiki.html('Special:BlankPage');
	return forum.asked.includes(`/api/v1/discussions/${id}`);
}, `nobody asked for ${id}`);

test('a discussion is shown with its first and its newest posts', async () => {
	await tell(7, 1, { title: 'Green or black?', texts: ['Which?', 'Black.', 'Green.', 'Both.', 'Neither.'], posts_left_out: 3, last_author: { name: 'Grace', url: `${forum.base}/u/Grace` } });
	await alice.edit('Tea', '<discussion id="7" posts="3" />');
	const html = await wiki.article('Tea');
	assert.match(html, /<a href="[^"]*\/t\/topic-7\/7">Green or black\?<\/a>/);
	for (const text of ['Which?', 'Both.', 'Neither.', '5 more posts', '4 replies', 'Help', 'Take part in this discussion']) assert.ok(html.includes(text), text);
	for (const text of ['Black.', 'Green.']) assert.ok(!html.includes(`<p>${text}`), text);
	assert.match(html, /lang="en" dir="ltr"/);
	assert.match(html, /<bdi>Ada<\/bdi>/);
	assert.match(html, /<time datetime="2026-11-25T08:00:00Z"[^>]*>08:00, 25 November 2026<\/time>/);
	assert.ok(html.includes(`href="${forum.base}/t/-/7/5"`), 'a link to each post');
});

test('an event changes the page at once, and so do two in the same second', async () => {
	await tell(8, 1, { texts: ['Version 1.'] });
	await alice.edit('Quick', '<discussion id="8" />');
	await shows('Quick', 'Version 1.');
	for (let version = 2; version <= 9; version++) {
		await tell(8, version, { texts: [`Version ${version}.`] });
		await showsNow('Quick', `Version ${version}.`);
	}
});

test('an older seq is stale, and so is the same one', async () => {
	await tell(9, 5, { texts: ['The fifth.'] });
	for (const seq of [4, 5]) {
		const answer = await wiki.deliver(updated(9, seq, { texts: ['Too late.'] }));
		assert.deepEqual([answer.status, answer.data.status], [200, 'stale']);
	}
	await alice.edit('Stale', '<discussion id="9" />');
	await shows('Stale', 'The fifth.');
	const deletion = await wiki.deliver(forum.sign({ type: 'discussion.deleted', id: 9, seq: 5 }));
	assert.equal(deletion.data.status, 'stale');
});

test('a deleted discussion disappears, and nothing older brings it back', async () => {
	await tell(10, 3, { texts: ['A secret.'], tags: ['vanishing'] });
	await alice.edit('Gone', '<discussion id="10" />\n\n<discussions tag="vanishing" />');
	await shows('Gone', 'A secret.');
	assert.equal((await wiki.deliver(forum.sign({ type: 'discussion.deleted', id: 10, seq: 4 }))).data.status, 'stored');
	const html = await wiki.article('Gone');
	assert.ok(!html.includes('A secret.'));
	assert.ok(html.includes('This discussion is not public.'));
	assert.ok(html.includes('No discussions yet.'));
	assert.ok(!html.includes('Topic 10'));
	assert.equal((await wiki.deliver(updated(10, 3, {}))).data.status, 'stale');
	await tell(10, 6, { texts: ['Public again.'] });
	await showsNow('Gone', 'Public again.');
});

test('an unknown discussion is a plain link, and is there when the site was asked', async () => {
	forum.known.set(70, discussion(forum.base, 70, 1, { texts: ['Pulled.'] }));
	await alice.edit('Unknown', 'x');
	forum.asked = [];
	await alice.edit('Unknown', '<discussion id="70" />');
	const html = await wiki.article('Unknown');
	if (!html.includes('Pulled.')) assert.ok(html.includes(`<a href="${forum.base}/t/-/70">Discussion 70</a>`), html);
	await shows('Unknown', 'Pulled.');
	assert.equal(forum.asked.filter((path) => path === '/api/v1/discussions/70').length, 1);
});

test('a discussion that the site does not have is not asked for again and again', async () => {
	forum.asked = [];
	await alice.edit('Nothing there', '<discussion id="404404" />');
	await shows('Nothing there', 'This discussion is not public.');
	for (let i = 0; i < 3; i++) {
		await alice.fetch('/wiki/Nothing_there?action=purge', { method: 'POST' });
		await wiki.html('Nothing there');
	}
	assert.equal(forum.asked.filter((path) => path.endsWith('/404404')).length, 1);
});

test('saving and reading take no longer while the site hangs, fails or redirects', async () => {
	await tell(11, 1, { texts: ['Kept here.'] });
	for (const [mood, id] of [['hang', 811], ['fail', 812], ['redirect', 813]]) {
		forum.mood = mood;
		forum.elsewhere = 'http://127.0.0.1:9';
		const began = Date.now();
		await alice.edit(`While ${mood}`, `<discussion id="11" />\n\n<discussion id="${id}" />\n\n<discussions />`);
		const html = await wiki.article(`While ${mood}`);
		assert.ok(Date.now() - began < 4000, `${mood}: ${Date.now() - began} ms`);
		assert.ok(html.includes('Kept here.'), mood);
		assert.ok(html.includes(`Discussion ${id}`), mood);
		await asked(id);
	}
	forum.mood = 'well';
});

test('a redirect to another host is not followed', async () => {
	const other = await new Forum().listen();
	other.known.set(814, discussion(forum.base, 814, 1, { texts: ['From elsewhere.'] }));
	forum.mood = 'redirect';
	forum.elsewhere = other.base;
	forum.asked = [];
	await alice.edit('Led astray', '<discussion id="814" />');
	await wiki.html('Led astray');
	await asked(814);
	await wiki.jobs();
	assert.deepEqual(other.asked, []);
	assert.ok(!(await wiki.article('Led astray')).includes('From elsewhere.'));
	forum.mood = 'well';
	await other.close();
});

test('while nothing answers at its address, pages stay as they were', async () => {
	await tell(12, 1, { texts: ['Still readable.'] });
	await alice.edit('Down', '<discussion id="12" />\n\n<discussions user="Ada" limit="3" />');
	await shows('Down', 'Still readable.');
	await forum.close();
	await alice.edit('Down', '<discussion id="12" />\n\n<discussions user="Ada" limit="3" />\n\nMore.');
	const html = await wiki.article('Down');
	assert.ok(html.includes('Still readable.') && html.includes('More.'));
	await forum.listen();
});

test('a mirror older than a day says since when, until the site is heard of again', async () => {
	await tell(13, 1, { texts: ['Old.'] });
	await alice.edit('Old', '<discussion id="13" />');
	await shows('Old', 'Old.');
	assert.ok(!(await wiki.article('Old')).includes('As of'));
	await wiki.sql(`UPDATE stoa_state SET ss_value = '${Math.floor(Date.now() / 1000) - 2 * 86400}' WHERE ss_key = 'contact'`);
	await until(async () => {
		// Nothing of ours purges because of age alone, and MediaWiki's own purge is lost within a second of the last one.
		await alice.act({ action: 'purge', titles: 'Old' });
		return (await wiki.article('Old')).includes('As of ');
	}, 'it does not say so');
	await wiki.deliver(forum.sign({ type: 'ping' }));
	assert.ok(!(await wiki.article('Old')).includes('As of'), 'it still says so');
});

test('a frozen site is shown as of when, and not to write in; a moved one by its new address', async () => {
	await tell(14, 1, { texts: ['Here for good.'], url: `${forum.base}/t/good/14` });
	await alice.edit('State', '<discussion id="14" />\n\n<discussions page="this" />');
	await shows('State', 'Take part');
	const state = async (name, base) => assert.equal((await wiki.deliver(forum.sign({ type: 'forum.state', state: name, base_url: base }))).data.status, 'stored');
	await state('frozen', forum.base);
	await showsNow('State', 'The community is read-only. As of ');
	let html = await wiki.html('State');
	assert.ok(html.includes('Here for good.') && html.includes('Read the whole discussion') && !html.includes('Begin a discussion') && !html.includes('t-stoa-discuss"'));
	await state('moved', 'https://new.example.org/community');
	await showsNow('State', 'href="https://new.example.org/community/t/good/14"');
	html = await wiki.article('State');
	assert.ok(!html.includes(forum.base), 'an old address is left');
	assert.ok(html.includes('https://new.example.org/community/u/Ada') && html.includes('https://new.example.org/community/t/-/14/1'));
	await state('live', forum.base);
	await showsNow('State', `${forum.base}/t/good/14`);
});

test('hostile HTML of posts, and hostile titles and names, stay text', async () => {
	const evil = [
		'<p>fine</p><script>alert(1)</script>',
		'<img src=x onerror=alert(1)><p onclick="alert(1)" style="position:fixed">styled</p>',
		'<a href="javascript:alert(1)">js</a> <a href=" java\nscript:alert(1)">js2</a> <a href="data:text/html,x">data</a> <a href="//evil.example">relative</a>',
		'<a href="https://good.example/?a=1&amp;b=%22" onmouseover="x">good</a>',
		'<svg><script>alert(1)</script></svg><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
		'<iframe src="https://evil.example"></iframe><object data=x></object><form action="https://evil.example"><input name=q></form><base href="https://evil.example">',
		'</div></div></body><h1>escaped?</h1><!-- comment --><p>unclosed <b>bold',
		'<p>{{Template}} [[Link]] <nowiki>x</nowiki> \x7f\'"`UNIQ--ref-00000000-QINU`"\'\x7f</p>',
		'<xmp><img src=x onerror=alert(2)></xmp><plaintext>plain',
		'<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
	];
	const nasty = '"><script>alert(1)</script>[[x]]{{y}}\x7f';
	await tell(15, 1, {
		title: nasty, texts: evil.map((html) => html.startsWith('<') ? html : `<p>${html}</p>`), author: { name: nasty, url: 'javascript:alert(1)' },
		last_author: { name: nasty, url: 'https://evil.example/u/x' }, tags: [nasty], excerpt: nasty, url: 'https://evil.example/t/x/15',
		categories: [{ slug: 'x', name: nasty }], lang: '" onload="x', dir: 'sideways',
	});
	await alice.edit('Hostile', '<discussion id="15" posts="50" />\n\n<discussions tag="" fields="author,tags,category,excerpt,last_author" />');
	await shows('Hostile', 'fine');
	for (const html of [await wiki.article('Hostile'), await (await fetch(`${wiki.url}/rest.php/v1/page/Hostile/html`)).text()]) {
		const own = html.slice(html.indexOf('ext-stoa-discussion'));
		assert.doesNotMatch(own, /<script|<img|<iframe|<object|<form|<input|<svg|<math|<base|<style|<h1|<xmp|<plaintext|<noscript/i);
		assert.doesNotMatch(own, /<[^>]*\s(on\w+|style)=/i);
		assert.doesNotMatch(own, /href="(?!http:\/\/127\.0\.0\.1|https:\/\/good\.example|\.\/|\/)/i);
		assert.doesNotMatch(own, /evil\.example/);
		assert.doesNotMatch(own, /\x7f|UNIQ--ref[^"]*QINU`"'\x7f/);
		assert.match(own, /<a[^>]* href="https:\/\/good\.example\/\?a=1&amp;b=%22"[^>]*>good<\/a>/);
		assert.match(own, /\{\{Template\}\} \[\[Link\]\]/);
		assert.match(own, /unclosed <b[^>]*>bold<\/b>/);
	}
});

test('Parsoid makes the same of the tags and of the function', async () => {
	await tell(16, 1, { title: 'Through Parsoid', texts: ['Parsed.'], tags: ['parsoid'] });
	await alice.edit('Parsoid', '<discussion id="16" />\n\n{{#discussions: tag=parsoid | limit=5 }}\n\n<discussions tag="parsoid" />');
	const html = await (await fetch(`${wiki.url}/rest.php/v1/page/Parsoid/html`)).text();
	assert.match(html, /typeof="mw:Extension\/discussion"/);
	assert.match(html, /<p[^>]*>Parsed\.<\/p>/);
	assert.equal(html.match(/<a[^>]*>Through Parsoid<\/a>/g).length, 3);
	assert.match(html, /ext\.stoa\.styles/);
	assert.doesNotMatch(html, /&lt;(a|div|ul|li)/);
	await tell(16, 2, { title: 'Through Parsoid', texts: ['Parsed anew.'], tags: ['parsoid'] });
	assert.ok((await (await fetch(`${wiki.url}/rest.php/v1/page/Parsoid/html`)).text()).includes('Parsed anew.'), 'it did not follow');
	const legacy = await wiki.article('Parsoid');
	assert.equal(legacy.match(/<a[^>]*>Through Parsoid<\/a>/g).length, 3);
});

test('lists are filtered by category, tag, group, user, page and period, and ordered', async () => {
	const ago = (days) => new Date(Date.now() - days * 86_400_000).toISOString();
	const each = [
		[101, { title: 'One', categories: [{ slug: 'tools', name: 'Tools & gadgets' }], tags: ['alpha', 'Beta'], last: ago(0.5), likes: 1 }],
		[102, { title: 'Two', categories: [{ slug: 'tools', name: 'Tools & gadgets' }, { slug: 'bots', name: 'Bots' }], groups: ['Editors'], last: ago(3), likes: 9 }],
		[103, { title: 'Three', tags: ['beta'], author: { name: 'Zoë', url: `${forum.base}/u/Zo%C3%AB` }, last: ago(20), likes: 5 }],
		[104, { title: 'Four', pages: [{ wiki: 'test', title: 'Filtered page' }, { wiki: 'other', title: 'Elsewhere' }], last: ago(100), created: ago(1) }],
		[105, { title: 'Five', pages: [{ wiki: 'test', title: 'Talk:Filtered_page' }], last: ago(400) }],
	].map(([id, more]) => [id, { ...more, tags: [...(more.tags ?? []), 'filters'] }]);
	for (const [id, more] of each) await tell(id, 1, more);
	const list = async (title, attributes) => {
		await alice.edit(title, `<discussions ${attributes} fields="title" />`);
		return [...(await wiki.article(title)).matchAll(/class="ext-stoa-title"[^>]*><a[^>]*>([^<]*)</g)].map((match) => match[1]);
	};
	const all = 'tag="filters"';
	for (const [attributes, expected] of [
		[all, ['One', 'Two', 'Three', 'Four', 'Five']],
		['category="tools"', ['One', 'Two']],
		['category="TOOLS &amp; Gadgets"', ['One', 'Two']],
		['category="bots"', ['Two']],
		['tag="beta"', ['One', 'Three']],
		['tag="alpha, nothing"', ['One']],
		['group="editors"', ['Two']],
		['user="zoë"', ['Three']],
		['page="Filtered page"', ['Four', 'Five']],
		['page="talk:filtered page"', ['Four', 'Five']],
		['page="Elsewhere"', []],
		['category="tools" group="editors" tag="filters"', ['Two']],
		['category="tools" tag="beta" user="Ada"', ['One']],
		[`${all} period="day"`, ['One']],
		[`${all} period="week"`, ['One', 'Two']],
		[`${all} period="month"`, ['One', 'Two', 'Three']],
		[`${all} period="year"`, ['One', 'Two', 'Three', 'Four']],
		[`${all} limit="2"`, ['One', 'Two']],
		[`${all} order="top"`, ['Two', 'Three', 'One', 'Five', 'Four']],
		[`${all} order="new" limit="1"`, ['Four']],
	]) {
		assert.deepEqual(await list('Filtered lists', attributes), expected, attributes);
	}
	assert.deepEqual(await list('Talk:Filtered page', 'page="this"'), ['Four', 'Five']);
	assert.deepEqual(await list('Filtered page', 'page="this"'), ['Four', 'Five']);
	await alice.edit('By function', '{{#discussions: page={{ns:1}}:Filtered page | fields = replies, excerpt }}');
	assert.match(await wiki.article('By function'), />Four<.*Excerpt of 104.*>Five</s);
});

test('fields are those that were asked for', async () => {
	await tell(110, 1, { title: 'Fields', tags: ['fields'], groups: ['Circle'], likes: 4, texts: ['a', 'b'], state: 'closed' });
	await alice.edit('Fields', '<discussions tag="fields" fields="author,created,participants,likes,last-author,groups,tags" />\n\n<discussions tag="fields" />');
	const [first, second] = (await wiki.article('Fields')).split('ext-stoa-list').slice(1);
	for (const text of ['Begun by', 'Begun ', 'One person', '4 likes', 'Last post by', 'Circle', '>fields<']) assert.ok(first.includes(text), text);
	for (const text of ['One reply', 'Closed', 'Help']) assert.ok(!first.includes(text) && second.includes(text), text);
});

test('a page with a list changes when a discussion begins to fit, changes, and ceases to fit', async () => {
	await alice.edit('Living list', '<discussions tag="living" user="Ada" />');
	await shows('Living list', 'No discussions yet.');
	await tell(120, 1, { title: 'Comes', tags: ['living'] });
	await showsNow('Living list', 'Comes');
	await tell(120, 2, { title: 'Changes', tags: ['living'] });
	await showsNow('Living list', 'Changes');
	await tell(120, 3, { title: 'Changes', tags: ['other'] });
	await showsNow('Living list', 'No discussions yet.');
	await alice.edit('Living list of all', '<discussions order="new" limit="50" />');
	await tell(121, 1, { title: 'Among all' });
	await showsNow('Living list of all', 'Among all');
	await alice.edit('Template:Living', '<discussions page="Kept page" />');
	await alice.edit('Uses the template', '{{Living}}');
	await tell(122, 1, { title: 'In a template', pages: [{ wiki: 'test', title: 'Talk:Kept page' }] });
	await showsNow('Uses the template', 'In a template');
});

test('more than a hundred pages are purged by jobs', async () => {
	await tell(130, 1, { texts: ['Many, first.'] });
	await alice.edit('Template:Many', '<discussion id="130" />');
	for (let i = 0; i < 105; i += 15) {
		await Promise.all(Array.from({ length: 5 }, async (_, k) => {
			for (let j = 0; j < 3; j++) await alice.edit(`Many ${i + k * 3 + j}`, '{{Many}}');
		}));
	}
	await wiki.jobs();
	await tell(130, 2, { texts: ['Many, second.'] });
	await wiki.jobs();
	for (const i of [0, 50, 99, 104]) await showsNow(`Many ${i}`, 'Many, second.');
});

test('mistakes in tags are told, and a page has twenty of them at most', async () => {
	await alice.edit('Mistakes', '<discussion />\n\n<discussion id="x" />\n\n<discussion id="1" posts="many" />\n\n<discussions period="aeon" />\n\n<discussions colour="red" />\n\n<discussions fields="shoe" />\n\n<discussions limit="0" />');
	const html = await wiki.article('Mistakes');
	assert.equal(html.match(/ext-stoa-error/g).length, 7);
	for (const text of ['A discussion is named by its number', 'posts', 'period', 'colour', 'fields', 'limit']) assert.ok(html.includes(text), text);
	await alice.edit('Too many', '<discussions limit="1" />\n'.repeat(23));
	assert.equal((await wiki.article('Too many')).match(/at most 20 discussions and lists/g).length, 3);
});

test('the toolbox leads to a new discussion about the page, and to those that there are', async () => {
	await alice.edit('Toolbox', 'Words.');
	assert.doesNotMatch(await wiki.html('Toolbox'), /t-stoa-discussions"/);
	await tell(140, 1, { title: 'About the toolbox', pages: [{ wiki: 'test', title: 'Talk:Toolbox' }] });
	const html = await until(async () => {
		const now = await wiki.html('Toolbox');
		return now.includes('t-stoa-discussions"') && now;
	});
	assert.match(html, /Discussions \(1\)/);
	assert.ok(html.includes(`${forum.base}/new-topic?wiki=test&amp;page=Toolbox`));
	assert.doesNotMatch(await wiki.html('Special:Version'), /t-stoa-discuss/);
	const special = await wiki.html('Special:Discussions/Toolbox');
	assert.ok(special.includes('About the toolbox') && special.includes('Begin a discussion'));
});

test('Special:Discussions shows all, filtered and page by page', async () => {
	for (let id = 200; id < 235; id++) await tell(id, 1, { title: `Paged ${id}`, tags: ['paged'], last: `2026-10-01T00:00:${String(id - 190)}Z` });
	const first = await wiki.html('Special:Discussions', '?tag=paged');
	assert.ok(first.includes('Paged 234') && first.includes('Paged 205') && !first.includes('Paged 204'));
	const next = /href="([^"]*after=[^"]*)"/.exec(first)[1].replaceAll('&amp;', '&');
	const second = await (await fetch(new URL(next, wiki.url))).text();
	assert.ok(second.includes('Paged 204') && second.includes('Paged 200') && !second.includes('Paged 205'));
	assert.ok((await wiki.html('Special:Discussions', '?period=nonsense')).includes('cannot be understood'));
});

test('the discussions of a page are public JSON, kept for a minute', async () => {
	await tell(150, 1, { title: 'As JSON', pages: [{ wiki: 'test', title: 'Data page' }], author: { name: 'Ada', url: 'https://evil.example/' } });
	await tell(151, 1, { title: 'Linked' });
	await alice.edit('Data page', `[${forum.base}/t/linked/151 see]`);
	const answer = await until(async () => {
		const now = await fetch(`${wiki.url}/rest.php/stoa/v1/page/${encodeURIComponent('Talk:Data page')}/discussions`);
		return now.status === 200 && now;
	});
	assert.equal(answer.headers.get('cache-control'), 'public, max-age=60');
	const talk = await answer.json();
	assert.deepEqual(talk.discussions.map((d) => d.title), ['As JSON']);
	assert.deepEqual(talk.discussions[0].author, { name: 'Ada', url: null });
	const page = await until(async () => {
		const now = await (await fetch(`${wiki.url}/rest.php/stoa/v1/page/Data_page/discussions`)).json();
		return now.discussions.length === 2 && now;
	}, 'the link is not known');
	assert.deepEqual(page.discussions.map((d) => d.id).sort(), [150, 151]);
	assert.equal(page.discussions.find((d) => d.id === 150).posts, undefined);
	await tell(152, 1, { title: 'Below', pages: [{ wiki: 'test', title: 'Data page/Below: 50% & more?' }] });
	const below = await (await fetch(`${wiki.url}/rest.php/stoa/v1/page/${encodeURIComponent('Data page/Below: 50% & more?')}/discussions`)).json();
	assert.deepEqual(below.discussions.map((d) => d.id), [152]);
});
