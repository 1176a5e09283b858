// A person without a browser: cookies, forms with their tokens, and the HTML as it came over the wire.
/** Undoes the five references that our templates write. */
export function unescape(text) {
	const names = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
	return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, ten, hex, name) => {
		if (ten) return String.fromCodePoint(Number(ten));
		if (hex) return String.fromCodePoint(parseInt(hex, 16));
		return names[name] ?? all;
	});
}

export class Visitor {
	constructor(base) {
		this.base = base;
		this.jar = new Map();
	}

	async fetch(path, options = {}) {
		const url = new URL(path, this.base);
		const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
		const headers = { accept: 'text/html', ...(cookie && { cookie }), ...options.headers };
		const ask = () => fetch(url, { redirect: 'manual', ...options, headers });
		// The server lets go of a connection that was idle for some seconds; a page that is only read may be asked for again.
		const answer = await ask().catch((error) => {
			if (options.method && options.method !== 'GET' || error.cause?.code !== 'UND_ERR_SOCKET') throw error;
			return ask();
		});
		for (const line of answer.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			if (/max-age=0/i.test(line)) this.jar.delete(name);
			else this.jar.set(name, value);
		}
		return answer;
	}

	/** A page, with the redirects on the way followed: `{ status, path, html, type, hops }`. */
	async open(path) {
		for (let hops = 0; hops < 6; hops++) {
			const answer = await this.fetch(path);
			const target = answer.headers.get('location');
			if (!target) return { status: answer.status, path, html: await answer.text(), type: answer.headers.get('content-type') ?? '', hops };
			await answer.arrayBuffer();
			path = target.replace(this.base, '');
		}
		throw new Error(`${path} leads in a circle`);
	}

	/** Sends the form whose action is `action` on the page `path`, with these fields changed. */
	async send(path, action, fields) {
		const page = await this.open(path);
		const form = [...page.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].find(([, attributes]) => {
			return /method="post"/.test(attributes) && unescape(/action="([^"]*)"/.exec(attributes)?.[1] ?? path) === action;
		});
		if (!form) throw new Error(`no form for ${action} on ${path} (${page.status})`);
		const body = new URLSearchParams();
		for (const [, input] of form[2].matchAll(/<input\b([^>]*)>/g)) {
			const name = /name="([^"]*)"/.exec(input)?.[1];
			const type = /type="([^"]*)"/.exec(input)?.[1] ?? 'text';
			if (!name || type === 'file' || (/checkbox|radio/.test(type) && !/\bchecked\b/.test(input))) continue;
			body.append(name, unescape(/value="([^"]*)"/.exec(input)?.[1] ?? ''));
		}
		for (const [, attributes, text] of form[2].matchAll(/<textarea\b([^>]*)>\n?([\s\S]*?)<\/textarea>/g)) {
			const name = /name="([^"]*)"/.exec(attributes)?.[1];
			if (name) body.set(name, unescape(text));
		}
		for (const [, name, options] of form[2].matchAll(/<select\b[^>]*name="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g)) {
			body.set(name, unescape(/<option value="([^"]*)"[^>]*\bselected/.exec(options)?.[1] ?? /<option value="([^"]*)"/.exec(options)?.[1] ?? ''));
		}
		for (const [name, value] of Object.entries(fields)) body.set(name, value);
		return this.fetch(action, { method: 'POST', body, headers: { origin: this.base } });
	}

	async logIn(name, password) {
		const answer = await this.send('/login', '/login', { name, password });
		if (answer.status !== 303) throw new Error(`${name} could not log in: ${answer.status}`);
		return this;
	}

	/** A browser's context with the cookies of this visitor. */
	async lend(context) {
		await context.addCookies([...this.jar].map(([name, value]) => ({ name, value, url: this.base })));
		return context;
	}
}
