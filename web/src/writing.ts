// Who is writing a reply right now: said and shown only by those who chose it, and forgotten after some seconds.
import { announce, body } from './page';

const SAID_MS = 5000;
const KNOWN_MS = 10_000;

function box(): HTMLFormElement | null {
	return document.querySelector<HTMLFormElement>('form[data-writing]');
}

/** Says that one writes, now and then while one does. */
export function showsWriting(): void {
	const form = box();
	const area = form?.querySelector<HTMLTextAreaElement>('[name="raw"]');
	if (!form || !area) return;
	let said = 0;
	form.addEventListener('input', () => {
		if (!area.value.trim() || Date.now() - said < SAID_MS) return;
		said = Date.now();
		const fields = new URLSearchParams({ csrf: body.dataset['csrf'] ?? '' });
		// Nobody waits for it.
		fetch(form.dataset['writing']!, { method: 'POST', body: fields }).catch(() => undefined);
	});
}

/** Takes the name of somebody who writes; without one, a reply has come and all begin anew. */
export function writers(): (name: string) => void {
	const form = box();
	const line = form?.querySelector('.writing');
	if (!form || !line) return () => undefined;
	const now = new Map<string, number>();
	const heard = new Set<string>();
	const show = (): void => {
		const names = [...now.keys()];
		const words = form.dataset[['', 'msgOne', 'msgTwo'][names.length] ?? 'msgMany'] ?? '';
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
