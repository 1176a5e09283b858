// Who is writing a reply right now: said and shown only by those who chose it, and forgotten after some seconds.
import { announce, body } from './page';

const SAID_MS = 5000;
const KNOWN_MS = 10_000;

function place(): HTMLElement | null {
	return document.querySelector<HTMLElement>('.writing[data-writing]');
}

/** Says that one writes, now and then while one does. */
export function showsWriting(): void {
	const line = place();
	const form = line?.closest('form');
	const area = form?.querySelector<HTMLTextAreaElement>('[name="raw"]');
	if (!line || !form || !area) return;
	let said = 0;
	form.addEventListener('input', () => {
		if (!area.value.trim() || Date.now() - said < SAID_MS) return;
		said = Date.now();
		const fields = new URLSearchParams({ csrf: body.dataset['csrf'] ?? '' });
		// Nobody waits for it.
		fetch(line.dataset['writing']!, { method: 'POST', body: fields }).catch(() => undefined);
	});
}

/** Takes the name of somebody who writes; without one, a reply has come and all begin anew. */
export function writers(): (name: string) => void {
	const line = place();
	if (!line) return () => undefined;
	const now = new Map<string, number>();
	const heard = new Set<string>();
	const show = (): void => {
		const names = [...now.keys()];
		const words = line.dataset[['', 'msgOne', 'msgTwo'][names.length] ?? 'msgMany'] ?? '';
		line.textContent = words.replace(/\$([12])/g, (_, n) => names[n - 1] ?? '');
	};
	return (name) => {
		if (!name) {
			now.forEach(clearTimeout);
			now.clear();
		} else {
			clearTimeout(now.get(name));
			now.set(name, setTimeout(() => { now.delete(name); show(); }, KNOWN_MS));
		}
		show();
		// Once for each person: who listens is not told again and again.
		if (name && !heard.has(name)) announce(line.textContent ?? '');
		heard.add(name);
	};
}
