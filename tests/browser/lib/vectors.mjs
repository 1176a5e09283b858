// Hostile strings: our own, and the shared corpus where it is at hand.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';
import { ROOT } from './stoa.mjs';

/** The folder of real test inputs beside the repository (also when this is a second checkout of it), if there is one. */
function shared() {
	if (process.env.STOA_SHARED) return process.env.STOA_SHARED;
	const common = execFileSync('git', ['-C', ROOT, 'rev-parse', '--git-common-dir'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
	return [resolve(ROOT, '../shared'), resolve(dirname(resolve(ROOT, common)), '../shared')].find((path) => existsSync(path));
}

const text = (entry) => typeof entry === 'string' ? entry : entry.payload ?? entry.input ?? '';

/** `{ own, corpus }`, each without doubles; `corpus` is empty where there is none. */
export function vectors() {
	const own = JSON.parse(readFileSync(new URL('../fixtures/xss.json', import.meta.url), 'utf8'));
	const folder = shared() && join(shared(), 'data/security');
	if (!folder || !existsSync(folder)) return { own, corpus: [] };
	const files = readdirSync(folder).filter((name) => /^(xss-|naughty-strings).*\.json$/.test(name));
	const entries = files.flatMap((name) => {
		const content = JSON.parse(readFileSync(join(folder, name), 'utf8'));
		return (content.vectors ?? content).map(text);
	});
	return { own, corpus: [...new Set(entries)].filter((entry) => entry.trim() && !own.includes(entry)) };
}
