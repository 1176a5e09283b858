// Menus are <details>: here they close by Escape, by a click elsewhere, and when another opens.
import { all } from './page';

export function menus(): void {
	const open = (): HTMLDetailsElement[] => all<HTMLDetailsElement>('details.menu[open]');
	document.addEventListener('click', (event) => {
		for (const menu of open()) {
			if (!menu.contains(event.target as Node)) menu.open = false;
		}
	});
	document.addEventListener('keydown', (event) => {
		if (event.key !== 'Escape') return;
		for (const menu of open()) {
			const had = menu.contains(document.activeElement);
			menu.open = false;
			if (had) menu.querySelector('summary')?.focus();
		}
	});
	document.addEventListener('focusin', (event) => {
		for (const menu of open()) {
			if (!menu.contains(event.target as Node)) menu.open = false;
		}
	});
}
