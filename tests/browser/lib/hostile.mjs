// A community in which everything that people can write is hostile, as JSON Lines for `stoa import jsonl`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PER_PAGE = 30;
export const LANGUAGES = ['en', 'fr'];
const START = 1_700_000_000;
/** Characters: what the store takes, so that as few as possible are refused. */
const LONGEST = { title: 255, tag: 60, category: 100, description: 3000, bio: 3000, shown: 120, username: 60 };
const CATEGORY_NAMES = 120;
/** As many as a topic may have. */
const TAGS_EACH = 5;

/** Puts several texts into one as long as it stays below `limit`. */
export function packed(texts, limit, between = '\n\n') {
	const out = [];
	for (const text of texts) {
		const last = out.at(-1);
		if (last !== undefined && last.length + between.length + text.length <= limit) out[out.length - 1] = last + between + text;
		else if (text.length <= limit) out.push(text);
	}
	return out;
}

const every = (list, count) => list.filter((_, i) => i % Math.max(1, Math.floor(list.length / count)) === 0);
const short = (list, limit) => list.filter((text) => [...text].length <= limit);
const wellFormed = (text) => text.toWellFormed?.() ?? text;

/** Writes the files; returns what was sent: `{ posts, titles, … }` as counts and the names of people. */
export function write(folder, vectors) {
	mkdirSync(folder, { recursive: true });
	const all = vectors.map(wellFormed);
	const categoryNames = every(short(all, LONGEST.category), CATEGORY_NAMES);
	const descriptions = packed(all, LONGEST.description);
	const categories = Array.from({ length: Math.max(categoryNames.length, descriptions.length) }, (_, i) => ({
		id: i + 1, name: categoryNames[i] ?? `Category ${i + 1}`, slug: `category-${i + 1}`, description: descriptions[i] ?? '',
	}));

	const users = all.map((text, i) => ({
		id: i + 1, username: `person_${i + 1}`, name: [...text].length <= LONGEST.shown ? text : '', language: 'en',
		bio: text.length <= LONGEST.bio ? text : '', created: START,
	}));
	const names = short(all, LONGEST.username);
	names.forEach((username, i) => users.push({ id: all.length + i + 1, username, name: '', language: 'en', bio: '', created: START }));

	const topics = [];
	const posts = [];
	const topic = (title, tags, bodies, authors) => {
		const id = topics.length + 1;
		const created = START + id * 100;
		const author = authors(0);
		topics.push({ id, category: (id % categories.length) + 1, language: LANGUAGES[id % LANGUAGES.length], created, size: bodies.length, title, tags, first_post: posts.length + 1, author });
		bodies.forEach((body, index) => posts.push({
			id: posts.length + 1, topic: id, index, author: authors(index), reply_to: null, created: created + index, language: 'en', direction: 'ltr', body,
		}));
	};

	// A plain one first: what the others are compared with.
	topic('Plain words', [], ['Plain words.'], () => 1);
	// Every text as a title, on its own topic.
	const titles = short(all, LONGEST.title);
	for (const [i, title] of titles.entries()) topic(title, [], [`Title ${i}.`], () => 1);
	const tags = short(all, LONGEST.tag);
	for (let i = 0; i < tags.length; i += TAGS_EACH) topic(`Tags from ${i}`, tags.slice(i, i + TAGS_EACH), ['Tags.'], () => 1);
	// Names that are hostile, one post each; the posts of those refused are refused as well.
	for (let i = 0; i < names.length; i += PER_PAGE - 1) {
		const some = names.slice(i, i + PER_PAGE - 1);
		topic(`Names from ${i}`, [], ['Names.', ...some.map((_, n) => `Name ${i + n}.`)], (index) => index === 0 ? 1 : all.length + i + index);
	}
	// Every text as a post, thirty to a page; every person writes one. A plain post first, because a topic needs it.
	const longest = 100_000;
	const bodies = all.filter((text) => text.length <= longest);
	for (let i = 0; i < bodies.length; i += PER_PAGE - 1) {
		topic(`Posts from ${i}`, [], ['Posts.', ...bodies.slice(i, i + PER_PAGE - 1)], (index) => index === 0 ? 1 : i + index);
	}

	const tables = { users, categories, topics, posts, likes: [] };
	for (const [name, rows] of Object.entries(tables)) {
		writeFileSync(join(folder, `${name}.jsonl`), rows.map((row) => JSON.stringify(row) + '\n').join(''));
	}
	return {
		bodies: bodies.length, titles: titles.length, tags: tags.length, names, categoryNames: categoryNames.length,
		descriptions: descriptions.length, bios: users.filter((u) => u.bio).length, people: all.length,
		topics: topics.length, posts: posts.length,
	};
}
