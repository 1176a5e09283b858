// A poll is a block of text: `[poll type=regular results=on_close close=…]`, its answers as a list, `[/poll]`.
import { ask } from './dialog';
import type { Words } from './words';

/** The Markdown of a poll, or nothing when there is no choice. `earlier` is what is written already: each poll has a name of its own. */
export function pollMarkdown(answer: Record<string, string>, earlier: string): string | null {
	const options = (answer['options'] ?? '').split('\n').map((line) => line.trim().replace(/^[*+-] /, '')).filter(Boolean);
	if (options.length < 2) return null;
	const before = earlier.match(/^\[poll\b/gm)?.length ?? 0;
	const end = answer['close'] ? new Date(answer['close']) : null;
	const head = [
		'poll',
		before > 0 ? `name=poll${before + 1}` : '',
		`type=${answer['many'] === 'many' ? 'multiple' : 'regular'}`,
		`results=${answer['hidden'] && end ? 'on_close' : 'always'}`,
		answer['public'] ? 'public=true' : '',
		end && !Number.isNaN(end.getTime()) ? `close=${end.toISOString().replace(/\.\d+/, '')}` : '',
	].filter(Boolean).join(' ');
	return `[${head}]\n${options.map((option) => `* ${option}`).join('\n')}\n[/poll]`;
}

export async function askPoll(earlier: string, words: Words): Promise<string | null> {
	const answer = await ask(words('poll'), [
		{ name: 'options', label: words('pollOptions'), type: 'lines', help: words('pollHelp'), required: true },
		{ name: 'many', label: words('pollChoice'), type: 'choice', value: 'one', options: [['one', words('pollOne')], ['many', words('pollMany')]] },
		{ name: 'close', label: words('pollClose'), type: 'datetime-local' },
		{ name: 'hidden', label: words('pollHidden'), type: 'check' },
		{ name: 'public', label: words('pollPublic'), type: 'check' },
	], words);
	return answer && pollMarkdown(answer, earlier);
}
