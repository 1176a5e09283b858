// The toolbar over a textarea: buttons act on the text, keep undo working and say what they did.
import { all, announce } from './page';
import { edit, newline, type Edit } from './markdown';

const SHORTCUTS: Record<string, string> = { b: 'bold', i: 'italic', k: 'link' };

/** Makes the edit as if typed, so that the browser's undo knows it. */
export function apply(area: HTMLTextAreaElement, change: Edit): void {
	area.focus();
	area.setSelectionRange(change.from, change.to);
	const command = change.text ? 'insertText' : 'delete';
	if (!document.execCommand(command, false, change.text)) {
		area.setRangeText(change.text, change.from, change.to);
		area.dispatchEvent(new Event('input', { bubbles: true }));
	}
	area.setSelectionRange(change.start, change.end);
}

function toolbar(bar: HTMLElement): void {
	const area = document.getElementById(bar.getAttribute('aria-controls') ?? '');
	if (!(area instanceof HTMLTextAreaElement)) return;
	const buttons = all<HTMLButtonElement>('button[data-md]', bar);
	const run = (kind: string): boolean => {
		const change = edit(kind, area.value, area.selectionStart, area.selectionEnd);
		if (!change) return false;
		apply(area, change);
		const button = buttons.find((one) => one.dataset['md'] === kind);
		announce(button?.getAttribute('aria-label') ?? '');
		return true;
	};
	// One stop for Tab; arrows move inside, as ARIA's toolbar pattern asks.
	buttons.forEach((button, index) => {
		button.tabIndex = index === 0 ? 0 : -1;
		button.title ||= button.getAttribute('aria-label') ?? '';
		button.addEventListener('click', () => run(button.dataset['md']!));
	});
	bar.addEventListener('keydown', (event) => {
		const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
		if (at < 0) return;
		const back = getComputedStyle(bar).direction === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
		const next = event.key === 'Home' ? 0
			: event.key === 'End' ? buttons.length - 1
				: /^Arrow(Left|Right)$/.test(event.key) ? (at + (event.key === back ? -1 : 1) + buttons.length) % buttons.length
					: -1;
		if (next < 0) return;
		event.preventDefault();
		buttons[at]!.tabIndex = -1;
		buttons[next]!.tabIndex = 0;
		buttons[next]!.focus();
	});
	area.addEventListener('keydown', (event) => {
		if (event.isComposing) return;
		if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
			const kind = SHORTCUTS[event.key.toLowerCase()];
			if (kind && run(kind)) event.preventDefault();
		} else if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && area.selectionStart === area.selectionEnd) {
			const change = newline(area.value, area.selectionStart);
			if (!change) return;
			event.preventDefault();
			apply(area, change);
		}
	});
	bar.hidden = false;
}

export function composers(): void {
	for (const bar of all('.composer__toolbar')) toolbar(bar);
}
