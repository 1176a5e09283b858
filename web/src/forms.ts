// Sending: once, even when pressed twice; and by Ctrl+Enter from the text.
import { all, announce, word } from './page';

const GUARD_MS = 15_000;
const sending = new WeakMap<HTMLFormElement, number>();

function release(form: HTMLFormElement): void {
	if (!sending.has(form)) return;
	clearTimeout(sending.get(form));
	sending.delete(form);
	for (const button of all('[aria-busy="true"]', form)) button.removeAttribute('aria-busy');
	form.dispatchEvent(new Event('stoa:unsent'));
}

export function forms(): void {
	document.addEventListener('submit', (event) => {
		const form = event.target as HTMLFormElement;
		if (event.defaultPrevented || form.method !== 'post') return;
		if (event.submitter?.dataset['swap'] ?? form.dataset['swap']) return;
		if (sending.has(form)) {
			event.preventDefault();
			announce(word('busy'));
			return;
		}
		// Never `disabled`: a disabled button loses the focus and says nothing.
		event.submitter?.setAttribute('aria-busy', 'true');
		announce(word('busy'));
		sending.set(form, setTimeout(() => release(form), GUARD_MS));
		form.dispatchEvent(new Event('stoa:sent'));
	});
	addEventListener('pageshow', (event) => {
		if (event.persisted) all<HTMLFormElement>('form').forEach(release);
	});
	document.addEventListener('keydown', (event) => {
		if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
		if (!(event.target instanceof HTMLTextAreaElement)) return;
		const form = event.target.form;
		const button = form?.querySelector<HTMLButtonElement>('button:not([type="button"]):not([name="preview"])');
		if (!form || !button) return;
		event.preventDefault();
		form.requestSubmit(button);
	});
}
