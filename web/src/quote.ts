// Quoting: select words of a post, press the button beside them or `q`.
import { body, word } from './page';
import { append, answer, replies } from './reply';

/** The markup of a quotation that links back: `[quote="name, post:3, topic:9"]`. */
export function quoteMarkup(name: string, post: string, topic: string, text: string): string {
	const clean = name.replace(/["\]\n]/g, '');
	const inner = text.trim().replace(/\[(\/?quote)/gi, '[\u200b$1');
	return `[quote="${clean}, post:${post}, topic:${topic}"]\n${inner}\n[/quote]\n\n`;
}

interface Chosen { post: HTMLElement; text: string; range: Range }

/** The selection, when it lies inside the text of one post. */
function chosen(): Chosen | undefined {
	const selection = getSelection();
	if (!selection || selection.isCollapsed || selection.rangeCount === 0) return undefined;
	const range = selection.getRangeAt(0);
	const node = range.commonAncestorContainer;
	const post = (node instanceof Element ? node : node.parentElement)?.closest('.post__body')?.closest<HTMLElement>('[data-post]');
	const text = selection.toString();
	return post && text.trim() ? { post, text, range } : undefined;
}

function insert(post: HTMLElement, text: string): boolean {
	const topic = post.closest<HTMLElement>('[data-topic]')?.dataset['topic'] ?? '0';
	if (!answer(post)) return false;
	return append(quoteMarkup(post.dataset['author'] ?? '', post.dataset['post'] ?? '', topic, text));
}

/** Quotes what is selected, or else the whole of `row`. */
export function quoteSelection(row?: HTMLElement): boolean {
	const found = chosen();
	if (found) return insert(found.post, found.text);
	const text = row?.querySelector<HTMLElement>('.post__body')?.innerText;
	return row?.dataset['post'] && text ? insert(row, text) : false;
}

export function quotes(): void {
	replies();
	if (!document.querySelector('form.composer') || !word('quote')) return;
	const button = document.createElement('button');
	button.type = 'button';
	button.className = 'cdx-button cdx-button--action-progressive quote-button';
	button.textContent = word('quote');
	button.hidden = true;
	body.append(button);
	// Pressing must not clear the selection first.
	button.addEventListener('pointerdown', (event) => event.preventDefault());
	button.addEventListener('click', () => {
		button.hidden = true;
		quoteSelection();
	});
	let timer = 0;
	document.addEventListener('selectionchange', () => {
		clearTimeout(timer);
		timer = setTimeout(() => {
			const found = chosen();
			button.hidden = !found;
			if (!found) return;
			const place = found.range.getBoundingClientRect();
			// Below the words, where the phone's own selection menu is not.
			button.style.top = `${place.bottom + scrollY + 8}px`;
			button.style.left = `${Math.max(8, Math.min(place.left + scrollX, innerWidth - button.offsetWidth - 8))}px`;
		}, 200);
	});
}
