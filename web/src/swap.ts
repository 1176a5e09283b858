// Small forms that change one part of the page: sent by fetch, the part replaced by the server's own markup.
//
// `data-swap` names the part, on the form or on one of its buttons; a button may have an address of its own.
import { announce, encoded, word } from './page';

async function swap(form: HTMLFormElement, selector: string, submitter: HTMLElement | null): Promise<void> {
	const answer = await fetch(address(form, submitter), {
		method: 'POST',
		body: encoded(form, submitter),
		headers: { Accept: 'text/html', 'X-Fragment': '1' },
	});
	if (!answer.ok) throw new Error(String(answer.status));
	const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
	const old = (submitter ?? form).closest<HTMLElement>(selector) ?? form;
	const fresh = page.querySelector<HTMLElement>(selector);
	if (!fresh) throw new Error('the answer has no such part');
	const had = old.contains(document.activeElement);
	old.replaceWith(fresh);
	const control = fresh.querySelector<HTMLElement>('[data-swapped]') ?? fresh.querySelector<HTMLElement>('button');
	if (had) control?.focus();
	if (control) announce(control.getAttribute('aria-label') ?? control.textContent?.trim() ?? '');
	document.dispatchEvent(new Event('stoa:swapped'));
}

function address(form: HTMLFormElement, submitter: HTMLElement | null): string {
	return submitter instanceof HTMLButtonElement && submitter.hasAttribute('formaction') ? submitter.formAction : form.action;
}

export function swaps(): void {
	const busy = new WeakSet<HTMLElement>();
	document.addEventListener('submit', (event) => {
		const form = event.target as HTMLFormElement;
		const submitter = event.submitter;
		const selector = submitter?.dataset['swap'] ?? form.dataset['swap'];
		if (!selector || event.defaultPrevented) return;
		event.preventDefault();
		const asked = submitter ?? form;
		if (busy.has(asked)) return;
		busy.add(asked);
		submitter?.setAttribute('aria-busy', 'true');
		swap(form, selector, submitter).catch(() => {
			announce(word('failed'));
			// What could not be done in place is done the plain way: the server then says what is wrong.
			if (navigator.onLine) {
				form.action = address(form, submitter);
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
			busy.delete(asked);
			submitter?.removeAttribute('aria-busy');
		});
	});
}
