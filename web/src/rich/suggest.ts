// Suggestions while writing: `@` people, `#` categories and tags, `[[` wiki pages, `:` emoji; the same list in both views.
import { announce } from '../page';
import { emoji, matching } from './emoji';
import { make, type Words } from './words';

/** What the list needs to know of a view. */
export interface Host {
	/** Where the keys arrive. */
	element: HTMLElement;
	/** The text of the caret's paragraph before it; nothing where no suggestion makes sense. */
	before(): string | null;
	/** The caret, in the window, and the direction of its line. */
	caret(): { left: number; bottom: number; top: number; rtl: boolean };
	/** Puts `text` in the place of the last `length` letters. */
	replace(length: number, text: string, kind: Kind): void;
}

export type Kind = 'people' | 'places' | 'wiki' | 'emoji';
interface Item { name: string; label: string; avatar?: string; kind: string }
export interface Wanted { kind: Kind; query: string; length: number }

const IN_WORD = '[\\p{L}\\p{M}\\p{N}_\\u200c\\u200d]';
const START = `(?<!${IN_WORD}|[/@#&=.-])`;
const PATTERNS: [Kind, RegExp, number][] = [
	['people', new RegExp(`${START}@(?:"([^"\\n]{0,60})|((?:${IN_WORD}|[.-]){0,40}))$`, 'u'), 0],
	['places', new RegExp(`${START}#((?:${IN_WORD}|[.:-]){1,40})$`, 'u'), 1],
	['wiki', /\[\[([^[\]\n|]{1,80})$/, 1],
	['emoji', /(?<![\p{L}\p{N}:]):([a-z0-9_+-]{2,30})$/iu, 2],
];

/** What somebody who has typed `before` may be looking for. */
export function wanted(before: string): Wanted | null {
	for (const [kind, pattern, least] of PATTERNS) {
		const found = pattern.exec(before);
		const query = found?.[1] ?? found?.[2] ?? '';
		if (found && query.length >= least) return { kind, query, length: found[0].length };
	}
	return null;
}

/** What is written for a chosen item. */
export function written(kind: Kind, item: { name: string; label: string }): string {
	if (kind === 'people') return new RegExp(`^(?:${IN_WORD}|[.-])*${IN_WORD}$`, 'u').test(item.name) ? `@${item.name} ` : `@"${item.name}" `;
	if (kind === 'places') return `#${item.name} `;
	return kind === 'wiki' ? `[[${item.name}]]` : item.label;
}

const PAUSE_MS = 120;
const MOST = 10;
const gone = new Set<Kind>();
const known = new Map<string, Item[]>();

async function find({ kind, query }: Wanted, topic: string, signal: AbortSignal): Promise<Item[]> {
	if (kind === 'emoji') return matching(await emoji(), query, MOST).map(([char, name]) => ({ name, label: char, kind }));
	const address = `/suggest/${kind}?${new URLSearchParams({ q: query, ...(kind === 'people' && topic ? { topic } : {}) })}`;
	let items = known.get(address);
	if (!items) {
		const answer = await fetch(address, { signal, headers: { Accept: 'application/json' } });
		// A site without a wiki has no such address.
		if (answer.status === 404) gone.add(kind);
		if (!answer.ok) return [];
		items = ((await answer.json()) as { items: Item[] }).items;
		known.set(address, items);
	}
	return items;
}

let lists = 0;

export function suggestions(host: Host, words: Words, topic: string): void {
	const { element } = host;
	const list = make('ul', 'suggest');
	list.id = `suggest-${++lists}`;
	list.setAttribute('role', 'listbox');
	list.setAttribute('aria-label', words('suggestions'));
	let items: Item[] = [];
	let now: Wanted | null = null;
	let at = 0;
	let timer = 0;
	let running: AbortController | undefined;
	let dismissed = '';
	element.setAttribute('aria-autocomplete', 'list');
	element.setAttribute('aria-haspopup', 'listbox');

	const close = (): void => {
		clearTimeout(timer);
		running?.abort();
		now = null;
		if (!list.isConnected) return;
		list.remove();
		element.removeAttribute('aria-activedescendant');
		element.removeAttribute('aria-controls');
	};
	const mark = (): void => {
		[...list.children].forEach((option, index) => option.setAttribute('aria-selected', String(index === at)));
		element.setAttribute('aria-activedescendant', list.children[at]!.id);
		list.children[at]!.scrollIntoView({ block: 'nearest' });
	};
	const choose = (index: number): void => {
		const item = items[index];
		if (!item || !now) return;
		const { kind, length } = now;
		close();
		host.replace(length, written(kind, item), kind);
	};
	const place = (): void => {
		const { left, bottom, top, rtl } = host.caret();
		const { offsetWidth: width, offsetHeight: height } = list;
		const above = bottom + height + 8 > innerHeight && top > height;
		const base = (list.offsetParent ?? document.body).getBoundingClientRect();
		list.style.top = `${(above ? top - height - 4 : bottom + 4) - base.top}px`;
		const start = rtl ? left - width : left;
		list.style.left = `${Math.max(8, Math.min(start, document.documentElement.clientWidth - width - 8)) - base.left}px`;
	};
	const show = (found: Item[], kind: Kind): void => {
		// A phone has room for a few above its keyboard.
		items = matchMedia('(pointer: coarse)').matches ? found.slice(0, 5) : found;
		at = 0;
		list.replaceChildren(...items.map((item, index) => {
			const option = make('li', 'suggest__one');
			option.id = `${list.id}-${index}`;
			option.setAttribute('role', 'option');
			if (item.avatar) {
				const picture = make('img', 'avatar avatar--s');
				Object.assign(picture, { src: item.avatar, alt: '', width: 24, height: 24 });
				option.append(picture);
			}
			const label = make('bdi', 'suggest__label', item.label || item.name);
			option.append(label);
			const more = kind === 'emoji' ? `:${item.name}:` : item.label && item.label !== item.name ? (kind === 'places' ? `#${item.name}` : item.name) : '';
			if (more) option.append(make('bdi', 'suggest__more', more));
			option.addEventListener('pointerdown', (event) => event.preventDefault());
			option.addEventListener('click', () => choose(index));
			return option;
		}));
		if (!list.isConnected) {
			(element.closest('form') ?? document.body).append(list);
			element.setAttribute('aria-controls', list.id);
		}
		mark();
		place();
		announce(words('found').replace('$NUM', String(items.length)));
	};
	const look = (): void => {
		// The textarea under a rich view changes too, without anybody writing in it.
		const before = element === document.activeElement ? host.before() : null;
		const want = before === null ? null : wanted(before);
		if (!want || gone.has(want.kind) || dismissed === before) return close();
		dismissed = '';
		if (now && want.kind === now.kind && want.query === now.query) return undefined;
		clearTimeout(timer);
		running?.abort();
		const mine = running = new AbortController();
		now = want;
		timer = setTimeout(() => {
			find(want, topic, mine.signal).then((found) => {
				if (mine !== running || now !== want) return;
				if (found.length === 0) {
					close();
					// The same letters are not asked for again.
					dismissed = before!;
				} else show(found, want.kind);
			}).catch(() => { if (mine === running) close(); });
		}, want.kind === 'emoji' ? 0 : PAUSE_MS);
		return undefined;
	};
	const later = (): void => { setTimeout(look, 20); };
	element.addEventListener('input', later);
	element.addEventListener('pointerup', later);
	element.addEventListener('keyup', (event) => { if (/^(Arrow|Home|End|Backspace)/.test(event.key)) later(); });
	element.addEventListener('blur', close);
	element.addEventListener('keydown', (event) => {
		if (!list.isConnected || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
		if (step) {
			at = (at + step + items.length) % items.length;
			mark();
		} else if (event.key === 'Enter' && !event.shiftKey || event.key === 'Tab' && !event.shiftKey) choose(at);
		else if (event.key === 'Escape') {
			dismissed = host.before() ?? '';
			close();
		} else return;
		event.preventDefault();
		event.stopImmediatePropagation();
	}, { capture: true });
}
