// The demonstration community with three people looking at it: a stranger, a member and its administrator.
import { serve } from './stoa.mjs';
import { Visitor, unescape } from './visitor.mjs';

export const MEMBER = { name: 'Wanda Browser', email: 'wanda@example.org', password: 'nine owls read slowly' };

/** Signs somebody up and keeps them logged in. */
export async function signUp(site, { name, email, password }) {
	const visitor = new Visitor(site.base);
	const answer = await visitor.send('/signup', '/signup', { name, email, password });
	if (answer.status !== 303) throw new Error(`sign-up answered ${answer.status}: ${(await answer.text()).slice(0, 3000)}`);
	return visitor;
}

/** The name and password of the administrator, as the program prints them. */
export function adminOf(site) {
	const name = /^\s*name:?\s+(.+)$/im.exec(site.err)?.[1];
	const password = /^\s*password:?\s+(.+)$/im.exec(site.err)?.[1];
	if (!name || !password) throw new Error(`no log-in in:\n${site.err}`);
	return { name: name.trim(), password: password.trim() };
}

/** Serves the demo; `facts` are addresses found on its pages and written by the member. */
export async function demo() {
	const site = await serve('--demo');
	try {
		const { name, password } = adminOf(site);
		const admin = await new Visitor(site.base).logIn(name, password);
		const member = await signUp(site, MEMBER);
		const stranger = new Visitor(site.base);
		return { site, stranger, member, admin, facts: await facts({ stranger, member, admin, adminName: name }) };
	} catch (error) {
		await site.stop();
		throw error;
	}
}

const found = (html, pattern) => [...new Set([...html.matchAll(pattern)].map((match) => unescape(match[1])))];

/** All topics in the latest list, in its order. */
async function topics(visitor) {
	const all = [];
	for (let page = 1; page <= 50; page++) {
		const { html } = await visitor.open(`/latest?page=${page}`);
		const here = found(html, /<h2 class="topic-row__title">[\s\S]*?<a href="([^"#?]+)/g).filter((path) => !all.includes(path));
		if (here.length === 0) break;
		all.push(...here);
	}
	return all;
}

async function facts({ stranger, member, admin, adminName }) {
	const all = await topics(stranger);
	const pages = [];
	for (const path of all) pages.push({ path, html: (await stranger.open(path)).html });
	const long = pages.find(({ html }) => html.includes('rel="next"')) ?? pages[0];
	const having = (pattern) => pages.find(({ html }) => pattern.test(html))?.path;
	const example = pages[0];
	const category = found(example.html, /href="(\/c\/[^"]+)"/g)[0];
	const person = found(example.html, /href="(\/u\/[^"]+)"/g)[0];
	const tag = found((await stranger.open('/tags')).html, /href="(\/tag\/[^"]+)"/g)[0];
	const picture = found(pages.map(({ html }) => html).join('\n'), /"(\/uploads\/[^"]+)"/g)[0];
	const written = await write(member);
	await tell(member, admin, written);
	const message = await writeInPrivate(admin, MEMBER.name);
	const people = found((await admin.open('/admin/people')).html, /href="(\/admin\/people\/\d+)/g);
	const groups = found((await admin.open('/admin/groups')).html, /href="(\/admin\/groups\/\d+)/g);
	const categories = found((await admin.open('/admin/categories')).html, /href="(\/admin\/categories\/\d+)/g);
	return {
		topics: all, long: long.path, example: example.path, category, person, tag, picture, adminName, ...written, message,
		resets: [],
		admin: { person: people[0], groups: groups.slice(0, 3), category: categories[0] },
		kinds: [
			having(/post--solution/), having(/topic__status/), having(/post-notice/), having(/<pre/), having(/<table/), having(/<img class="(?!avatar)/),
			having(/topic__title" lang="ar"/), having(/topic__title" lang="he"/), having(/topic__title" lang="ja"/),
		].filter(Boolean),
	};
}

/** The administrator answers the member, who follows a tag as well: there is something to be told and to be shown. */
async function tell(member, admin, { own, ownId }) {
	const answer = await admin.send(own, `/t/${ownId}/replies`, { raw: 'An answer to you.', in_reply_to: 1 });
	if (answer.status !== 303) throw new Error(`reply of the administrator: ${answer.status}`);
	const followed = await member.send('/tag/browsers', '/tag/browsers/follow', { level: 'watching' });
	if (followed.status !== 303) throw new Error(`following a tag: ${followed.status}`);
	for (let tries = 0; tries < 100; tries++) {
		if ((await member.open('/notifications')).html.includes('notices__one')) return;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error('the member is told nothing');
}

/** A private message of the administrator's; its address. */
async function writeInPrivate(admin, to) {
	const sent = await admin.send('/messages/new', '/messages/new', { to, title: 'Between the two of us', raw: 'A word that nobody else reads.' });
	if (sent.status !== 303) throw new Error(`private message: ${sent.status}`);
	return sent.headers.get('location').replace(/[#?].*/, '');
}

/** A topic of the member's own with an edited reply, and a draft: `{ own, ownId, post, reply, memberPath }`. */
async function write(member) {
	const form = await member.open('/new-topic');
	const category = found(form.html, /<option value="(\d+)"/g)[0];
	const topic = await member.send('/new-topic', '/new-topic', {
		title: 'What a browser sees', category, tags: 'browsers', raw: 'A text with **bold** and `code`.\n\n> quoted\n\n1. one\n2. two',
	});
	if (topic.status !== 303) throw new Error(`new topic: ${topic.status} ${(await topic.text()).slice(0, 2000)}`);
	const path = topic.headers.get('location').replace(/[#?].*/, '');
	const id = /\/(\d+)$/.exec(path)[1];
	const answer = await member.send(path, `/t/${id}/replies`, { raw: 'The first version of an answer.' });
	if (answer.status !== 303) throw new Error(`reply: ${answer.status}`);
	const page = (await member.open(path)).html;
	const [post, reply] = found(page, /href="\/p\/(\d+)\/edit"/g);
	const edit = await member.send(`/p/${reply}/edit`, `/p/${reply}/edit`, { raw: 'The second version of an answer, with more words.', reason: 'clearer' });
	if (edit.status !== 303) throw new Error(`edit: ${edit.status}`);
	const kept = await member.fetch('/drafts', {
		method: 'POST', headers: { origin: member.base, accept: 'application/json' },
		body: new URLSearchParams({ csrf: /data-csrf="([^"]+)"/.exec(page)[1], place: `reply-${id}`, version: '0', raw: 'A thought that waits.' }),
	});
	if (kept.status !== 200) throw new Error(`draft: ${kept.status}`);
	return { own: path, ownId: id, post, reply, memberPath: found(page, /href="(\/u\/[^"]+)"/g).find((p) => /Wanda/.test(p)) };
}
