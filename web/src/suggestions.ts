// A list of suggestions for what somebody types: the same by keyboard, mouse and touch wherever there is one.
import { announce } from './page';
import { make, type Words } from './rich/words';

/** One line of the list. */
export interface Item {
	/** What is written, as the site says it. */
	name: string;
	label: string;
	avatar?: string;
	/** Stands beside the label. */
	more?: string;
}

/** What somebody may be looking for: the letters that are asked about, and how many before the caret they stand for. */
export interface Wanted { query: string; length: number }

/** What the list needs to know of a field, and of what is looked for in it. */
export interface Host<W extends Wanted> {
	/** Where the keys arrive. */
	element: HTMLElement;
	/** The text before the caret; nothing where no suggestion makes sense. */
	before(): string | null;
	wanted(before: string): W | null;
	isSame(one: W, other: W): boolean;
	/** Milliseconds to wait for another letter. */
	pause(want: W): number;
	find(want: W, signal: AbortSignal): Promise<Item[]>;
	/** Whether Enter takes the first one before anybody has moved to it. */
	isEager: boolean;
	/** What the list is put into. */
	within: Element;
	/** Called when the list has new lines. */
	place(list: HTMLElement): void;
	/** Writes what was chosen. */
	write(item: Item, want: W): void;
}

/** Asks the site, each address once; nothing without an answer, and `isGone` for an address that the site does not have. */
export function asker(): { items(address: string, signal: AbortSignal): Promise<Item[]>; isGone(path: string): boolean } {
	const known = new Map<string, Item[]>();
	const gone = new Set<string>();
	return {
		isGone: (path) => gone.has(path),
		async items(address, signal) {
			let items = known.get(address);
			if (!items) {
				const answer = await fetch(address, { signal, headers: { Accept: 'application/json' } });
				if (answer.status === 404) gone.add(address.split('?')[0]!);
				if (!answer.ok) return [];
				items = ((await answer.json()) as { items: Item[] }).items;
				known.set(address, items);
			}
			return items;
		},
	};
}

let lists = 0;

export function suggest<W extends Wanted>(host: Host<W>, words: Words): void {
	const { element } = host;
	const list = make('ul', 'suggest');
	list.id = `suggest-${++lists}`;
	list.setAttribute('role', 'listbox');
	list.setAttribute('aria-label', words('suggestions'));
	let items: Item[] = [];
	let now: W | null = null;
	let at = -1;
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
		const chosen = list.children[at];
		if (!chosen) return element.removeAttribute('aria-activedescendant');
		element.setAttribute('aria-activedescendant', chosen.id);
		return chosen.scrollIntoView({ block: 'nearest' });
	};
	const choose = (index: number): void => {
		const item = items[index];
		if (!item || !now) return;
		const want = now;
		close();
		host.write(item, want);
		// What was chosen is not suggested again.
		dismissed = host.before() ?? '';
	};
	const show = (found: Item[]): void => {
		// A phone has room for a few above its keyboard.
		items = matchMedia('(pointer: coarse)').matches ? found.slice(0, 5) : found;
		at = host.isEager ? 0 : -1;
		list.replaceChildren(...items.map((item, index) => {
			const option = make('li', 'suggest__one');
			option.id = `${list.id}-${index}`;
			option.setAttribute('role', 'option');
			if (item.avatar) {
				const picture = make('img', 'avatar avatar--s');
				Object.assign(picture, { src: item.avatar, alt: '', width: 24, height: 24 });
				option.append(picture);
			}
			// The words go their own way inside, the places of both the list's.
			const part = (name: string, words: string): void => {
				const place = make('span', `suggest__${name}`);
				place.append(make('bdi', '', words));
				option.append(place);
			};
			part('label', item.label || item.name);
			if (item.more) part('more', item.more);
			option.addEventListener('pointerdown', (event) => event.preventDefault());
			option.addEventListener('click', () => choose(index));
			return option;
		}));
		if (!list.isConnected) {
			host.within.append(list);
			element.setAttribute('aria-controls', list.id);
		}
		mark();
		host.place(list);
		announce(words('found').replace('$NUM', String(items.length)));
	};
	const look = (): void => {
		// A textarea under a rich view changes too, without anybody writing in it.
		const before = element === document.activeElement ? host.before() : null;
		const want = before === null ? null : host.wanted(before);
		if (!want || dismissed === before) return close();
		dismissed = '';
		if (now && host.isSame(want, now)) return undefined;
		clearTimeout(timer);
		running?.abort();
		const mine = running = new AbortController();
		now = want;
		timer = setTimeout(() => {
			host.find(want, mine.signal).then((found) => {
				if (mine !== running || now !== want) return;
				if (found.length === 0) {
					close();
					// The same letters are not asked for again.
					dismissed = before!;
				} else show(found);
			}).catch(() => { if (mine === running) close(); });
		}, host.pause(want));
		return undefined;
	};
	const later = (): void => { setTimeout(look, 20); };
	element.addEventListener('input', () => {
		// The same letters, taken back and written again, are another wish.
		if (host.before() !== dismissed) dismissed = '';
		later();
	});
	element.addEventListener('pointerup', later);
	element.addEventListener('keyup', (event) => { if (/^(Arrow|Home|End|Backspace)/.test(event.key)) later(); });
	element.addEventListener('blur', close);
	element.addEventListener('keydown', (event) => {
		if (!list.isConnected || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
		const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
		if (step) {
			at = at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length;
			mark();
		} else if (at >= 0 && !event.shiftKey && (event.key === 'Enter' || event.key === 'Tab')) choose(at);
		else if (event.key === 'Escape') {
			dismissed = host.before() ?? '';
			close();
		} else return;
		event.preventDefault();
		event.stopImmediatePropagation();
	}, { capture: true });
}
