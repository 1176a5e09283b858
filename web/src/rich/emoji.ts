// Emoji by their short names; the list is the renderer's own, loaded when it is first needed.
import { make, type Words } from './words';

export type Emoji = [char: string, name: string];

let list: Promise<Emoji[]> | undefined;

export function emoji(): Promise<Emoji[]> {
	list ??= fetch('/suggest/emoji').then((answer) => {
		if (!answer.ok) throw new Error(String(answer.status));
		return answer.json() as Promise<{ items: { name: string; label: string }[] }>;
	}).then(({ items }) => items.map((item): Emoji => [item.label, item.name]));
	list.catch(() => { list = undefined; });
	return list;
}

/** The best matches of `query`: names that begin with it, then names that contain it. Each character once. */
export function matching(all: Emoji[], query: string, most: number): Emoji[] {
	const words = query.toLowerCase().replace(/[\s-]+/g, '_');
	const found = [...all.filter(([, name]) => name.startsWith(words)), ...all.filter(([, name]) => !name.startsWith(words) && name.includes(words))];
	const seen = new Set<string>();
	return found.filter(([char]) => !seen.has(char) && seen.add(char)).slice(0, most);
}

const COLUMNS = 8;

/** Opens the picker below `button`; calls `chosen` once, or not at all. */
export async function pickEmoji(button: HTMLElement, words: Words, chosen: (char: string) => void): Promise<void> {
	const all = await emoji();
	const box = make('div', 'emoji-picker');
	box.setAttribute('role', 'dialog');
	box.setAttribute('aria-label', words('emoji'));
	const input = make('input', 'cdx-text-input__input');
	input.type = 'text';
	input.autocomplete = 'off';
	for (const [name, value] of Object.entries({ role: 'combobox', 'aria-label': words('emojiSearch'), 'aria-controls': 'emoji-list', 'aria-expanded': 'true', 'aria-autocomplete': 'list', placeholder: words('emojiSearch') })) input.setAttribute(name, value);
	const grid = make('div', 'emoji__list');
	grid.id = 'emoji-list';
	grid.setAttribute('role', 'listbox');
	grid.setAttribute('aria-label', words('emoji'));
	box.append(input, grid);
	let at = 0;
	const mark = (): void => {
		[...grid.children].forEach((option, index) => option.setAttribute('aria-selected', String(index === at)));
		input.setAttribute('aria-activedescendant', grid.children[at]?.id ?? '');
		grid.children[at]?.scrollIntoView({ block: 'nearest' });
	};
	const fill = (): void => {
		grid.replaceChildren(...matching(all, input.value.trim(), 64).map(([char, name], index) => {
			const option = make('div', 'emoji__one', char);
			option.setAttribute('role', 'option');
			option.setAttribute('aria-label', name.replaceAll('_', ' '));
			option.title = `:${name}:`;
			option.id = `emoji-${index}`;
			option.addEventListener('click', () => done(char));
			return option;
		}));
		at = 0;
		mark();
	};
	const close = (): void => {
		document.removeEventListener('pointerdown', outside);
		box.remove();
		button.setAttribute('aria-expanded', 'false');
	};
	const done = (char: string): void => {
		close();
		chosen(char);
	};
	const outside = (event: Event): void => { if (!box.contains(event.target as globalThis.Node)) close(); };
	input.addEventListener('input', fill);
	box.addEventListener('focusout', (event) => { if (event.relatedTarget && !box.contains(event.relatedTarget as globalThis.Node)) close(); });
	input.addEventListener('keydown', (event) => {
		const side = getComputedStyle(box).direction === 'rtl' ? -1 : 1;
		const step = ({ ArrowRight: side, ArrowLeft: -side, ArrowDown: COLUMNS, ArrowUp: -COLUMNS } as Record<string, number>)[event.key];
		if (step && !(Math.abs(step) === 1 && input.value && input.selectionStart !== input.value.length)) {
			at = Math.max(0, Math.min(grid.children.length - 1, at + step));
			mark();
		} else if (event.key === 'Enter') {
			const char = grid.children[at]?.textContent;
			if (char) done(char);
		} else if (event.key === 'Escape') {
			close();
			button.focus();
		} else return;
		event.preventDefault();
		event.stopPropagation();
	});
	button.setAttribute('aria-expanded', 'true');
	(button.closest('.composer__toolbar') ?? button).after(box);
	document.addEventListener('pointerdown', outside);
	fill();
	input.focus();
}
