// One stop for Tab; arrows move inside, as ARIA's toolbar pattern asks.
import { all, isVisible } from './page';

const bars = new WeakSet<HTMLElement>();

/** Makes the visible buttons of `bar` one stop. Called again when its buttons change. */
export function rove(bar: HTMLElement): void {
	const buttons = (): HTMLElement[] => all<HTMLElement>('button', bar).filter((button) => isVisible(button));
	const every = all<HTMLElement>('button', bar);
	const first = every.find((button) => button.tabIndex === 0 && isVisible(button)) ?? buttons()[0] ?? every[0];
	for (const button of every) button.tabIndex = button === first ? 0 : -1;
	if (bars.has(bar)) return;
	bars.add(bar);
	bar.addEventListener('keydown', (event) => {
		const list = buttons();
		const at = list.indexOf(document.activeElement as HTMLElement);
		if (at < 0) return;
		const back = getComputedStyle(bar).direction === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
		const next = event.key === 'Home' ? 0
			: event.key === 'End' ? list.length - 1
				: /^Arrow(Left|Right)$/.test(event.key) ? (at + (event.key === back ? -1 : 1) + list.length) % list.length
					: -1;
		if (next < 0) return;
		event.preventDefault();
		for (const button of all<HTMLElement>('button', bar)) button.tabIndex = -1;
		list[next]!.tabIndex = 0;
		list[next]!.focus();
	});
	addEventListener('resize', () => rove(bar), { passive: true });
}
