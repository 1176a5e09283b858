// Suggestions while writing: `@` people, `#` categories and tags, `[[` wiki pages, `:` emoji; the same list in both views.
import { asker, suggest, type Item, type Wanted as Letters } from '../suggestions';
import { emoji, matching } from './emoji';
import type { Words } from './words';

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
export interface Wanted extends Letters { kind: Kind }

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
const site = asker();

async function find({ kind, query }: Wanted, topic: string, signal: AbortSignal): Promise<Item[]> {
	if (kind === 'emoji') return matching(await emoji(), query, MOST).map(([char, name]) => ({ name, label: char, more: `:${name}:` }));
	const address = `/suggest/${kind}?${new URLSearchParams({ q: query, ...(kind === 'people' && topic ? { topic } : {}) })}`;
	const sign = kind === 'places' ? '#' : '';
	return (await site.items(address, signal)).map((item) => (item.label && item.label !== item.name ? { more: `${sign}${item.name}`, ...item } : item));
}

export function suggestions(host: Host, words: Words, topic: string): void {
	const { element } = host;
	suggest<Wanted>({
		element,
		isEager: true,
		within: element.closest('form') ?? document.body,
		before: () => host.before(),
		// A site without a wiki has no such address.
		wanted: (before) => {
			const want = wanted(before);
			return want && site.isGone(`/suggest/${want.kind}`) ? null : want;
		},
		isSame: (one, other) => one.kind === other.kind && one.query === other.query,
		pause: ({ kind }) => (kind === 'emoji' ? 0 : PAUSE_MS),
		find: (want, signal) => find(want, topic, signal),
		place(list) {
			const { left, bottom, top, rtl } = host.caret();
			const { offsetWidth: width, offsetHeight: height } = list;
			const above = bottom + height + 8 > innerHeight && top > height;
			const base = (list.offsetParent ?? document.body).getBoundingClientRect();
			list.style.top = `${(above ? top - height - 4 : bottom + 4) - base.top}px`;
			const start = rtl ? left - width : left;
			list.style.left = `${Math.max(8, Math.min(start, document.documentElement.clientWidth - width - 8)) - base.left}px`;
		},
		write: (item, { kind, length }) => host.replace(length, written(kind, item), kind),
	}, words);
}
