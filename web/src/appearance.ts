// Shows a choice of appearance at once; the form's own submit keeps it in a cookie.
import { announce, encoded, word } from './page';

const CLASSES: Record<string, Record<string, string>> = {
	theme: { auto: 'auto', light: 'light', dark: 'dark' },
	text: { small: 'text-small', large: 'text-large', xlarge: 'text-xlarge' },
	width: { wide: 'width-wide' },
	density: { compact: 'density-compact' },
	keys: { off: 'keys-off' },
};

export function appearance(): void {
	document.addEventListener('change', (event) => {
		const field = event.target as HTMLInputElement | HTMLSelectElement;
		const form = field.form;
		const classes = CLASSES[field.name];
		if (!form?.matches('form.appearance') || !classes) return;
		const root = document.documentElement.classList;
		root.remove(...Object.values(classes));
		const chosen = classes[field.value];
		if (chosen) root.add(chosen);
		fetch(form.action, { method: 'POST', body: encoded(form), headers: { 'X-Fragment': '1' }, keepalive: true })
			.then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); })
			.catch(() => announce(word('failed')));
	});
}
