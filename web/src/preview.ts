// Shows how the text will look, beside or below it, without leaving the page.
import { all, announce, body, encoded, word } from './page';

const PAUSE_MS = 800;

async function show(form: HTMLFormElement, pane: HTMLElement): Promise<boolean> {
	// Only what a preview is made of: the server refuses fields that it does not know.
	const fields = encoded(form);
	const answer = await fetch(body.dataset['preview']!, {
		method: 'POST',
		body: new URLSearchParams({ csrf: fields.get('csrf') ?? '', raw: fields.get('raw') ?? '' }),
		headers: { Accept: 'text/html', 'X-Fragment': '1' },
	});
	if (!answer.ok) return false;
	// The server made this HTML with the same sanitiser that makes every post, and the page's policy runs no inline script.
	pane.innerHTML = await answer.text();
	pane.hidden = false;
	document.dispatchEvent(new Event('stoa:swapped'));
	return true;
}

export function previews(): void {
	if (!body.dataset['preview']) return;
	for (const form of all<HTMLFormElement>('form.composer')) {
		const pane = form.querySelector<HTMLElement>('.composer__preview');
		const area = form.querySelector<HTMLTextAreaElement>('textarea[name="raw"]');
		if (!pane || !area) continue;
		form.addEventListener('submit', (event) => {
			const button = event.submitter;
			if (!(button instanceof HTMLButtonElement) || button.name !== 'preview') return;
			event.preventDefault();
			event.stopImmediatePropagation();
			button.setAttribute('aria-busy', 'true');
			show(form, pane)
				.then((shown) => {
					if (!shown) throw new Error('refused');
					pane.scrollIntoView({ block: 'nearest' });
				})
				.catch(() => announce(word('failed')))
				.finally(() => button.removeAttribute('aria-busy'));
		}, { capture: true });

		const beside = matchMedia('(min-width: 1120px)');
		if (!form.matches('.composer--wide')) continue;
		pane.setAttribute('aria-live', 'off');
		let timer = 0;
		let turn = 0;
		area.addEventListener('input', () => {
			clearTimeout(timer);
			timer = setTimeout(() => {
				if (!beside.matches) return;
				const mine = ++turn;
				if (area.value.trim() === '') pane.replaceChildren();
				else if (mine === turn) show(form, pane).catch(() => undefined);
			}, PAUSE_MS);
		});
	}
}
