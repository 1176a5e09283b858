// Putting Markdown into what is being written, whichever view is open.

/** What `stoa:insert` carries: Markdown for the caret or the end, or in place of a piece that is in the text. */
export interface Insertion { markdown: string; at?: 'caret' | 'end'; replaces?: string }

/** Makes a change of a textarea as if typed, so that the browser's undo knows it. */
export function type(area: HTMLTextAreaElement, from: number, to: number, text: string): void {
	area.focus();
	area.setSelectionRange(from, to);
	if (from === to && text === '') return;
	if (!document.execCommand(text ? 'insertText' : 'delete', false, text)) {
		area.setRangeText(text, from, to, 'end');
		area.dispatchEvent(new Event('input', { bubbles: true }));
	}
}

/** Puts `markdown` at the caret of the composer whose textarea is `id`, or at its end. False when there is none. */
export function insertMarkdown(id: string, markdown: string, at: 'caret' | 'end' = 'caret'): boolean {
	const area = document.getElementById(id);
	if (!(area instanceof HTMLTextAreaElement)) return false;
	// The rich view, when it is open, takes the event for itself.
	const detail: Insertion = { markdown, at };
	if (!area.dispatchEvent(new CustomEvent('stoa:insert', { detail, cancelable: true }))) return true;
	if (at === 'end') {
		const before = area.value.trimEnd();
		area.value = `${before}${before ? '\n\n' : ''}${markdown}`;
		area.dispatchEvent(new Event('input', { bubbles: true }));
		area.focus();
		area.setSelectionRange(area.value.length, area.value.length);
	} else {
		const block = markdown.includes('\n') && area.value.slice(0, area.selectionStart).trim() !== '';
		const gap = !block ? '' : '\n\n'.slice(/\n*$/.exec(area.value.slice(0, area.selectionStart))![0].length);
		type(area, area.selectionStart, area.selectionEnd, gap + markdown);
	}
	return true;
}
