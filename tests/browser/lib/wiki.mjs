// A double of a wiki for stories in a browser: crates/mediawiki-double as a program.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { BINARY, ROOT } from './stoa.mjs';

const DOUBLE = join(dirname(BINARY), 'mediawiki-double');

/** Starts one: `{ base, stop }`. `env` may say what it is (`DOUBLE_WIKI_ID`, `DOUBLE_TITLE`). */
export async function startWiki({ callback = 'http://127.0.0.1/callback', env = {} } = {}) {
	if (!existsSync(DOUBLE)) execFileSync('cargo', ['build', '--locked', '-p', 'mediawiki-double'], { cwd: ROOT, stdio: 'inherit' });
	const child = spawn(DOUBLE, ['client-1', 'secret-1', callback], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
	process.once('exit', () => child.kill('SIGKILL'));
	const base = await new Promise((ready, failed) => {
		child.on('error', failed);
		child.stdout.on('data', (data) => {
			const address = /^listening on (http:\/\/\S+)$/m.exec(data)?.[1];
			if (address) ready(address);
		});
	});
	return { base, stop: () => child.kill() };
}
