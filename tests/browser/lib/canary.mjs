// A page that tells when any of its content came alive.

/** Watches a page: every sign of a foreign program ends up in `page.hits`. */
export async function canary(page, base) {
	page.hits = [];
	page.expected = '';
	page.on('dialog', (dialog) => {
		page.hits.push(`dialog: ${dialog.message()}`);
		dialog.dismiss().catch(() => {});
	});
	page.on('console', (message) => {
		if (message.text().startsWith('CANARY ')) page.hits.push(message.text());
		if (/Content.Security.Policy/i.test(message.text())) page.hits.push(message.text());
	});
	page.on('request', (request) => {
		const url = request.url();
		if (!url.startsWith(`${base}/`) && !/^data:image\//.test(url)) page.hits.push(`asks ${url}`);
	});
	page.on('framenavigated', (frame) => {
		if (frame !== page.mainFrame()) page.hits.push(`frame ${frame.url()}`);
		else if (page.expected && frame.url() !== page.expected) page.hits.push(`went to ${frame.url()}`);
	});
	page.on('popup', (popup) => {
		page.hits.push(`window ${popup.url()}`);
		popup.close().catch(() => {});
	});
	await page.addInitScript(() => {
		const hit = (what) => console.info(`CANARY ${what}`);
		// The debugger evaluates too; what it brings along is marked.
		const real = window.eval;
		window.eval = (text) => {
			if (/alert|confirm|prompt|xss|document|location/i.test(text) && !String(text).includes('own program')) hit(`eval(${String(text).slice(0, 80)})`);
			return real(text);
		};
		for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) {
			Object.defineProperty(window, name, { value: (...args) => hit(`${name}(${String(args[0]).slice(0, 80)})`), writable: false });
		}
		Object.defineProperty(window, '__xss', { get: () => () => hit('__xss'), set: () => hit('__xss set') });
		for (const name of ['XSS', 'xss', 'pwned']) Object.defineProperty(window, name, { set: () => hit(`${name} set`), get: () => undefined });
		for (const name of ['setTimeout', 'setInterval']) {
			const set = window[name].bind(window);
			window[name] = (job, ...rest) => typeof job === 'function' ? set(job, ...rest) : hit(`${name}(${job})`);
		}
		for (const name of ['write', 'writeln']) document[name] = (html) => hit(`document.${name}(${html})`);
		document.addEventListener('securitypolicyviolation', (event) => hit(`CSP ${event.violatedDirective} ${event.blockedURI}`));
	});
	return page;
}

/** Runs in the browser: whether a document holds only what our templates and the text renderer write. */
export function alien(doc) {
	const found = [];
	const note = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
	const schemes = /^(https?|mailto|irc|ircs|geo|xmpp):/i;
	const loads = new Set(['src', 'srcset', 'data', 'poster', 'background', 'action', 'formaction', 'ping', 'manifest']);
	for (const element of doc.querySelectorAll('*')) {
		const name = element.localName;
		if (/^(iframe|object|embed|base|frame|frameset|applet|portal|style|math|template|audio|video|source|noscript|foreignobject|animate|set)$/.test(name)) note('element', element);
		if (name === 'script') {
			if (element.type === 'application/ld+json') {
				try {
					JSON.parse(element.textContent);
				} catch {
					note('broken data', element);
				}
			} else if (!(element.type === 'module' && element.getAttribute('src')?.startsWith('/assets/') && !element.textContent)) {
				note('script', element);
			}
		}
		if (/^(meta|link|title)$/.test(name) && !element.closest('head')) note('outside head', element);
		if (name === 'meta' && element.httpEquiv) note('meta', element);
		if (name === 'svg' && !element.matches('.icon, .icon *')) note('svg', element);
		for (const { name: attribute, value } of element.attributes) {
			if (/^on/i.test(attribute)) note('handler', element);
			if (attribute === 'style' || attribute === 'srcdoc') note(attribute, element);
			// What a browser reads as a scheme: control characters and spaces do not count.
			const address = value.replace(/[\u0000-\u0020\u007f-\u009f]/g, '');
			if (/^(href|xlink:href)$/i.test(attribute) && /^[a-z][a-z0-9+.-]*:/i.test(address) && !schemes.test(address)) note('address', element);
			const isOurs = /^(\/(?!\/)|#|$)/.test(address) || address.startsWith(`${location.origin}/`);
			if (loads.has(attribute.toLowerCase()) && !isOurs) note('loads', element);
			if (name === 'use' && /href$/i.test(attribute) && !isOurs) note('loads', element);
		}
		if (/^(form|button|textarea|select)$/.test(name) && element.closest('.prose:not(.composer__preview)')) note('control', element);
	}
	return [...new Set(found)];
}

/** Runs in the browser: touches everything that somebody wrote; links to pages are held back, anything else may happen. */
export function touch() {
	window.addEventListener('click', (event) => {
		const link = event.target.closest?.('a[href]');
		if (link && /^https?:|^mailto:/.test(link.href)) event.preventDefault();
	});
	const kinds = ['pointerover', 'mouseover', 'mouseenter', 'mousemove', 'mousedown', 'mouseout', 'contextmenu', 'wheel', 'keydown', 'toggle', 'animationstart'];
	for (const element of document.querySelectorAll('.prose *, h1, h1 *, .tag, .category-chip, .user-chip, bdi, mark')) {
		for (const kind of kinds) element.dispatchEvent(new Event(kind, { bubbles: true, cancelable: true }));
		element.focus?.({ preventScroll: true });
		if (!element.closest('form, .like')) element.click?.();
	}
}
