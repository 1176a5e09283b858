// Small forms that change one part of the page: sent by fetch, the part replaced by the server's own markup.
import { announce, encoded, word } from './page';

async function swap(form: HTMLFormElement, selector: string, submitter: HTMLElement | null): Promise<void> {
	const answer = await fetch(form.action, {
		method: 'POST',
		body: encoded(form, submitter),
		headers: { Accept: 'text/html', 'X-Fragment': '1' },
	});
	if (!answer.ok) throw new Error(String(answer.status));
	const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
	const parts = [...page.querySelectorAll<HTMLElement>(selector)];
	const old = form.closest<HTMLElement>(selector) ?? form;
	// A fragment has the part once; a whole page (after a redirect) is searched for the one of the same form.
	const path = form.getAttribute('action') ?? '';
	const fresh = parts.length === 1 ? parts[0] : parts.find((part) => part.matches(`[action="${CSS.escape(path)}"]`));
	if (!fresh) throw new Error('the answer has no such part');
	const had = old.contains(document.activeElement);
	old.replaceWith(fresh);
	const control = fresh.querySelector<HTMLElement>('button');
	if (had) control?.focus();
	if (control) announce(control.getAttribute('aria-label') ?? control.textContent?.trim() ?? '');
	document.dispatchEvent(new Event('stoa:swapped'));
}

export function swaps(): void {
	const busy = new WeakSet<HTMLFormElement>();
	document.addEventListener('submit', (event) => {
		const form = event.target as HTMLFormElement;
		const selector = form.dataset['swap'];
		if (!selector || event.defaultPrevented) return;
		event.preventDefault();
		if (busy.has(form)) return;
		busy.add(form);
		const submitter = event.submitter;
		submitter?.setAttribute('aria-busy', 'true');
		swap(form, selector, submitter).catch(() => {
			announce(word('failed'));
			// What could not be done in place is done the plain way: the server then says what is wrong.
			if (navigator.onLine) {
				if (submitter instanceof HTMLButtonElement && submitter.name) {
					const field = document.createElement('input');
					field.type = 'hidden';
					field.name = submitter.name;
					field.value = submitter.value;
					form.append(field);
				}
				form.submit();
			}
		}).finally(() => {
			busy.delete(form);
			submitter?.removeAttribute('aria-busy');
		});
	});
}
