// A real MediaWiki for a test, and people who use it.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = resolve(HERE, '../../..');
const SCRIPT = resolve(HERE, '../mediawiki.sh');
const run = promisify(execFile);
const PASSWORD = 'test-pass-12345';
const PATIENCE_MS = 60_000;

/** Ports of ours, so that tests are told from what else runs; none is handed out twice. */
const FIRST_PORT = Number(process.env.STOA_WIKI_PORT ?? 8440);
let candidate = FIRST_PORT;

async function freePort() {
	for (; candidate < FIRST_PORT + 30; candidate++) {
		const port = candidate;
		const free = await new Promise((done) => {
			const probe = createServer().once('error', () => done(false)).listen(port, '127.0.0.1', () => probe.close(() => done(true)));
		});
		if (free) return candidate++;
	}
	throw new Error(`no port from ${FIRST_PORT} on is free`);
}

/** The settings that the site gives to an administrator, as PHP. */
export function joined(forum, more = '') {
	return `<?php
$wgStoaUrl = '${forum.base}';
$wgStoaWiki = 'test';
$wgStoaWebhookPublicKeys = [ '${forum.keys.public}', '${forum.next.public}' ];
$wgStoaSigningKey = '${forum.wiki.seed}';
$wgStoaHttpTimeout = 2;
// A file makes the wiki read-only.
$wgReadOnlyFile = __DIR__ . '/read-only';
${more}
`;
}

/** Folders of wikis that run: none is left behind, however the tests end. */
const running = new Set();
process.once('exit', () => {
	for (const dir of running) {
		execFileSync(SCRIPT, ['stop', dir], { stdio: 'ignore' });
		rmSync(dir, { recursive: true, force: true });
	}
});

/** Starts a wiki with the extension. `options` go to mediawiki.sh. */
export async function start(settings, ...options) {
	const dir = mkdtempSync(join(tmpdir(), 'stoa-wiki-'));
	const file = join(dir, 'test.php');
	writeFileSync(file, settings);
	const port = await freePort();
	running.add(dir);
	const began = Date.now();
	await run(SCRIPT, ['start', dir, String(port), '--ext', join(ROOT, 'mediawiki/Stoa'), '--settings', file, ...options], { maxBuffer: 1 << 24 });
	return new Wiki(dir, `http://127.0.0.1:${port}`, Date.now() - began);
}

export class Wiki {
	constructor(dir, url, startMs) {
		this.dir = dir;
		this.url = url;
		this.startMs = startMs;
		this.anybody = new Person(this);
	}

	async stop() {
		await run(SCRIPT, ['stop', this.dir]);
		const complaints = this.complaints();
		running.delete(this.dir);
		rmSync(this.dir, { recursive: true, force: true });
		if (complaints.length) throw new Error(`PHP complains of the extension:\n${complaints.join('\n')}`);
	}

	/** Warnings and uses of what is deprecated, in our own code. */
	complaints() {
		const text = ['errors.log', 'server.log'].map((name) => join(this.dir, name)).filter(existsSync).map((file) => readFileSync(file, 'utf8')).join('\n');
		return [...new Set(text.split('\n').filter((line) => /PHP (Warning|Notice|Deprecated|Fatal)/.test(line) && line.includes('mediawiki/Stoa/')))];
	}

	/** A maintenance script's output. */
	async script(...args) {
		return (await run(SCRIPT, ['run', this.dir, ...args], { maxBuffer: 1 << 24 })).stdout;
	}

	sql(query) {
		return this.script('sql', '--query', query);
	}

	reconcile(...args) {
		return this.script(join(ROOT, 'mediawiki/Stoa/maintenance/reconcile.php'), ...args);
	}

	/** Delivers an event as the site does: again while the wiki says "later". The answer with its JSON as `data`. */
	async deliver(signed, { patient = true } = {}) {
		for (let attempt = 0; ; attempt++) {
			const answer = await fetch(`${this.url}/rest.php/stoa/v1/events`, { method: 'POST', ...signed });
			answer.data = await answer.json().catch(() => ({}));
			if (answer.status !== 503 || !patient || attempt > 20) return answer;
			await new Promise((done) => setTimeout(done, 200));
		}
	}

	readOnly(on) {
		const file = join(this.dir, 'read-only');
		if (on) writeFileSync(file, 'For a test.');
		else rmSync(file, { force: true });
	}

	async person(name) {
		return new Person(this).logIn(name);
	}

	/** What a reader gets. */
	async html(title, query = '') {
		return (await this.anybody.fetch(`/wiki/${encodeURIComponent(title.replaceAll(' ', '_'))}${query}`)).text();
	}

	/** The same from the article on, without the skin. */
	async article(title) {
		const html = await this.html(title);
		return html.slice(html.indexOf('mw-parser-output'), html.indexOf('printfooter'));
	}

	/** Empties the job queue, as production's runners do. */
	jobs() {
		return this.script('runJobs');
	}
}

/** A reader or an account, with cookies. */
export class Person {
	constructor(wiki) {
		this.wiki = wiki;
		this.jar = new Map();
	}

	async fetch(path, options = {}) {
		const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
		const answer = await fetch(new URL(path, this.wiki.url), {
			redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS), ...options, headers: { ...(cookie && { cookie }), ...options.headers },
		});
		for (const line of answer.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			if (value === 'deleted') this.jar.delete(name);
			else this.jar.set(name, value);
		}
		return answer;
	}

	async api(params, post = false) {
		const body = new URLSearchParams({ format: 'json', formatversion: '2', ...params });
		const answer = await (post ? this.fetch('/api.php', { method: 'POST', body }) : this.fetch(`/api.php?${body}`));
		const text = await answer.text();
		try {
			return JSON.parse(text);
		} catch {
			throw new Error(`the API said ${answer.status}: ${text.slice(0, 500)}`);
		}
	}

	/** An action that changes something. Throws what the wiki says against it, and tries again what the database was too busy for. */
	async act(params, type = 'csrf') {
		for (let attempt = 0; ; attempt++) {
			const { query } = await this.api({ action: 'query', meta: 'tokens', type });
			const answer = await this.api({ ...params, [type === 'login' ? 'logintoken' : 'token']: query.tokens[`${type}token`] }, true);
			if (answer.error && /Database|readonly/i.test(answer.error.code) && attempt < 5) continue;
			if (answer.error) throw new Error(`${answer.error.code}: ${answer.error.info}`);
			return answer;
		}
	}

	async logIn(name) {
		const answer = await this.act({ action: 'clientlogin', username: name, password: PASSWORD, loginreturnurl: this.wiki.url }, 'login');
		if (answer.clientlogin.status !== 'PASS') throw new Error(`${name} could not log in: ${answer.clientlogin.message}`);
		this.name = name;
		this.id = (await this.api({ action: 'query', meta: 'userinfo' })).query.userinfo.id;
		return this;
	}

	edit(title, text, more = {}) {
		return this.act({ action: 'edit', title, text, ...more });
	}

	option(name, value) {
		return this.act({ action: 'options', optionname: name, optionvalue: value });
	}

	/** Notifications, newest first. */
	async notifications(more = {}) {
		const answer = await this.api({
			action: 'query', meta: 'notifications', notformat: 'model', notprop: 'list', notlimit: '50', notsections: 'alert|message', ...more,
		});
		return answer.query.notifications.list.filter((one) => one.type.startsWith('stoa-'));
	}
}
