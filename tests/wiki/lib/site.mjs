// The program itself beside a wiki: started with the demonstration community, connected as an administrator does it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { adminOf } from '../../browser/lib/demo.mjs';
import { folder, serve } from '../../browser/lib/stoa.mjs';
import { Visitor, unescape } from '../../browser/lib/visitor.mjs';

async function freePort() {
	const probe = createServer();
	await new Promise((done) => probe.listen(0, '127.0.0.1', done));
	const { port } = probe.address();
	await new Promise((done) => probe.close(done));
	return port;
}

/** A site that may ask this wiki. */
export async function beside(wiki) {
	const data = folder();
	const port = await freePort();
	writeFileSync(join(data, 'stoa.toml'), `fetch-from = ["${new URL(wiki.url).host}"]\n`);
	const site = await serve('--demo', '--data', data, '--listen', `127.0.0.1:${port}`, '--base-url', `http://127.0.0.1:${port}`);
	const { name, password } = adminOf(site);
	return new Site(site, name, await new Visitor(site.base).logIn(name, password), wiki);
}

class Site {
	constructor(program, adminName, admin, wiki) {
		this.program = program;
		this.base = program.base;
		this.adminName = adminName;
		this.admin = admin;
		this.wiki = wiki;
		this.people = new Map();
	}

	stop() {
		return this.program.stop();
	}

	/** The lines for LocalSettings.php that a page shows. */
	static snippet(html) {
		return unescape(/<textarea[^>]*id="snippet"[^>]*>\n?([\s\S]*?)<\/textarea>/.exec(html)[1]);
	}

	/** Connects the wiki: one address in, lines for its settings out. */
	async connect() {
		const answer = await this.admin.send('/admin/wikis/new', '/admin/wikis/new', { address: this.wiki.url });
		const html = await answer.text();
		this.name = /action="\/admin\/wikis\/([^"/]+)\/check"/.exec(html)[1];
		return Site.snippet(html);
	}

	/** New keys for both directions; the new lines. */
	async renewKeys() {
		const path = `/admin/wikis/${this.name}`;
		return Site.snippet(await (await this.admin.send(path, `${path}/keys`, {})).text());
	}

	/** What the test button says, one line for each thing: `success`, `notice` or `error`, and words. */
	async check() {
		const path = `/admin/wikis/${this.name}`;
		const html = await (await this.admin.send(path, `${path}/check`, {})).text();
		return [...html.matchAll(/cdx-message--(success|notice|error|warning)"><span class="cdx-message__icon"><\/span><div class="cdx-message__content">([^<]*)/g)]
			.map(([, mood, text]) => ({ mood, text: unescape(text) }));
	}

	/** Tells the wiki from now on. */
	async deliver() {
		const path = `/admin/wikis/${this.name}`;
		await this.admin.send(path, `${path}/extension`, { delivers: '1' });
	}

	/** A row of the store, because log-in by OAuth cannot be had from a package. */
	sql(text) {
		const program = 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], timeout=20)\nr = c.execute(sys.argv[2]).fetchall()\nc.commit()\nprint(r)';
		return execFileSync('python3', ['-c', program, join(this.program.data, 'stoa.db'), text], { encoding: 'utf8' });
	}

	/** Somebody new, with an account of the wiki by its number there. */
	async signUp(name, sub) {
		const visitor = new Visitor(this.base);
		const answer = await visitor.send('/signup', '/signup', { name, email: `${name.toLowerCase()}@example.org`, password: 'nine owls read slowly' });
		if (answer.status !== 303) throw new Error(`sign-up answered ${answer.status}`);
		if (sub !== undefined) {
			this.sql(`insert into wiki_accounts (wiki_id, issuer, sub, user_id, name, linked_at, refreshed_at)
				select w.id, w.issuer, '${sub}', u.id, u.name, u.created_at, u.created_at from wikis w, users u where u.name = '${name}'`);
		}
		this.people.set(name, visitor);
		return visitor;
	}

	/** Opens a topic; its id. */
	async begin(who, title, raw, more = {}) {
		const page = await who.open('/new-topic');
		const category = more.category ?? /<option value="(\d+)"/.exec(page.html)[1];
		const answer = await who.send('/new-topic', '/new-topic', { title, raw, category, ...more });
		const place = answer.headers.get('location');
		if (answer.status !== 303) throw new Error(`a topic was answered with ${answer.status}: ${(await answer.text()).slice(0, 2000)}`);
		return Number(/\/t\/[^/]+\/(\d+)/.exec(place)[1]);
	}

	async reply(who, topic, raw) {
		const answer = await who.send(`/t/${topic}`, `/t/${topic}/replies`, { raw });
		if (answer.status !== 303) throw new Error(`a reply was answered with ${answer.status}`);
	}

	/** What programs read. */
	async api(path) {
		const answer = await fetch(`${this.base}/api/v1/${path}`);
		return { status: answer.status, ...(await answer.json()) };
	}
}
