// Single keys for people who read a lot. They never act in fields, and can be switched off (WCAG 2.1.4).
import { all, isField, isVisible } from './page';
import { quoteSelection } from './quote';
import { answer } from './reply';

const CHORD_MS = 1500;
/** What browsers call a key that an input method has taken, when they do not say `isComposing` (UI Events, 7.3.1). */
const COMPOSING = 229;

/** The Latin letter of a key, whatever the layout: `о` on a Russian keyboard is the key `j`. */
export function letter(event: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey'>): string {
	if (event.key.length !== 1 || event.key.charCodeAt(0) < 128) return event.key;
	const code = /^Key([A-Z])$/.exec(event.code)?.[1];
	if (!code) return event.code === 'Slash' ? (event.shiftKey ? '?' : '/') : event.key;
	return event.shiftKey ? code : code.toLowerCase();
}

/** Whether the reader wants them: the server writes it on the page. */
function areOn(): boolean {
	return !document.documentElement.classList.contains('keys-off');
}

function rows(): HTMLElement[] {
	return all('[data-rows] > *').filter((row) => row.querySelector('a[href]') && isVisible(row));
}

function here(): HTMLElement | null {
	return document.querySelector<HTMLElement>('[data-rows] > .is-here');
}

function move(step: 1 | -1): void {
	const list = rows();
	if (list.length === 0) return;
	const at = here();
	let index = at ? list.indexOf(at) + step : list.findIndex((row) => row.getBoundingClientRect().bottom > 0);
	index = Math.max(0, Math.min(list.length - 1, index));
	const row = list[index]!;
	at?.classList.remove('is-here');
	row.classList.add('is-here');
	// A post takes the focus itself, so that a screen reader reads it; a row of a list gives it to its title.
	const isPost = row.tagName === 'ARTICLE';
	if (isPost) row.tabIndex = -1;
	const target = isPost ? row : row.querySelector<HTMLElement>('a[href]') ?? row;
	target.focus({ preventScroll: true });
	row.scrollIntoView({ block: row.clientHeight > innerHeight ? 'start' : 'nearest' });
}

/** The post or row under the keyboard: the marked one, else the first in view. */
function current(): HTMLElement | undefined {
	return here() ?? rows().find((row) => row.getBoundingClientRect().bottom > 80);
}

/** Follows, presses or focuses what the page bound to `keys`. */
function bound(keys: string): boolean {
	const targets = all(`[data-key="${CSS.escape(keys)}"]`);
	const target = targets.find(isVisible) ?? targets.find((element) => element.matches('a, button'));
	if (!target) return false;
	if (isField(target)) {
		target.focus();
		if (target instanceof HTMLInputElement) target.select();
	} else {
		target.click();
	}
	return true;
}

/** Presses what a post or row has for it, shown or in a closed menu. */
function press(row: HTMLElement | null | undefined, selector: string): boolean {
	const target = row?.querySelector<HTMLElement>(selector);
	target?.click();
	return Boolean(target);
}

function act(key: string): boolean {
	const row = current();
	switch (key) {
		case 'j': move(1); return true;
		case 'k': move(-1); return true;
		case 'o': return press(here(), '.topic-row__title a, .search-result__title a, .notices__text a, .post__time, a[href]');
		case 'r': return press(row, '[data-act="reply"]') || answer();
		case 'l': return press(row, '[data-act="like"]');
		case 'U': return press(row, '[data-act="unread"]');
		case 'q': return quoteSelection(row);
		case 'u': if (!bound('u')) history.back(); return true;
		case '?': {
			const help = document.querySelector<HTMLDialogElement>('dialog#keys');
			if (help) help.showModal();
			else return bound('?');
			return true;
		}
		default: return bound(key);
	}
}

export function keys(): void {
	let first = '';
	let since = 0;
	document.addEventListener('keydown', (event) => {
		if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.keyCode === COMPOSING || event.defaultPrevented) return;
		if (isField(event.target) || document.querySelector('dialog[open]') || !areOn()) return;
		const key = letter(event);
		if (key.length !== 1) return;
		if (first && event.timeStamp - since < CHORD_MS) {
			const chord = `${first} ${key}`;
			first = '';
			// Who began a chord meant no single key.
			if (bound(chord)) event.preventDefault();
			return;
		}
		first = '';
		if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
			first = key;
			since = event.timeStamp;
			return;
		}
		// Space and Enter stay the browser's; `o` is the only key that opens.
		if (key !== ' ' && act(key)) event.preventDefault();
	});
}
