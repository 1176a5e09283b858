// Writes moments in the reader's zone and language: relative up to a week, then a date.
import { all } from './page';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The language of the page, if the browser knows its words; otherwise the server's text stays. */
function language(): string | undefined {
	try {
		return Intl.RelativeTimeFormat.supportedLocalesOf([document.documentElement.lang])[0];
	} catch {
		return undefined;
	}
}

/** `seconds` (negative: past) in the largest fitting unit up to days. */
export function relative(seconds: number, format: Intl.RelativeTimeFormat): string {
	const size = Math.abs(seconds);
	if (size < MINUTE) return format.format(0, 'second');
	if (size < HOUR) return format.format(Math.trunc(seconds / MINUTE), 'minute');
	if (size < DAY) return format.format(Math.trunc(seconds / HOUR), 'hour');
	return format.format(Math.trunc(seconds / DAY), 'day');
}

export function times(): void {
	const lang = language();
	if (!lang) return;
	const near = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
	const thisYear = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short' });
	const date = new Intl.DateTimeFormat(lang, { dateStyle: 'medium' });
	const full = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'short' });
	const exact = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' });

	const write = (): void => {
		const now = new Date();
		for (const element of all<HTMLTimeElement>('time[datetime*="T"]')) {
			const then = new Date(element.dateTime);
			if (Number.isNaN(then.getTime())) continue;
			const seconds = (then.getTime() - now.getTime()) / 1000;
			let text: string;
			if (element.hasAttribute('data-exact')) text = exact.format(then);
			else if (Math.abs(seconds) < 7 * DAY && !element.hasAttribute('data-date')) text = relative(seconds, near);
			else text = (then.getFullYear() === now.getFullYear() ? thisYear : date).format(then);
			if (element.textContent !== text) element.textContent = text;
			if (!element.title) element.title = full.format(then);
		}
	};
	write();
	setInterval(() => { if (!document.hidden) write(); }, MINUTE * 1000);
	document.addEventListener('stoa:swapped', write);
}
