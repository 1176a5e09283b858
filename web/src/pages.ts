// Titles of wiki pages while somebody writes what a topic is about, one page a line. Loaded where there is such a field.
import { type } from './insert';
import { all } from './page';
import { asker, suggest } from './suggestions';
import { wordsOf } from './rich/words';

const PAUSE_MS = 150;
const SHORTEST = 2;
const LONGEST = 120;

/** The letters of a line that may begin a title; addresses need no help. */
function titleIn(line: string): string | null {
	const query = line.replace(/^\s*(?:\[\[)?\s*/, '').trimEnd();
	return query.length < SHORTEST || query.length > LONGEST || /^(?:https?:)?\/\//i.test(query) ? null : query;
}

function pages(area: HTMLTextAreaElement): void {
	const path = area.dataset['suggestPages']!;
	const site = asker();
	const lineStart = (): number => area.value.lastIndexOf('\n', area.selectionStart - 1) + 1;
	suggest({
		element: area,
		// Enter goes to the next line unless somebody has moved to a title.
		isEager: false,
		within: area.parentElement!,
		before: () => (area.selectionStart === area.selectionEnd ? area.value.slice(lineStart(), area.selectionStart) : null),
		wanted(before) {
			const query = site.isGone(path) ? null : titleIn(before);
			return query === null ? null : { query, length: before.length };
		},
		isSame: (one, other) => one.query === other.query,
		pause: () => PAUSE_MS,
		find: ({ query }, signal) => site.items(`${path}?${new URLSearchParams({ q: query })}`, signal),
		place(list) {
			list.classList.add('suggest--below');
			list.scrollIntoView({ block: 'nearest' });
		},
		write({ name }) {
			const from = lineStart();
			const end = area.value.indexOf('\n', from);
			type(area, from, end < 0 ? area.value.length : end, name);
		},
	}, wordsOf(area));
}

all<HTMLTextAreaElement>('textarea[data-suggest-pages]').forEach(pages);
