// While a title is typed: topics that may be about the same, in a list below it.
import { announce } from './page';

const PAUSE_MS = 600;

export function similar(): void {
	const box = document.querySelector<HTMLElement>('[data-similar]');
	const title = box?.closest('form')?.querySelector<HTMLInputElement>('[name="title"]');
	if (!box || !title) return;
	let timer = 0;
	let asked: AbortController | undefined;
	const ask = async (): Promise<void> => {
		asked?.abort();
		asked = new AbortController();
		const answer = await fetch(`${box.dataset['similar']}?q=${encodeURIComponent(title.value.slice(0, 255))}`, { signal: asked.signal });
		if (!answer.ok) return;
		const { html } = await answer.json() as { html: string };
		if (html === box.innerHTML) return;
		// The server's own template made this, as it makes the page.
		box.innerHTML = html;
		announce(box.querySelector('h2')?.textContent ?? '');
	};
	title.addEventListener('input', () => {
		clearTimeout(timer);
		// Without an answer one writes on: it is only a suggestion.
		timer = setTimeout(() => void ask().catch(() => undefined), PAUSE_MS);
	});
}
