// HTML from browsers and word processors, made plain before the schema reads it.

const LEVEL = /mso-list:\s*l\d+\s+level(\d+)/i;

function unwrap(element: Element): void {
	element.replaceWith(...element.childNodes);
}

function wrap(element: Element, tag: string): void {
	const outer = element.ownerDocument.createElement(tag);
	outer.append(...element.childNodes);
	element.append(outer);
}

/** Word writes lists as paragraphs that say their level and carry their mark as text. */
function lists(body: HTMLElement): void {
	for (const first of [...body.querySelectorAll<HTMLElement>('p[data-style*="mso-list"]')]) {
		if (!first.isConnected || first.closest('[data-made]')) continue;
		const run: HTMLElement[] = [];
		for (let next: Element | null = first; next instanceof HTMLElement && LEVEL.test(next.getAttribute('data-style') ?? ''); next = next.nextElementSibling) run.push(next);
		const stack: { list: HTMLElement; level: number }[] = [];
		const holder = body.ownerDocument.createElement('div');
		holder.dataset['made'] = '';
		first.before(holder);
		for (const item of run) {
			const level = Number(LEVEL.exec(item.getAttribute('data-style')!)![1]);
			const mark = item.querySelector('[data-style*="mso-list:Ignore" i]');
			const ordered = /^\s*[\w]{1,4}[.)]/.test(mark?.textContent ?? item.textContent ?? '');
			mark?.remove();
			while (stack.length > 0 && stack.at(-1)!.level > level) stack.pop();
			if (!stack.at(-1) || stack.at(-1)!.level < level) {
				const list = body.ownerDocument.createElement(ordered ? 'ol' : 'ul');
				(stack.at(-1)?.list.lastElementChild ?? holder).append(list);
				stack.push({ list, level });
			}
			const entry = body.ownerDocument.createElement('li');
			entry.append(...item.childNodes);
			stack.at(-1)!.list.append(entry);
			item.remove();
		}
		unwrap(holder);
	}
}

/** What a style says becomes an element that says it. Our pages allow no inline styles. */
function styles(element: Element): void {
	const style = (element.getAttribute('data-style') ?? '').toLowerCase();
	if (!style || /^(h[1-6]|li|td|th|tr|table|ul|ol|pre|code)$/.test(element.localName)) return;
	const says = (pattern: RegExp): boolean => pattern.test(style) && Boolean(element.textContent?.trim());
	if (element.localName === 'b' && /(^|[;\s])font-weight:\s*(normal|400)/.test(style) || element.localName === 'i' && /(^|[;\s])font-style:\s*normal/.test(style)) return unwrap(element);
	if (/^(p|div)$/.test(element.localName)) return;
	if (says(/(^|[;\s])font-weight:\s*(bold|[6-9]\d\d)/)) wrap(element, 'strong');
	if (says(/(^|[;\s])font-style:\s*italic/)) wrap(element, 'em');
	if (says(/text-decoration[^;]*:[^;]*line-through/)) wrap(element, 's');
	if (says(/vertical-align:\s*super/)) wrap(element, 'sup');
	if (says(/vertical-align:\s*sub/)) wrap(element, 'sub');
}

/** Cells hold one paragraph: several become lines. */
function cells(body: HTMLElement): void {
	for (const cell of body.querySelectorAll('td, th')) {
		const blocks = [...cell.querySelectorAll('p, div, li')];
		blocks.forEach((block) => {
			if (block !== blocks.at(-1) && block.textContent?.trim()) block.append(body.ownerDocument.createElement('br'));
			unwrap(block);
		});
		for (const list of cell.querySelectorAll('ul, ol')) unwrap(list);
	}
	for (const table of body.querySelectorAll('table')) {
		table.querySelector('caption')?.remove();
		// A table without a heading row gets its first row for one: Markdown knows no other.
		for (const cell of table.rows[0]?.querySelectorAll('td') ?? []) {
			const head = body.ownerDocument.createElement('th');
			head.append(...cell.childNodes);
			cell.replaceWith(head);
		}
		for (const cell of table.querySelectorAll('[colspan], [rowspan]')) {
			cell.removeAttribute('colspan');
			cell.removeAttribute('rowspan');
		}
		const width = Math.max(0, ...[...table.rows].map((row) => row.cells.length));
		for (const row of table.rows) while (row.cells.length < width) row.insertCell();
		// A table of one cell is a frame around a text.
		if (table.rows.length === 1 && width === 1) unwrap(table.rows[0]!.cells[0]!);
	}
}

/** What a page of ours may not even parse: styles and scripts. The words of a style are kept under another name. */
function harmless(html: string): string {
	return html.replace(/<!--\[if[\s\S]*?<!\[endif\]-->|<(style|script)\b[\s\S]*?<\/\1\s*>/gi, '')
		.replace(/<[a-z](?:"[^"]*"|'[^']*'|[^>"'])*>/gi, (tag) => tag.replace(/([\s"'])style\s*=/gi, '$1data-style=').replace(/([\s"'])on\w+\s*=/gi, '$1data-on='));
}

/** Clean HTML of what was copied, with the sense of its looks kept. */
export function cleanHtml(html: string): string {
	// Nothing in a document that was never shown is fetched or run.
	const { body } = new DOMParser().parseFromString(harmless(html), 'text/html');
	if (body.querySelector('[data-pm-slice]')) return body.innerHTML;
	for (const junk of body.querySelectorAll('style, script, meta, link, title, template, iframe, object, svg, form > input, button, o\\:p, .mw-editsection, sup.reference, .sr-only')) {
		if (junk.localName === 'o:p') unwrap(junk);
		else junk.remove();
	}
	lists(body);
	for (const element of [...body.querySelectorAll('*')].reverse()) styles(element);
	cells(body);
	for (const element of body.querySelectorAll('*')) {
		for (const { name } of [...element.attributes]) {
			if (!/^(href|src|alt|title|start|checked|type|align|data-(?!style|on).*)$/.test(name) && !(name === 'class' && /language-|quote|rich__/.test(element.className))) element.removeAttribute(name);
		}
	}
	return body.innerHTML;
}

/** Whether HTML says more than its text does. */
export function isRich(html: string): boolean {
	return /<(a|strong|em|b|i|s|del|h[1-6]|ul|ol|table|blockquote|pre|code|img)[\s>]|mso-list|font-weight:\s*(bold|[6-9]00)|font-style:\s*italic/i.test(html);
}
