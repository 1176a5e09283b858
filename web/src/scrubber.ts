// Beside a topic: says which post is being read, as one scrolls.
import { all } from './page';

export function scrubber(): void {
	const box = document.querySelector<HTMLElement>('.scrubber');
	const here = box?.querySelector<HTMLElement>('[data-here]');
	const bar = box?.querySelector<HTMLProgressElement>('progress');
	if (!here || !bar || !('IntersectionObserver' in window)) return;
	const digits = new Intl.NumberFormat(document.documentElement.lang || undefined);
	const seen = new Set<Element>();
	const observer = new IntersectionObserver((entries) => {
		for (const entry of entries) {
			if (entry.isIntersecting) seen.add(entry.target);
			else seen.delete(entry.target);
		}
		const numbers = [...seen].map((post) => Number((post as HTMLElement).dataset['post'])).filter(Number.isFinite);
		if (numbers.length === 0) return;
		const number = Math.max(...numbers);
		here.textContent = digits.format(number);
		bar.value = number;
	}, { rootMargin: '0px 0px -40% 0px' });
	for (const post of all('[data-post]')) observer.observe(post);
}
