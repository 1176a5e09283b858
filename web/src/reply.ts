// Answers go into the box at the end of the page, which says whom they answer.
import { insertMarkdown } from './insert';
import { all } from './page';

function box(): HTMLTextAreaElement | null {
	return document.querySelector<HTMLTextAreaElement>('form.composer textarea[name="raw"]');
}

/** Opens the reply box, for one post or for the topic. False when the page has none. */
export function answer(post?: HTMLElement): boolean {
	const text = box();
	if (!text) return false;
	const form = text.form!;
	const target = form.querySelector<HTMLInputElement>('input[data-reply-to]');
	const note = form.querySelector<HTMLElement>('.composer__to');
	if (target) target.value = post?.dataset['post'] ?? '';
	if (note) {
		note.hidden = !post;
		const name = note.querySelector('bdi');
		if (name) name.textContent = post?.dataset['author'] ?? '';
	}
	// The rich view, when it is open, takes the focus for itself.
	if (text.dispatchEvent(new Event('stoa:focus', { cancelable: true }))) text.focus();
	form.scrollIntoView({ block: 'center' });
	return true;
}

/** Puts `text` at the end of what is being written and goes there; several one after the other add up. */
export function append(text: string): boolean {
	const target = box();
	if (!target || !insertMarkdown(target.id, text, 'end')) return false;
	target.form!.scrollIntoView({ block: 'center' });
	return true;
}

export function replies(): void {
	document.addEventListener('click', (event) => {
		if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
		const link = (event.target as Element).closest<HTMLElement>('[data-act="reply"]');
		const post = link?.closest<HTMLElement>('[data-post]');
		if (link && answer(post ?? undefined)) event.preventDefault();
	});
	for (const button of all('[data-reply-clear]')) button.addEventListener('click', () => answer());
}
